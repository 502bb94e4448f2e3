'use strict'

// 'error' of a server, whose first argument is the id of a client.

const errors = require('../errors')

/** @typedef {import('node:events')} Emitter */

/**
 * Emits 'error'. When nobody listens Node would throw an error that says the id alone.
 * @param {Emitter} server
 * @param {number} id
 * @param {any} error
 * @param {() => Error} unhandled What is thrown in its place.
 */
function tell(server, id, error, unhandled) {
  try {
    server.emit('error', id, error)
  } catch (/** @type {any} */ thrown) {
    const nobody = server.listenerCount('error') === 0 && thrown?.code === 'ERR_UNHANDLED_ERROR'
    throw nobody ? unhandled() : thrown
  }
}

/**
 * Nobody has that id, or no longer.
 * @param {Emitter} server
 * @param {number} id
 */
function tellAbsent(server, id) {
  const error = errors.notConnected('not connected')
  // Without an 'error' listener it is thrown as it is: the caller knows the id.
  tell(server, id, error, () => error)
}

module.exports = { tell, tellAbsent }
