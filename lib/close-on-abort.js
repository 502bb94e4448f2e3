'use strict'

/**
 * Closes a server when a signal says so, as `net.Server` does with the `signal` of its listen options.
 * @param {NodeJS.EventEmitter & { close: () => unknown }} server
 * @param {AbortSignal} signal
 */
function closeOnAbort(server, signal) {
  const close = () => {
    server.close()
  }
  if (signal.aborted) process.nextTick(close)
  else {
    signal.addEventListener('abort', close, { once: true })
    server.once('close', () => signal.removeEventListener('abort', close))
  }
}

exports.closeOnAbort = closeOnAbort
