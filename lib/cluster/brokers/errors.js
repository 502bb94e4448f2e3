'use strict'

// What goes wrong with a broker and its client.

const { withProperties } = require('../../errors')

/**
 * @param {unknown} [cause]
 * @returns {import('../../errors').CodedError} for a connection that is lost, or cannot be made
 */
function brokerDown(cause) {
  const why = cause instanceof Error ? `: ${cause.message || cause.name}` : ''
  const error = new Error(`The broker cannot be reached${why}`, { cause })
  return withProperties(error.message, { code: 'TLSJSON_BROKER_DOWN', sent: false }, error)
}

/**
 * @param {unknown} err
 * @param {string} name of a package
 * @returns {boolean} whether the package itself is not there, not something that it wants
 */
function isMissing(err, name) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (err)
  return code === 'MODULE_NOT_FOUND' && message.split('\n', 1)[0]?.includes(`'${name}'`) === true
}

module.exports = { brokerDown, isMissing }
