'use strict'

// What carries a server or a connection of a client: the engine's rustls, or, where that cannot, Node's own TLS.

const { Dial } = require('./dial')
const { normaliseConnectArgs } = require('./lookup')
const { NodeDial } = require('./node-dial')
const { unlessRefused, whyNode } = require('./node-only')
const { NodeTlsServer } = require('./node-tls-server')
const { clientPlan } = require('./plan')
const { TlsServer } = require('./tls-server')

/** @typedef {'rustls' | 'node'} Transport */

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
    whyNode(options, 'server') === null
      ? unlessRefused(() => new TlsServer(options, bounds, owner))
      : null
  return native ?? new NodeTlsServer(options, bounds, owner)
}

/**
 * Configurations whose server showed a certificate too large for rustls: the next attempt begins with what can read it.
 * @type {WeakSet<object>}
 */
const outgrown = new WeakSet()

/**
 * An attempt to connect, with the configuration as it is now. What is in it is read once.
 * @param {{ host?: any, port?: any, options?: any }} config
 * @param {ReturnType<typeof import('./limits').clientLimits>['connection']} limits
 * @returns {Dial | NodeDial}
 * @throws {Error} Node's own, for what `tls.connect` does not take.
 */
function dialFor(config, limits) {
  const { options } = normaliseConnectArgs(config)
  const plan = clientPlan(options)
  if (plan.transport === 'node' || outgrown.has(config)) return new NodeDial(options, limits)
  return new Dial(options, plan, limits, () => {
    outgrown.add(config)
    // Who waits for so long, the first attempt sees to.
    return new NodeDial({ ...options, timeout: undefined }, limits)
  })
}

module.exports = { dialFor, serverFor }
