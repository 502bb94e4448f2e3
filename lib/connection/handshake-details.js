'use strict'

// What the engine tells of a connection's beginning, put where its socket shows it.

/** @typedef {import('./connection').Connection} Connection */

/**
 * TCP is up.
 * @param {Connection} connection
 * @param {any} signal
 */
function connected({ details }, { local, remote }) {
  details.local = local ?? undefined
  details.remote = remote ?? undefined
  details.connected = true
}

/**
 * The peer has shown its certificate.
 * @param {Connection} connection
 * @param {string[]} chain DER in base64.
 */
function presented({ details }, chain) {
  details.chain = chain.map(der => Buffer.from(der, 'base64'))
}

/**
 * TLS is up.
 * @param {Connection} connection
 * @param {any} parameters
 */
function negotiated({ details, socket }, parameters) {
  details.parameters = parameters
  socket.alpnProtocol = parameters.alpn ?? false
}

/**
 * A server's handshake is done.
 * @param {Connection} connection
 * @param {any} signal
 */
function done(connection, signal) {
  const { parameters, requested, error } = signal
  const { socket } = connection
  presented(connection, signal.chain)
  negotiated(connection, parameters)
  connected(connection, signal)
  socket.servername = parameters.serverName ?? false
  if (!requested) return
  socket.authorized = error === null
  socket.authorizationError = error === null ? null : error.code
}

module.exports = { connected, done, negotiated, presented }
