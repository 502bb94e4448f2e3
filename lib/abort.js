'use strict'

// Signals: that of a client ends its connection, as tls.connect does, and that of `listen` closes the server.

const errors = require('./errors')
const { nextTick } = require('./host')

/**
 * @param {unknown} signal
 * @returns {signal is AbortSignal} Whether it is one, and not for Node to refuse.
 */
function isObeyed(signal) {
  return signal instanceof AbortSignal
}

/**
 * @param {import('./connection').Connection} connection
 * @param {unknown} signal
 */
function obey(connection, signal) {
  if (!isObeyed(signal)) return
  const abort = () => {
    connection.socket.destroy(errors.aborted(signal.reason))
  }
  if (signal.aborted) {
    abort()
    return
  }
  signal.addEventListener('abort', abort, { once: true })
  connection.closers.push(() => signal.removeEventListener('abort', abort))
}

/**
 * @param {import('./tls-server').TlsServer} server
 * @param {AbortSignal} signal Of `listen`: closes the server.
 */
function closeOn(server, signal) {
  const close = () => {
    server.close()
  }
  if (signal.aborted) nextTick(close)
  else {
    signal.addEventListener('abort', close, { once: true })
    server.once('close', () => signal.removeEventListener('abort', close))
  }
}

module.exports = { closeOn, isObeyed, obey }
