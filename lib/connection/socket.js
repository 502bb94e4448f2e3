'use strict'

const { X509Certificate } = require('node:crypto')
const EventEmitter = require('node:events')
const { isUint8Array } = require('node:util/types')

const errors = require('../errors')
const invalid = require('../errors/invalid')
const identity = require('../tls/identity')
const inspection = require('./tls-info')
const outbox = require('../engine/outbox')
const { nextTick } = require('../host/host')
const { IdleWatch } = require('./idle-watch')
const { itself, knowsItself } = require('../host/itself')
const { noticesListeners, noticesRemoval } = require('./paused-events')

/** @typedef {{ address: string, family: string, port: number }} Endpoint */

/**
 * What is known of a connection; nothing of it at first.
 * @typedef {object} Details
 * @property {boolean} [connected]
 * @property {Endpoint} [local] For TCP.
 * @property {Endpoint} [remote] For TCP.
 * @property {{ protocol: string, cipher: string, standardCipher: string, cipherVersion?: string, group?: [string, number] | null, serverName: string | null, alpn: string | null }} [parameters]
 * @property {Buffer[]} [chain] The peer's chain as built, DER, leaf first.
 */

/**
 * What 'authenticated' hands out as `socket`, and `client.socket`: looks like a `tls.TLSSocket` to code that asks where
 * a peer is, who it is, or wants to end the connection.
 */
class Socket extends EventEmitter {
  /** @type {import('./connection').Connection} */
  #connection
  /** @type {IdleWatch | null} */
  #idle = null

  /**
   * @param {any} value
   * @returns {import('./connection').Connection | undefined} What it belongs to, if it is a socket of ours.
   */
  static connectionOf(value) {
    const isOurs = typeof value === 'object' && value !== null && #connection in value
    return isOurs ? value.#connection : undefined
  }

  /** @param {import('./connection').Connection} connection */
  constructor(connection) {
    super()
    knowsItself(this)
    this.#connection = connection
    this.encrypted = true
    /** @type {boolean} */
    this.authorized = false
    /** @type {string | null} */
    this.authorizationError = null
    /** @type {string | false | null} */
    this.servername = null
    /** @type {string | false} */
    this.alpnProtocol = false
  }

  get destroyed() {
    return itself(this).#connection.destroyed
  }

  /** What carries the connection: the engine's `'rustls'`, or Node's own TLS, `'node'`. */
  get transport() {
    return itself(this).#connection.transport
  }

  get connecting() {
    return !itself(this).#connection.destroyed && !itself(this).#connection.details.connected
  }

  get pending() {
    return this.connecting
  }

  get readable() {
    return !itself(this).#connection.destroyed && !itself(this).#connection.peerEnded
  }

  get writable() {
    return !itself(this).#connection.destroyed && !itself(this).#connection.ended
  }

  get readyState() {
    if (this.connecting) return 'opening'
    if (this.readable && this.writable) return 'open'
    if (this.readable) return 'readOnly'
    return this.writable ? 'writeOnly' : 'closed'
  }

  get remoteAddress() {
    return itself(this).#connection.details.remote?.address
  }

  get remotePort() {
    return itself(this).#connection.details.remote?.port
  }

  get remoteFamily() {
    return itself(this).#connection.details.remote?.family
  }

  get localAddress() {
    return itself(this).#connection.details.local?.address
  }

  get localPort() {
    return itself(this).#connection.details.local?.port
  }

  get localFamily() {
    return itself(this).#connection.details.local?.family
  }

  /** Plaintext bytes received. */
  get bytesRead() {
    return itself(this).#bytes().read
  }

  /** Plaintext bytes sent, with what is still queued in JavaScript. */
  get bytesWritten() {
    return (
      itself(this).#bytes().written + Buffer.byteLength(outbox.textFor(itself(this).#connection))
    )
  }

  /** Milliseconds of idleness after which 'timeout' is emitted; 0 or undefined for never. */
  get timeout() {
    return itself(this).#idle?.timeout ?? 0
  }

  get writableNeedDrain() {
    return itself(this).#connection.writable.needDrain
  }

  get writableLength() {
    return itself(this).#connection.writable.length
  }

  get writableHighWaterMark() {
    return itself(this).#connection.writable.highWaterMark
  }

