'use strict'

const { NodeTlsServer } = require('./node-tls-server')

/**
 * What takes the connections that the engine cannot read by itself, for a server that rustls carries.
 * @param {import('node:events')} server Where what it has to tell is told.
 * @param {any} options Node's, see `tls.createServer`.
 * @param {import('./tls-server').Bounds} bounds
 * @param {ConstructorParameters<typeof NodeTlsServer>[2]} owner
 * @param {() => import('./binding').ServerGuard} guardOf What the server holds against its peers now.
 * @returns {NodeTlsServer}
 */
function companionOf(server, options, bounds, owner, guardOf) {
  const companion = new NodeTlsServer(options, bounds, owner, guardOf)
  companion.on('secureConnection', socket => server.emit('secureConnection', socket))
  companion.on('tlsClientError', (...args) => server.emit('tlsClientError', ...args))
  if (server.listenerCount('keylog') > 0) {
    companion.on('keylog', (...args) => server.emit('keylog', ...args))
  }
  return companion
}

module.exports = { companionOf }
