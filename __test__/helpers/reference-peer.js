'use strict'

const tls = require('node:tls')
const { Watch, bounded } = require('./events')
const { cleanup } = require('./cleanup')
const certificates = require('./certificates')

/**
 * Both ends of the wire protocol on node:tls, by hand: one JSON text per line, nothing done for the
 * test that it did not ask for. What a peer written by somebody else would be.
 *
 * @typedef {import('node:test').TestContext} TestContext
 */

const NEWLINE = 0x0a

/** One connection as its far end sees it: every byte and line received, and raw writing. */
class Connection extends Watch {
  /** @param {tls.TLSSocket} socket */
  constructor(socket) {
    super()
    this.socket = socket
    /** @type {Buffer[]} every line received, without its newline */
    this.lines = []
    /** @type {Buffer[]} every chunk as it came */
    this.chunks = []
    /** @type {Buffer[]} bytes behind the last newline; joined once, for lines may be long */
    this.parts = []
    this.taken = 0
    this.ended = false
    this.closed = false
    /** @type {Error[]} */
    this.errors = []
    socket.on('data', chunk => {
      this.chunks.push(chunk)
      this.#split(chunk)
      this.changed()
    })
    socket.on('end', () => {
      this.ended = true
      this.changed()
    })
    socket.on('error', error => this.errors.push(error))
    socket.on('close', () => {
      this.closed = true
      this.changed()
    })
  }

  /** @param {Buffer} chunk */
  #split(chunk) {
    let from = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from)
      if (end < 0) break
      this.lines.push(Buffer.concat([...this.parts, chunk.subarray(from, end)]))
      this.parts = []
      from = end + 1
    }
    if (from < chunk.length) this.parts.push(chunk.subarray(from))
  }

  /**
   * Writes raw bytes as records of their own.
   *
   * @param {string | Uint8Array} data
   * @returns {Promise<void>} settles when the bytes were handed to TCP
   */
  write(data) {
    const written = new Promise((resolve, reject) => {
      this.socket.write(data, error => (error ? reject(error) : resolve(undefined)))
    })
    return bounded(written, 'a write of the reference peer').then(() => undefined)
  }

  /**
   * @param {...unknown} values each written as a line, all in one record
   * @returns {Promise<void>}
   */
  send(...values) {
    return this.write(values.map(value => `${JSON.stringify(value)}\n`).join(''))
  }

  /**
   * The next line that was not taken yet.
   *
   * @param {string} [what]
   * @returns {Promise<string>}
   */
  async line(what = 'a line') {
    const index = this.taken++
    await this.until(
      () => this.lines.length > index || this.closed,
      () => `${what} (have ${this.lines.map(String).join(' | ') || 'nothing'})`,
    )
    const line = this.lines[index]
    if (!line) throw new Error(`connection closed before ${what}`)
    return line.toString()
  }

  /**
   * @param {string} [what]
   * @returns {Promise<any>} the next line's value
   */
  async value(what) {
    return JSON.parse(await this.line(what))
  }

  /** @returns {Promise<void>} */
  gone() {
    return this.until(() => this.closed, 'the connection to be closed')
  }
}

/** A server that speaks the protocol only as far as a test makes it. */
class ReferenceServer extends Watch {
  /** @param {tls.TlsOptions} options */
  constructor(options) {
    super()
    /** @type {Connection[]} */
    this.connections = []
    this.taken = 0
    this.port = 0
    this.tls = tls.createServer(options, socket => {
      this.connections.push(new Connection(socket))
      this.changed()
    })
    this.tls.on('tlsClientError', () => {})
  }

  /** @returns {Promise<Connection>} the next connection, nothing answered yet */
  async accept() {
    const index = this.taken++
    await this.until(() => this.connections.length > index, `connection number ${index + 1}`)
    return /** @type {Connection} */ (this.connections[index])
  }

  /** @returns {Promise<Connection>} the next connection, let in whatever its password is */
  async admit() {
    const connection = await this.accept()
    await connection.line('the password line')
    await connection.send({ authenticated: true })
    return connection
  }

  /** @returns {Promise<void>} */
  close() {
    for (const { socket } of this.connections) socket.destroy()
    return new Promise(resolve => this.tls.close(() => resolve()))
  }
}

/**
 * A reference server on a free port, closed after the test.
 *
 * @param {TestContext} t
 * @param {tls.TlsOptions} [options]
 * @param {number} [port]
 * @returns {Promise<ReferenceServer>}
 */
async function referenceServer(t, options, port = 0) {
  const { key, cert } = certificates.readmeCa()
  const server = new ReferenceServer({ key, cert, ...options })
  const listening = new Promise((resolve, reject) => {
    server.tls.once('error', reject)
    server.tls.listen(port, () => resolve(undefined))
  })
  await bounded(listening, 'the reference server listening')
  server.port = /** @type {import('node:net').AddressInfo} */ (server.tls.address()).port
  cleanup(t, () => bounded(server.close(), 'the reference server closed'))
  return server
}

/**
 * A connection to a server under test, TLS up and nothing written.
 *
 * @param {TestContext} t
 * @param {number} port
 * @param {tls.ConnectionOptions} [options]
 * @returns {Promise<Connection>}
 */
async function referenceClient(t, port, options) {
  // Of a socket that is gone already TLS would tell nothing.
  if (options?.socket?.destroyed) throw new Error('the connection was lost before the handshake')
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: certificates.readmeCa().cert,
    ...options,
  })
  const connection = new Connection(socket)
  cleanup(t, () => void socket.destroy())
  await bounded(
    new Promise((resolve, reject) => {
      socket.once('secureConnect', () => resolve(undefined))
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the connection was lost in the handshake')))
    }),
    "the reference client's handshake",
  )
  return connection
}

/**
 * The same, let in.
 *
 * @param {TestContext} t
 * @param {number} port
 * @param {unknown} password
 * @param {tls.ConnectionOptions} [options]
 * @returns {Promise<Connection>}
 */
async function admitted(t, port, password, options) {
  const connection = await referenceClient(t, port, options)
  await connection.send({ password })
  const answer = await connection.line('the answer to the password')
  if (answer !== '{"authenticated":true}') throw new Error(`not let in: ${answer}`)
  return connection
}

module.exports = { Connection, ReferenceServer, referenceServer, referenceClient, admitted }
