'use strict'

// What carries a server or a connection of a client: the engine's rustls, or, where that cannot, Node's own TLS.

const tls = require('node:tls')

const errors = require('./errors')
const { Dial } = require('./dial')
const { connectionLimits } = require('./limits')
const { normaliseConnectArgs } = require('./lookup')
const { foreignKey } = require('./key-material')
const { NodeDial } = require('./node-dial')
const { NodeTlsServer } = require('./node-tls-server')
const { isSendable, needsNode, refuseUnsupported } = require('./tls-option-table')
const { clientMaterial, serverMaterial } = require('./tls-options')
const { TlsServer } = require('./tls-server')
const { isDefaultTrustKnown } = require('./trust')

/** @typedef {'rustls' | 'node'} Transport */

/** @typedef {import('./tls-option-table').TlsOptions} TlsOptions */
/** @typedef {import('./tls-option-table').Role} Role */

/** The versions of TLS that the engine speaks. */
const VERSIONS = ['TLSv1.2', 'TLSv1.3']

/**
 * @param {any} options As of `tls.createServer` or `tls.connect`; perhaps some that Node does not take.
 * @param {Role} role
 * @returns {Transport}
 */
function transportFor(options, role) {
  if (process.env.TLSJSON_TRANSPORT === 'node') return 'node'
  const given = typeof options === 'object' && options !== null ? options : {}
  const foreign =
    needsNode(given, role) !== null ||
    needsOtherVersion(given) ||
    needsUnknownTrust(given, role) ||
    (role === 'client' && needsOtherName(given)) ||
    foreignKey(given) !== null ||
    isForeign(given, role)
  return foreign ? 'node' : 'rustls'
}

/** @param {TlsOptions} options */
function needsOtherVersion({ minVersion, maxVersion, ciphers }) {
  const [least, most] = [
    minVersion || tls.DEFAULT_MIN_VERSION,
    maxVersion || tls.DEFAULT_MAX_VERSION,
  ]
  if (!VERSIONS.includes(most) || least > most) return true
  // With the usual security levels OpenSSL itself speaks nothing below TLS 1.2, whatever was asked for.
  return !VERSIONS.includes(least) && String(ciphers || tls.DEFAULT_CIPHERS).includes('@SECLEVEL=0')
}

/**
 * @param {TlsOptions} options
 * @param {Role} role
 */
function needsUnknownTrust({ ca, requestCert }, role) {
  return !ca && (role === 'client' || requestCert === true) && !isDefaultTrustKnown()
}

/**
 * Whether the engine finds that it cannot do what the options ask for: no suite or group of `ciphers` and `ecdhCurve` that
 * it has, a `pfx` that it does not read.
 * @param {TlsOptions} options
 * @param {Role} role
 */
function isForeign(options, role) {
  try {
    refuseUnsupported(options, role)
  } catch {
    // Neither does Node's own TLS here: told when the options are used.
    return false
  }
  try {
    if (role === 'server') serverMaterial(options)
    else clientMaterial(options)
    return false
  } catch (error) {
    // Other errors are Node's own, which come again when the options are used.
    return /** @type {any} */ (error).code === errors.codes.UNSUPPORTED_OPTION
  }
}

/** @param {TlsOptions} options */
function needsOtherName({ servername }) {
  return typeof servername === 'string' && !isSendable(servername)
}

/**
 * What is to be `server.tlsServer`.
 * @param {any} options Node's, see `tls.createServer`.
 * @param {import('./tls-server').Bounds} bounds
 * @param {import('./connection').Owner & { open: (connection: import('./connection').Connection) => void }} owner
 * @returns {{ transport: Transport, tlsServer: TlsServer | NodeTlsServer }}
 * @throws {Error} Node's own, for options that it does not take.
 */
function serverFor(options, bounds, owner) {
  const transport = transportFor(options, 'server')
  const Kind = transport === 'node' ? NodeTlsServer : TlsServer
  return { transport, tlsServer: new Kind(options, bounds, owner) }
}

/**
 * An attempt to connect, with the configuration as it is now.
 * @param {{ host?: any, port?: any, options?: any }} config
 * @returns {Dial | NodeDial}
 * @throws {Error} Node's own, for what `tls.connect` does not take.
 */
function dialFor(config) {
  const { options } = normaliseConnectArgs(config)
  return transportFor(options, 'client') === 'node'
    ? new NodeDial(options, connectionLimits(config))
    : new Dial(config)
}

module.exports = { dialFor, serverFor }
