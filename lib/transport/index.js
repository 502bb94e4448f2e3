'use strict'

// What carries a server or a connection of a client: the engine's rustls, or, where that cannot, Node's own TLS. Each is
// loaded when it is first wanted: a client needs nothing of the servers, and few programs need both transports.

const { normaliseConnectArgs } = require('../net/lookup')
const { clientPlan, serverPlan } = require('../tls/plan')

/** @typedef {import('./node/dial').NodeDial} NodeDial */
/** @typedef {import('./node/server').NodeTlsServer} NodeTlsServer */

/**
 * @param {ConstructorParameters<typeof import('./node/server').NodeTlsServer>} args
 * @returns {NodeTlsServer}
 */
function nodeServer(...args) {
  const { NodeTlsServer } = require('./node/server')
  return new NodeTlsServer(...args)
}

/**
 * @param {ConstructorParameters<typeof import('./node/dial').NodeDial>} args
 * @returns {NodeDial}
 */
function nodeDial(...args) {
  const { NodeDial } = require('./node/dial')
  return new NodeDial(...args)
}

/**
 * What is to be `server.tlsServer`.
 * @param {any} options Node's, see `tls.createServer`.
 * @param {import('../protocol/limits').Bounds} bounds
 * @param {import('../connection/connection').Owner & { open: (connection: import('../connection/connection').Connection) => void }} owner
 * @returns {import('./rustls/server').TlsServer | NodeTlsServer}
 * @throws {Error} Node's own, for options that it does not take.
 */
function serverFor(options, bounds, owner) {
  const plan = serverPlan(options)
  if (plan.transport === 'node') return nodeServer(options, bounds, owner)
  const { TlsServer } = require('./rustls/server')
  return new TlsServer(options, plan, bounds, owner, nodeServer)
}

/**
 * Configurations whose server showed a certificate too large for rustls: the next attempt begins with what can read it.
 * @type {WeakSet<object>}
 */
const outgrown = new WeakSet()

/**
 * An attempt to connect, with the configuration as it is now. What is in it is read once.
 * @param {{ host?: any, port?: any, options?: any }} config
 * @param {ReturnType<typeof import('../protocol/limits').clientLimits>['connection']} limits
 * @param {object} [server] What stands for the server from one attempt to the next; the configuration unless given.
 * @returns {import('./rustls/dial').Dial | NodeDial}
 * @throws {Error} Node's own, for what `tls.connect` does not take.
 */
function dialFor(config, limits, server = config) {
  const { options } = normaliseConnectArgs(config)
  const plan = clientPlan(options)
  if (plan.transport === 'node' || outgrown.has(server)) return nodeDial(options, limits)
  const { Dial } = require('./rustls/dial')
  return new Dial(options, plan, limits, () => {
    outgrown.add(server)
    // Who waits for so long, the first attempt sees to.
    return nodeDial({ ...options, timeout: undefined }, limits)
  })
}

module.exports = { dialFor, serverFor }
