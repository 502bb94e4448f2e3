'use strict'

// Errors for arguments of a cluster that are of no use.

const { typeError } = require('../errors/invalid')

/** @param {unknown} value given in place of the id of a client */
function clientId(value) {
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    'The "id" of a client of a cluster must be a string, as `cluster.idOf(id)` gives it.',
    value,
  )
}

/** @param {unknown} value given in place of a server */
function server(value) {
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    'The "server" argument of a Cluster must be a Server of this package.',
    value,
  )
}

/** @param {unknown} value given in place of the options of a Cluster */
function options(value) {
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    'The "options" argument of a Cluster must be an object, as in { broker: nats({ servers }), name: "eu1" }.',
    value,
  )
}

/** @param {unknown} value given in place of a broker */
function broker(value) {
  return typeError(
    'ERR_INVALID_ARG_VALUE',
    'The option broker must be a broker, as `nats({ … })`, `redis({ … })` or `memoryBroker().connect()` give it, that no other ' +
      'Cluster has.',
    value,
  )
}

/** @param {unknown} value given as a server, that is in a cluster already */
function takenServer(value) {
  return typeError('ERR_INVALID_ARG_VALUE', 'The server is in a Cluster already.', value)
}

module.exports = { broker, clientId, options, server, takenServer }
