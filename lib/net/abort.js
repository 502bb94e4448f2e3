'use strict'

// The signal of a client ends its connection, as tls.connect does. That of `listen` Node's `net.Server` obeys.

const { bare } = require('../host/bare')
const errors = require('../errors')

/**
 * @param {unknown} signal
 * @returns {signal is AbortSignal} Whether it is one, and not for Node to refuse. As Node sees it: those of another realm,
 *   or of a library, are no instances of ours.
 */
function isObeyed(signal) {
  return typeof signal === 'object' && signal !== null && 'aborted' in signal
}

/**
 * @param {{ socket: import('node:net').Socket | { destroy: (error: Error) => unknown }, onClosed: (act: () => void) => void }} connection
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
  signal.addEventListener('abort', abort, bare({ once: true }))
  connection.onClosed(() => signal.removeEventListener('abort', abort))
}

module.exports = { isObeyed, obey }
