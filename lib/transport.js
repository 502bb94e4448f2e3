'use strict'

// What carries a server or a connection of a client: the engine's rustls, or, where that cannot, Node's own TLS.

const tls = require('node:tls')

const { Dial } = require('./dial')
const { codes } = require('./errors')
const { clientLimits } = require('./limits')
const { normaliseConnectArgs } = require('./lookup')
const { NodeDial } = require('./node-dial')
const { NodeTlsServer } = require('./node-tls-server')
const { needsNode, table } = require('./tls-option-table')
const { clientMaterial } = require('./tls-options')
const { TlsServer } = require('./tls-server')
const { isDefaultTrustKnown } = require('./trust')

/** @typedef {'rustls' | 'node'} Transport */

/** @typedef {import('./tls-option-table').TlsOptions} TlsOptions */
/** @typedef {import('./tls-option-table').Role} Role */

/** Options of a client that are never refused, beside those that the engine itself has nothing to do with. */
const PLAIN = new Set(['ca', 'cert', 'rejectUnauthorized', 'localAddress', 'localPort'])

/** @returns {boolean} whether the environment asks for Node's own TLS */
function isForced() {
  return process.env.TLSJSON_TRANSPORT === 'node'
}

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
 * @param {any} given As of `tls.createServer` or `tls.connect`; perhaps what Node does not take.
 * @param {Role} role
 * @returns {boolean} whether it can be told at once that Node's own TLS is needed
 */
function isForNode(given, role) {
  if (isForced()) return true
  const options = typeof given === 'object' && given !== null ? given : {}
  return (
    needsNode(options, role) !== null || wantsOldVersions(options) || trustsUnknown(options, role)
  )
}

/**
 * @param {any} error
 * @returns {boolean} whether the engine refuses what Node takes
 */
function isRefusal(error) {
  return error?.code === codes.UNSUPPORTED_OPTION
}

/**
 * @param {TlsOptions} options From `normaliseConnectArgs`.
 * @returns {boolean} whether the engine refuses them
 */
function refusesClient(options) {
  const isPlain = Object.keys(options).every(
    name => PLAIN.has(name) || !['rust', 'unsupported'].includes(table[name]?.handling),
  )
  if (isPlain) return false
  try {
    clientMaterial(options)
    return false
  } catch (error) {
    // An error of Node's comes again, in its turn.
    return isRefusal(error)
  }
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
  if (!isForNode(options, 'server')) {
    try {
      return { transport: 'rustls', tlsServer: new TlsServer(options, bounds, owner) }
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }
  return { transport: 'node', tlsServer: new NodeTlsServer(options, bounds, owner) }
}

/**
 * An attempt to connect, with the configuration as it is now.
 * @param {{ host?: any, port?: any, options?: any }} config
 * @returns {Dial | NodeDial}
 * @throws {Error} Node's own, for what `tls.connect` does not take.
 */
function dialFor(config) {
  const { options } = normaliseConnectArgs(config)
  if (isForNode(options, 'client') || refusesClient(options)) {
    return new NodeDial(options, clientLimits(config))
  }
  return new Dial(config)
}

module.exports = { dialFor, serverFor }
