'use strict'

// What carries a server or a connection of a client: the engine's rustls, or, where that cannot, Node's own TLS.

const { Dial } = require('./dial')
const { clientLimits } = require('./limits')
const { normaliseConnectArgs } = require('./lookup')
const { NodeDial } = require('./node-dial')
const { isNodeOnly, unlessRefused } = require('./node-only')
const { NodeTlsServer } = require('./node-tls-server')
const { table } = require('./tls-option-table')
const { clientMaterial } = require('./tls-options')
const { TlsServer } = require('./tls-server')

/** @typedef {'rustls' | 'node'} Transport */

/** @typedef {import('./tls-option-table').TlsOptions} TlsOptions */

/** Options of a client that are never refused, beside those that the engine itself has nothing to do with. */
const PLAIN = new Set(['ca', 'cert', 'rejectUnauthorized', 'localAddress', 'localPort'])

/** @returns {boolean} whether the environment asks for Node's own TLS */
function isForced() {
  return process.env.TLSJSON_TRANSPORT === 'node'
}

/**
 * @param {TlsOptions} options From `normaliseConnectArgs`.
 * @returns {boolean} whether the engine refuses them
 */
function refusesClient(options) {
  const isPlain = Object.keys(options).every(
    name => PLAIN.has(name) || table[name]?.handling !== 'rust',
  )
  if (isPlain) return false
  try {
    return unlessRefused(() => clientMaterial(options)) === null
  } catch {
    // An error of Node's comes again, in its turn.
    return false
  }
}

/**
 * What is to be `server.tlsServer`.
 * @param {any} options Node's, see `tls.createServer`.
 * @param {import('./tls-server').Bounds} bounds
 * @param {import('./connection').Owner & { open: (connection: import('./connection').Connection) => void }} owner
 * @returns {TlsServer | NodeTlsServer}
 * @throws {Error} Node's own, for options that it does not take.
 */
function serverFor(options, bounds, owner) {
  const native =
    isForced() || isNodeOnly(options, 'server')
      ? null
      : unlessRefused(() => new TlsServer(options, bounds, owner))
  return native ?? new NodeTlsServer(options, bounds, owner)
}

/**
 * An attempt to connect, with the configuration as it is now.
 * @param {{ host?: any, port?: any, options?: any }} config
 * @returns {Dial | NodeDial}
 * @throws {Error} Node's own, for what `tls.connect` does not take.
 */
function dialFor(config) {
  const { options } = normaliseConnectArgs(config)
  if (isForced() || isNodeOnly(options, 'client') || refusesClient(options)) {
    return new NodeDial(options, clientLimits(config))
  }
  return new Dial(config)
}

module.exports = { dialFor, serverFor }
