'use strict'

const net = require('node:net')
const { Duplex } = require('node:stream')
const tls = require('node:tls')
const { Watch, bounded, next } = require('./events')
const { cleanup } = require('./cleanup')
const certificates = require('./certificates')

/** @typedef {import('node:test').TestContext} TestContext */

/** What the same raw bytes come to at an end of this package and at one of Node's. */

/**
 * @param {any} error
 * @returns {Record<string, unknown>} what a program can tell an error by. OpenSSL's messages hold a thread's number,
 *   files and lines
 */
function outline(error) {
  const { name, message, code, library, reason, errno, syscall } = error
  return { name, code, library, reason, errno, syscall, ...(!library && { message }) }
}

/**
 * @param {tls.ConnectionOptions} [options]
 * @returns {Promise<Buffer>} the ClientHello of Node, a whole record
 */
function clientHello(options) {
  const hello = new Promise(resolve => {
    const wire = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        resolve(chunk)
        done()
      },
    })
    const socket = tls.connect({ ...options, socket: wire })
    socket.on('error', () => {})
  })
  return bounded(hello, 'a ClientHello')
}

/**
 * @param {number} description
 * @param {1 | 2} [level] warning, fatal
 * @returns {Buffer} a plaintext record
 */
function alertRecord(description, level = 2) {
  return Buffer.from([0x15, 3, 3, 0, 2, level, description])
}

/**
 * Resets a connection, and nothing else: `resetAndDestroy` ends it first.
 *
 * @param {net.Socket} socket
 */
function reset(socket) {
  ;/** @type {any} */ (socket)._handle.reset(() => {})
  socket.destroy()
}

/** A raw TCP peer: what came, and how it ended. */
class RawPeer extends Watch {
  /** @param {net.Socket} socket */
  constructor(socket) {
    super()
    this.socket = socket
    /** @type {Buffer[]} */
    this.chunks = []
    /** What came at last: `'FIN'`, or the code of the error. @type {string | undefined} */
    this.end = undefined
    socket.on('data', chunk => {
      this.chunks.push(chunk)
      this.changed()
    })
    socket.on('end', () => this.#ended('FIN'))
    socket.on('error', (/** @type {any} */ error) => this.#ended(error.code))
    socket.on('close', () => this.changed())
  }

  /** @param {string} how */
  #ended(how) {
    this.end ??= how
    this.changed()
  }

  get received() {
    return Buffer.concat(this.chunks)
  }

  /** Until the first whole record came. */
  heard() {
    return this.until(() => {
      const { received } = this
      return received.length >= 5 && received.length >= 5 + received.readUInt16BE(3)
    }, 'a record at the raw peer')
  }

  /** Until the other end has ended or reset the connection. */
  left() {
    return this.until(() => this.end !== undefined, 'the end of the connection at the raw peer')
  }
}

/**
 * @param {TestContext} t
 * @param {number} port
 * @returns {Promise<RawPeer>} connected
 */
async function rawClient(t, port) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  cleanup(t, () => void socket.destroy())
  await next(socket, 'connect')
  return new RawPeer(socket)
}

/**
 * A raw TCP server.
 *
 * @param {TestContext} t
 * @param {(peer: RawPeer) => unknown} play
 * @returns {Promise<number>} its port
 */
async function rawServer(t, play) {
  /** @type {Set<net.Socket>} */
  const sockets = new Set()
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket)
    play(new RawPeer(socket))
  })
  cleanup(t, () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await next(server.listen(0, '127.0.0.1'), 'listening')
  return /** @type {net.AddressInfo} */ (server.address()).port
}

/**
 * Node's server with the certificate that the servers under test have.
 *
 * @param {TestContext} t
 * @param {tls.TlsOptions} [options]
 * @returns {Promise<{ server: tls.Server, port: number }>}
 */
async function nodeServer(t, options) {
  const { key, cert } = certificates.readmeCa()
  const server = tls.createServer({ key, cert, ...options })
  /** @type {Set<net.Socket>} */
  const sockets = new Set()
  server.on('connection', socket => sockets.add(socket))
  server.on('secureConnection', socket => {
    socket.on('error', () => {})
    socket.resume()
  })
  cleanup(t, () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await next(server.listen(0), 'listening')
  return { server, port: /** @type {net.AddressInfo} */ (server.address()).port }
}

/**
 * Node's client as a client under test has it.
 *
 * @param {TestContext} t
 * @param {number} port
 * @param {tls.ConnectionOptions} [options]
 */
function nodeClient(t, port, options) {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: certificates.readmeCa().cert,
    ...options,
  })
  cleanup(t, () => void socket.destroy())
  socket.on('error', () => {})
  socket.resume()
  return socket
}

module.exports = {
  alertRecord,
  clientHello,
  nodeClient,
  nodeServer,
  outline,
  rawClient,
  rawServer,
  RawPeer,
  reset,
}
