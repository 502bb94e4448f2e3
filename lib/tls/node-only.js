'use strict'

// What only Node's own TLS can do, as far as the options tell.

const tls = require('node:tls')

const { needsNode } = require('./option-table')
const { isDefaultTrustKnown } = require('./trust')

/** @typedef {import('./option-table').TlsOptions} TlsOptions */
/** @typedef {import('./option-table').Role} Role */

/**
 * With the usual security levels OpenSSL itself speaks nothing below TLS 1.2, whatever was asked for.
 * @param {TlsOptions} options
 * @returns {boolean} whether they ask for versions below TLS 1.2 beside those above, and would get them
 */
function wantsOldVersions({ minVersion, ciphers }) {
  const least = minVersion || tls.DEFAULT_MIN_VERSION
  return least < 'TLSv1.2' && String(ciphers || tls.DEFAULT_CIPHERS).includes('@SECLEVEL=0')
}

/**
 * @param {TlsOptions} options
 * @param {Role} role
 * @returns {boolean} whether only Node knows whom to trust
 */
function trustsUnknown({ ca, requestCert }, role) {
  return !ca && (role === 'client' || requestCert === true) && !isDefaultTrustKnown()
}

/**
 * Bytes that the address of a Unix domain socket holds, with a NUL behind them. On Windows no path fits: there it is the
 * name of a pipe, which is no socket.
 */
const PATH_BYTES = new Map([
  ['linux', 108],
  ['win32', 1],
])

/**
 * Versions of Node differ in what they make of one that is too long: a shorter path, or an error.
 * @param {unknown} path
 * @returns {boolean} whether it is no path of a socket
 */
function isBeyondSockets(path) {
  const bytes = PATH_BYTES.get(process.platform) ?? 104
  return typeof path === 'string' && Buffer.byteLength(path) >= bytes
}

/**
 * What is no port Node cuts to one, or finds taken, each in its own way; and it knows what a zone is.
 * @param {TlsOptions} options
 * @param {Role} role
 * @returns {boolean} whether a client is to connect from such a port, or an address with a zone
 */
function comesFromOddPlace({ localAddress, localPort }, role) {
  if (role === 'server') return false
  const isPort = Number.isInteger(localPort) && localPort > 0 && localPort <= 0xffff
  return Boolean(localPort && !isPort) || String(localAddress || '').includes('%')
}

/** @returns {boolean} whether the environment asks for Node's own TLS */
function isForced() {
  return process.env.TLSJSON_TRANSPORT === 'node'
}

/**
 * @param {any} given As of `tls.createServer` or `tls.connect`; perhaps what Node does not take.
 * @param {Role} role
 * @returns {string | null} why Node's own TLS is needed, as far as it can be told at once; null if it is not
 */
function whyNode(given, role) {
  if (isForced()) return 'TLSJSON_TRANSPORT'
  const options = typeof given === 'object' && given !== null ? given : {}
  if (wantsOldVersions(options)) return 'minVersion'
  if (trustsUnknown(options, role)) return '--use-openssl-ca'
  if (role === 'client' && isBeyondSockets(options.path)) return 'path'
  return comesFromOddPlace(options, role) ? 'localPort' : needsNode(options, role)
}

module.exports = { whyNode }
