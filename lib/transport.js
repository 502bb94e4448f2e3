'use strict'

// What carries a server or a connection of a client: the engine's rustls, or, where that cannot, Node's own TLS.

const { Dial } = require('./dial')
const { connectionLimits } = require('./limits')
const { normaliseConnectArgs } = require('./lookup')
const { foreignKey } = require('./key-material')
const { NodeDial } = require('./node-dial')
const { NodeTlsServer } = require('./node-tls-server')
const { needsNode } = require('./tls-option-table')
const { TlsServer } = require('./tls-server')

/** @typedef {'rustls' | 'node'} Transport */

/**
 * @param {any} options As of `tls.createServer` or `tls.connect`.
 * @param {import('./tls-option-table').Role} role
 * @returns {Transport}
 */
function transportFor(options, role) {
  const given = typeof options === 'object' && options !== null ? options : {}
  if (process.env.TLSJSON_TRANSPORT === 'node') return 'node'
  if (needsNode(given, role) !== null || foreignKey(given) !== null) return 'node'
  return 'rustls'
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