  /** @returns {{ address?: string, family?: string, port?: number }} */
  address() {
    const { local } = itself(this).#connection.details
    if (local === undefined || itself(this).#connection.destroyed) return {}
    const { address, family, port } = local
    return { address, family, port }
  }

  /** The TLS version, as in `'TLSv1.3'`; null when closed. */
  getProtocol() {
    return itself(this).#parameters()?.protocol ?? null
  }

  /** @returns {{ name: string, standardName: string, version: string } | null} */
  getCipher() {
    const parameters = itself(this).#parameters()
    if (!parameters) return null
    const { cipher, standardCipher, cipherVersion, protocol } = parameters
    if (cipherVersion !== undefined)
      return { name: cipher, standardName: standardCipher, version: cipherVersion }
    // OpenSSL says of both versions' suites since which version of TLS they exist.
    const version = cipher.startsWith('TLS_') ? 'TLSv1.3' : 'TLSv1.2'
    return { name: cipher, standardName: standardCipher, version: protocol ? version : protocol }
  }

  /**
   * The peer's certificate, as Node's own method gives it; `{}` when it sent none, null when closed.
   * @param {boolean} [detailed] With the chain of issuers.
   */
  getPeerCertificate(detailed = false) {
    if (itself(this).#connection.destroyed) return null
    return identity.certificateObject(itself(this).#chain(), detailed)
  }

  /** @returns {import('node:crypto').X509Certificate | undefined} */
  getPeerX509Certificate() {
    const [leaf] = itself(this).#chain()
    return leaf === undefined ? undefined : new X509Certificate(leaf)
  }

  /** Our own certificate, as Node's own method gives it. @returns {import('node:crypto').X509Certificate | undefined} */
  getX509Certificate() {
    return inspection.x509Certificate(itself(this).#connection)
  }

  /** Our own certificate, as Node's own method gives it; `{}` for none, null when closed. */
  getCertificate() {
    return inspection.certificate(itself(this).#connection)
  }

  /** The group of the key exchange; on a server null, as in Node. */
  getEphemeralKeyInfo() {
    return inspection.ephemeralKeyInfo(itself(this).#connection)
  }

  /**
   * Key material that both ends get, and nobody else (RFC 5705).
   * @param {[length: number, label: string, context?: Uint8Array]} args
   */
  exportKeyingMaterial(...args) {
    return inspection.exportKeyingMaterial(itself(this).#connection, args)
  }

  getSession() {
    return inspection.ofNode(itself(this).#connection, 'getSession', undefined)
  }

  getTLSTicket() {
    return inspection.ofNode(itself(this).#connection, 'getTLSTicket', undefined)
  }

  getFinished() {
    return inspection.ofNode(itself(this).#connection, 'getFinished', undefined)
  }

  getPeerFinished() {
    return inspection.ofNode(itself(this).#connection, 'getPeerFinished', undefined)
  }

  getSharedSigalgs() {
    return inspection.ofNode(itself(this).#connection, 'getSharedSigalgs', [])
  }

  /** @param {number} size */
  setMaxSendFragment(size) {
    return inspection.setMaxSendFragment(itself(this).#connection, size)
  }

  /**
   * @param {any} options
   * @param {(error: Error | null) => void} [callback]
   */
  renegotiate(options, callback) {
    return inspection.renegotiate(itself(this).#connection, options, callback)
  }

  disableRenegotiation() {
    inspection.tell(itself(this).#connection, 'disableRenegotiation')
  }

  enableTrace() {
    inspection.tell(itself(this).#connection, 'enableTrace')
  }

  /** Sessions are never resumed, so that no connection escapes the check of its certificate. */
  isSessionReused() {
    return false
  }

  /**
   * Writes bytes of the user's own. Messages go through `send`.
   * @param {string | Uint8Array} data
   * @param {BufferEncoding | ((error?: Error) => void)} [encoding]
   * @param {(error?: Error) => void} [callback]
   * @returns {boolean} Whether to go on before 'drain'.
   */
  write(data, encoding, callback) {
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding]
    if (typeof data !== 'string' && !isUint8Array(data)) throw invalid.chunk(data)
    const done = callback
    if (itself(this).#connection.destroyed) {
      if (done !== undefined) nextTick(done, errors.destroyed('write'))
      return false
    }
    if (itself(this).#connection.ended) {
      const error = errors.writeAfterEnd()
      if (done !== undefined) nextTick(done, error)
      this.destroy(error)
      return false
    }
    const plain = encoding === undefined || encoding === 'utf8' || encoding === 'utf-8'
    const chunk = typeof data === 'string' && !plain ? Buffer.from(data, encoding) : data
    return itself(this).#connection.writable.write(chunk, done)
  }

  /**
   * Ends our side once all is written.
   * @param {string | Uint8Array | ((error?: Error) => void)} [data]
   * @param {BufferEncoding | ((error?: Error) => void)} [encoding]
   * @param {(error?: Error) => void} [callback] Called when all of it has reached the operating system, or with an
   *   error when it never will.
   */
  end(data, encoding, callback) {
    if (typeof data === 'function') [data, encoding, callback] = [undefined, undefined, data]
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding]
    let refusal
    if (data !== undefined && data !== null) {
      if (itself(this).#connection.destroyed) refusal = errors.destroyed('write')
      else if (itself(this).#connection.ended) refusal = errors.writeAfterEnd()
      this.write(data, encoding)
    }
    itself(this).#connection.writable.end(callback, refusal)
    return this
  }

  /**
   * Ends the connection. What was accepted before is still written.
   * @param {Error} [error] Emitted as 'error'.
   */
  destroy(error) {
    if (itself(this).#connection.destroyed) return this
    Socket.markDestroyed(itself(this))
    itself(this).#connection.destroy(error ?? undefined)
    return this
  }

  /** Ends our side, and the connection when all is written. */
  destroySoon() {
    this.end()
    if (itself(this).#connection.writable.finished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** Holds back messages until {@link Socket#resume}. */
  pause() {
    itself(this).#connection.pause()
    return this
  }

  /** Goes on after {@link Socket#pause}. */
  resume() {
    itself(this).#connection.resume()
    return this
  }

  isPaused() {
    return itself(this).#connection.paused
  }

  /**
   * Emits 'timeout' when nothing was sent or received for so long; ends nothing.
   * @param {number} ms 0 turns it off.
   * @param {() => void} [callback] Added as a listener once.
   */
  setTimeout(ms, callback) {
    itself(this).#idle?.stop()
    if (ms > 0 && !itself(this).#connection.destroyed) {
      itself(this).#watch().start(ms)
      if (callback !== undefined) this.once('timeout', callback)
    } else if (callback !== undefined) {
      this.removeListener('timeout', callback)
    }
    return this
  }

  /** Text is always UTF-8. */
  setEncoding() {
    return this
  }

  /** The engine always sends at once and coalesces by itself. */
  setNoDelay() {
    return this
  }

  /** See `keepAliveInterval` of the server for what finds dead peers. */
  setKeepAlive() {
    return this
  }

  /** Writes of one tick leave together anyway. */
  cork() {}

  uncork() {}

  ref() {
    itself(this).#connection.hold.ref()
    return this
  }

  /** Lets the process end although the connection is open. */
  unref() {
    itself(this).#connection.hold.unref()
    return this
  }

  /**
   * For the connection: it is gone.
   * @param {Socket} socket
   */
  static markDestroyed(socket) {
    socket.#connection.destroyed = true
    socket.#idle?.stop()
  }

  #watch() {
    this.#idle ??= new IdleWatch(
      () => this.#traffic(),
      () => this.emit('timeout'),
    )
    return this.#idle
  }

  #parameters() {
    return this.#connection.destroyed ? null : this.#connection.details.parameters
  }

  /** @returns {Buffer[]} */
  #chain() {
    return this.#connection.details.chain ?? []
  }

  #bytes() {
    const { id, carrier } = this.#connection
    const counts = id === 0 ? null : carrier.byteCounts(id)
    return counts ?? this.#connection.counts ?? { read: 0, written: 0 }
  }

  #traffic() {
    const { read, written } = this.#bytes()
    const { connected, parameters } = this.#connection.details
    return read + written + Number(connected === true) + Number(parameters !== undefined)
  }
}

noticesRemoval(Socket.prototype)

const { connectionOf, markDestroyed } = Socket

noticesListeners(Socket.prototype, 'data', socket => {
  const connection = connectionOf(itself(socket))
  if (connection !== undefined) connection.wasHeard = true
})

exports.Socket = Socket
exports.connectionOf = connectionOf
exports.markDestroyed = markDestroyed
