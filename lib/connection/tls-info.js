'use strict'

// What a socket tells of its TLS, beside what everybody asks: by the engine, or by Node's own socket where that carries
// the connection. What the engine has not (renegotiation, sessions, OpenSSL's trace) is answered as Node answers where
// there is nothing.

const { X509Certificate } = require('node:crypto')
const { TLSSocket } = require('node:tls')

const { getEngine } = require('../engine/engine')
const { certificateObject } = require('../tls/identity')
const errors = require('../errors')

/** @typedef {import('./connection').Connection} Connection */

/** Bytes of a record's content that Node takes for `setMaxSendFragment`. */
const MAX_FRAGMENT = 16384

/** Before, Node shows nothing of a group that is no elliptic curve. */
const NAMES_EVERY_GROUP = Number.parseInt(process.versions.node, 10) >= 24

/**
 * @param {Connection} connection
 * @returns {any} Node's own socket, where that carries the connection.
 */
function nodeSocket({ carrier }) {
  return /** @type {any} */ (carrier).tlsSocket
}

/**
 * @param {Connection} connection
 * @returns {boolean} Whether TLS is up.
 */
function isSecure({ destroyed, details }) {
  return details.parameters !== undefined && !destroyed
}

/**
 * Key material that both ends get, and nobody else (RFC 5705).
 * @param {Connection} connection
 * @param {[length: number, label: string, context?: Uint8Array]} args
 * @returns {Buffer}
 * @throws {Error} Node's own, for wrong arguments, or when TLS is not up.
 */
function exportKeyingMaterial(connection, args) {
  const own = nodeSocket(connection)
  if (own !== undefined && isSecure(connection)) return own.exportKeyingMaterial(...args)
  // Node itself looks at the arguments.
  const question = {
    _secureEstablished: isSecure(connection),
    _handle: {
      exportKeyingMaterial: (
        /** @type {number} */ length,
        /** @type {string} */ label,
        /** @type {ArrayBufferView | undefined} */ context,
      ) => {
        const bytes = context && Buffer.from(context.buffer, context.byteOffset, context.byteLength)
        const material = getEngine().exportKeyingMaterial(connection.id, length, label, bytes)
        if (material === null) throw errors.tlsNotUp()
        return material
      },
    },
  }
  return /** @type {any} */ (TLSSocket.prototype.exportKeyingMaterial).apply(question, args)
}

/**
 * The group of the key exchange.
 * @param {Connection} connection
 * @returns {{ type: string, name: string, size: number | undefined } | {} | null} Null on a server, as in Node.
 */
function ephemeralKeyInfo(connection) {
  if (connection.destroyed || connection.isServer) return null
  const own = nodeSocket(connection)
  if (own !== undefined) return own.getEphemeralKeyInfo()
  const group = connection.details.parameters?.group
  if (!group) return {}
  const [name, size] = group
  if (size !== 0) return { type: 'ECDH', name, size }
  return NAMES_EVERY_GROUP ? { type: 'TLSGroup', name, size: undefined } : {}
}

/**
 * @param {Connection} connection
 * @returns {Buffer | undefined} Our certificate, DER.
 */
function ownCertificate(connection) {
  if (!isSecure(connection)) return undefined
  const own = nodeSocket(connection)
  if (own !== undefined) return own.getX509Certificate()?.raw
  return getEngine().ownCertificate(connection.id) ?? undefined
}

/**
 * @param {Connection} connection
 * @returns {X509Certificate | undefined}
 */
function x509Certificate(connection) {
  const der = ownCertificate(connection)
  return der && new X509Certificate(der)
}

/**
 * @param {Connection} connection
 * @returns {import('node:tls').PeerCertificate | {} | null} As Node gives it; `{}` for none, null when closed.
 */
function certificate(connection) {
  if (connection.destroyed) return null
  const der = ownCertificate(connection)
  return der === undefined ? {} : certificateObject([der])
}

/**
 * @param {Connection} connection
 * @param {boolean} detailed With the chain of issuers.
 * @returns {import('node:tls').PeerCertificate | {} | null} As Node gives it; `{}` when the peer sent none, null when closed.
 */
function peerCertificate({ destroyed, details }, detailed) {
  return destroyed ? null : certificateObject(details.chain ?? [], detailed)
}

/**
 * @param {Connection} connection
 * @returns {X509Certificate | undefined}
 */
function peerX509Certificate({ details }) {
  const leaf = details.chain?.[0]
  return leaf && new X509Certificate(leaf)
}

/**
 * What only Node's own TLS has.
 * @param {Connection} connection
 * @param {'getSession' | 'getTLSTicket' | 'getFinished' | 'getPeerFinished' | 'getSharedSigalgs' | 'isSessionReused'} name
 * @param {any} none What it gives where there is nothing.
 * @returns {any} Null when closed.
 */
function ofNode(connection, name, none) {
  if (connection.destroyed) return null
  const own = nodeSocket(connection)
  return own === undefined ? none : own[name]()
}

/**
 * @param {Connection} connection
 * @param {number} size
 * @returns {boolean} Whether it counts from now on.
 * @throws {Error} Node's own, for what is no number.
 */
function setMaxSendFragment(connection, size) {
  const own = nodeSocket(connection)
  if (own !== undefined && isSecure(connection)) return own.setMaxSendFragment(size)
  const question = { _handle: { setMaxSendFragment: () => 0 } }
  const taken = /** @type {any} */ (TLSSocket.prototype.setMaxSendFragment).call(question, size)
  // The engine's records are as long as they may be.
  return taken || (size === MAX_FRAGMENT && isSecure(connection))
}

/**
 * @param {Connection} connection
 * @param {any} options
 * @param {((error: Error | null) => void)} [callback]
 * @returns {boolean | undefined}
 * @throws {Error} Node's own, for wrong arguments.
 */
function renegotiate(connection, options, callback) {
  const own = nodeSocket(connection)
  if (own !== undefined && isSecure(connection)) return own.renegotiate(options, callback)
  const question = {
    destroyed: connection.destroyed,
    write() {},
    _tlsOptions: {},
    _handle: {
      setVerifyMode() {},
      renegotiate() {
        throw errors.noRenegotiation(connection.socket.getProtocol() ?? '')
      },
    },
  }
  return /** @type {any} */ (TLSSocket.prototype.renegotiate).call(question, options, callback)
}

/**
 * @param {Connection} connection
 * @param {'disableRenegotiation' | 'enableTrace'} name
 */
function tell(connection, name) {
  const own = nodeSocket(connection)
  if (own !== undefined && isSecure(connection)) own[name]()
}

module.exports = {
  certificate,
  ephemeralKeyInfo,
  exportKeyingMaterial,
  ofNode,
  peerCertificate,
  peerX509Certificate,
  renegotiate,
  setMaxSendFragment,
  tell,
  x509Certificate,
}
