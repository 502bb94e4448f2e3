'use strict'

// The engine's rustls, or, where that cannot, Node's own TLS.

const { Dial } = require('./rustls/dial')
const { normaliseConnectArgs } = require('../net/lookup')
const { NodeDial } = require('./node/dial')
const { NodeTlsServer } = require('./node/server')
const { clientPlan, serverPlan } = require('../tls/plan')
const { TlsServer } = require('./rustls/server')

/**
 * What is to be `server.tlsServer`.
 * @param {any} options Node's, see `tls.createServer`.
 * @param {import('../protocol/limits').Bounds} bounds
 * @param {import('../connection/connection').Owner & { open: (connection: import('../connection/connection').Connection) => void }} owner
 * @returns {TlsServer | NodeTlsServer}
 * @throws {Error} Node's own, for options that it does not take.
 */
function serverFor(options, bounds, owner) {
  const plan = serverPlan(options)
  if (plan.transport === 'node') return new NodeTlsServer(options, bounds, owner)
  /** @type {import('./rustls/companion').MakeNodeServer} */
  const overNode = (...args) => new NodeTlsServer(...args)
  return new TlsServer(options, plan, bounds, owner, overNode)
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
 * @returns {Dial | NodeDial}
 * @throws {Error} Node's own, for what `tls.connect` does not take.
 */
function dialFor(config, limits, server = config) {
  const { options } = normaliseConnectArgs(config)
  const plan = clientPlan(options)
  if (plan.transport === 'node' || outgrown.has(server)) return new NodeDial(options, limits)
  return new Dial(options, plan, limits, () => {
    outgrown.add(server)
    // Who waits for so long, the first attempt sees to.
    return new NodeDial({ ...options, timeout: undefined }, limits)
  })
}

module.exports = { dialFor, serverFor }
