'use strict'

const { withProperties } = require('../../errors')

/**
 * @param {string} broker 'NATS', 'Redis'
 * @param {readonly string[]} packages any of which would do, the best first
 * @param {unknown} [cause] why none of them was loaded
 * @returns {import('../../errors').CodedError} with what to install
 */
function noClient(broker, packages, cause) {
  const [first] = packages
  const message = `There is no client for ${broker}: \`npm install ${first}\` (any of ${packages.join(', ')} will do)`
  const error = new Error(message, { cause })
  return withProperties(message, { code: 'TLSJSON_NO_BROKER_CLIENT', sent: false }, error)
}

exports.noClient = noClient
