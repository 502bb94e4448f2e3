'use strict'

const EventEmitter = require('node:events')

const outbox = require('../engine/outbox')
const { itself, knowsItself } = require('../host/itself')
const { later } = require('../host/later')

const tlsInfo = later(() => require('./tls-info'))

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

/** What a socket tells of its connection: where it leads, who is there, how it is encrypted. It changes nothing. */
class ConnectionView extends EventEmitter {
  /** @type {import('./connection').Connection} */
  #connection

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
    return byteCounts(itself(this).#connection).read
  }

  /** Plaintext bytes sent, with what is still queued in JavaScript. */
  get bytesWritten() {
    const connection = itself(this).#connection
    return byteCounts(connection).written + Buffer.byteLength(outbox.textFor(connection))
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
    return tlsInfo().peerCertificate(itself(this).#connection, detailed)
  }

  /** @returns {import('node:crypto').X509Certificate | undefined} */
  getPeerX509Certificate() {
    return tlsInfo().peerX509Certificate(itself(this).#connection)
  }

  /** Our own certificate, as Node's own method gives it. @returns {import('node:crypto').X509Certificate | undefined} */
  getX509Certificate() {
    return tlsInfo().x509Certificate(itself(this).#connection)
  }

  /** Our own certificate, as Node's own method gives it; `{}` for none, null when closed. */
  getCertificate() {
    return tlsInfo().certificate(itself(this).#connection)
  }

  /** The group of the key exchange; on a server null, as in Node. */
  getEphemeralKeyInfo() {
    return tlsInfo().ephemeralKeyInfo(itself(this).#connection)
  }

  /**
   * Key material that both ends get, and nobody else (RFC 5705).
   * @param {[length: number, label: string, context?: Uint8Array]} args
   */
  exportKeyingMaterial(...args) {
    return tlsInfo().exportKeyingMaterial(itself(this).#connection, args)
  }

  getSession() {
    return tlsInfo().ofNode(itself(this).#connection, 'getSession', undefined)
  }

  getTLSTicket() {
    return tlsInfo().ofNode(itself(this).#connection, 'getTLSTicket', undefined)
  }

  getFinished() {
    return tlsInfo().ofNode(itself(this).#connection, 'getFinished', undefined)
  }

  getPeerFinished() {
    return tlsInfo().ofNode(itself(this).#connection, 'getPeerFinished', undefined)
  }

  getSharedSigalgs() {
    return tlsInfo().ofNode(itself(this).#connection, 'getSharedSigalgs', [])
  }

  /** @param {number} size */
  setMaxSendFragment(size) {
    return tlsInfo().setMaxSendFragment(itself(this).#connection, size)
  }

  /**
   * @param {any} options
   * @param {(error: Error | null) => void} [callback]
   */
  renegotiate(options, callback) {
    return tlsInfo().renegotiate(itself(this).#connection, options, callback)
  }

  disableRenegotiation() {
    tlsInfo().tell(itself(this).#connection, 'disableRenegotiation')
  }

  enableTrace() {
    tlsInfo().tell(itself(this).#connection, 'enableTrace')
  }

  /** Sessions are never resumed, so that no connection escapes the check of its certificate. */
  isSessionReused() {
    return false
  }

  #parameters() {
    return this.#connection.destroyed ? null : this.#connection.details.parameters
  }
}

/**
 * @param {import('./connection').Connection} connection
 * @returns {{ read: number, written: number }} Plaintext bytes, as far as the transport knows of them.
 */
function byteCounts({ id, carrier, counts }) {
  return carrier.byteCounts(id) ?? counts ?? { read: 0, written: 0 }
}

const { connectionOf } = ConnectionView

module.exports = { ConnectionView, byteCounts, connectionOf }
