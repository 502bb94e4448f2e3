'use strict'

const net = require('node:net')
const { Watch, bounded } = require('./events')
const { cleanup } = require('./cleanup')

/** @typedef {import('node:test').TestContext} TestContext */

/**
 * A plain TCP connection to a TLS port.
 *
 * @param {TestContext} t
 * @param {number} port
 * @returns {Promise<net.Socket>}
 */
async function tcp(t, port) {
  const socket = net.connect(port, '127.0.0.1')
  cleanup(t, () => void socket.destroy())
  socket.on('error', () => {})
  await bounded(new Promise(resolve => socket.once('connect', resolve)), 'a TCP connection')
  return socket
}

/** One connection through a relay: the bytes of both directions, and the power to break it. */
class Passage {
  /**
   * @param {net.Socket} near towards who connected
   * @param {net.Socket} far towards the port behind the relay
   */
  constructor(near, far) {
    this.near = near
    this.far = far
    /** @type {Buffer[]} */
    this.sent = []
    /** @type {Buffer[]} */
    this.received = []
  }

  /** @returns {Buffer} what the connecting side has written */
  get fromClient() {
    return Buffer.concat(this.sent)
  }

  /** @returns {Buffer} what the listening side has written */
  get fromServer() {
    return Buffer.concat(this.received)
  }

  /** Resets both halves, so that both ends see ECONNRESET. */
  reset() {
    this.near.resetAndDestroy()
    this.far.resetAndDestroy()
  }
}

/** Relays TCP to a port and looks on. */
class Relay extends Watch {
  /** @param {number} target */
  constructor(target) {
    super()
    /** @type {Passage[]} */
    this.passages = []
    this.port = 0
    this.server = net.createServer(near => {
      const passage = new Passage(near, net.connect(target, '127.0.0.1'))
      this.passages.push(passage)
      this.#carry(near, passage.far, passage.sent)
      this.#carry(passage.far, near, passage.received)
      this.changed()
    })
  }

  /**
   * @param {net.Socket} from
   * @param {net.Socket} to
   * @param {Buffer[]} record
   */
  #carry(from, to, record) {
    from.on('data', chunk => {
      record.push(chunk)
      to.write(chunk)
      this.changed()
    })
    from.on('end', () => to.end())
    from.on('error', () => {})
    from.on('close', () => {
      to.destroy()
      this.changed()
    })
  }

  /**
   * @param {number} [index]
   * @returns {Promise<Passage>}
   */
  async passage(index = 0) {
    await this.until(() => this.passages.length > index, `connection ${index + 1} at the relay`)
    return /** @type {Passage} */ (this.passages[index])
  }

  /**
   * @param {Passage} passage
   * @returns {Promise<void>}
   */
  over({ near, far }) {
    return this.until(() => near.closed && far.closed, 'both halves of a relayed connection closed')
  }
}

/**
 * A relay on a free port, closed after the test.
 *
 * @param {TestContext} t
 * @param {number} target
 * @returns {Promise<Relay>}
 */
async function relay(t, target) {
  const made = new Relay(target)
  await bounded(
    new Promise(resolve => made.server.listen(0, '127.0.0.1', () => resolve(undefined))),
    'the relay listening',
  )
  made.port = /** @type {net.AddressInfo} */ (made.server.address()).port
  cleanup(t, async () => {
    for (const { near, far } of made.passages) {
      near.destroy()
      far.destroy()
    }
    await bounded(new Promise(resolve => made.server.close(resolve)), 'the relay closed')
  })
  return made
}

/**
 * The types of the TLS records in a byte stream: 20 change cipher spec, 21 alert, 22 handshake,
 * 23 application data (in TLS 1.3 everything encrypted).
 *
 * @param {Buffer} bytes
 * @returns {number[]}
 */
function recordTypes(bytes) {
  const types = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    types.push(bytes.readUInt8(at))
  }
  return types
}

module.exports = { tcp, relay, recordTypes }
