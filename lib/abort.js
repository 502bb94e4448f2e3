'use strict'

// Signals: that of a client ends its connection, as tls.connect does, and that of `listen` closes the server.

const { bare } = require('./bare')
const errors = require('./errors')
const { nextTick } = require('./host')

/**
 * @param {unknown} signal
 * @returns {signal is AbortSignal} Whether it is one, and not for Node to refuse. As Node sees it: those of another realm,
 *   or of a library, are no instances of ours.
 */
function isObeyed(signal) {
  return typeof signal === 'object' && signal !== null && 'aborted' in signal
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
  const { onClosed } = connection
  signal.addEventListener('abort', abort, bare({ once: true }))
  connection.onClosed = () => {
    signal.removeEventListener('abort', abort)
    onClosed?.()
  }
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
    signal.addEventListener('abort', close, bare({ once: true }))
    server.once('close', () => signal.removeEventListener('abort', close))
  }
}

module.exports = { closeOn, isObeyed, obey }
