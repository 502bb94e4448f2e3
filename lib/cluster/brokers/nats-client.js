'use strict'

// The client of NATS: whichever package of it is there, and what is asked of it.

const { isMissing } = require('./errors')
const { noClient } = require('./no-client')

/** What either package is used by. @typedef {typeof import('./nats-package')} NatsPackage */

/** The packages, the one with a future first. */
const PACKAGES = Object.freeze(['@nats-io/transport-node', 'nats'])

/**
 * What a connection is told unless the user says otherwise.
 *
 * A connection that is lost is made again for ever, and soon: by itself a client gives up after ten attempts. A server that
 * hangs is noticed after 15 seconds, not after six minutes.
 */
const DEFAULTS = Object.freeze({
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  pingInterval: 5000,
  maxPingOut: 2,
  timeout: 5000,
})

/**
 * @returns {NatsPackage}
 * @throws {Error} TLSJSON_NO_BROKER_CLIENT
 */
function load() {
  try {
    // Written out, so that bundlers find it.
    return require('@nats-io/transport-node')
  } catch (err) {
    if (!isMissing(err, '@nats-io/transport-node')) throw err
  }
  return loadOld()
}

/**
 * @returns {NatsPackage}
 * @throws {Error} TLSJSON_NO_BROKER_CLIENT
 */
function loadOld() {
  try {
    return require('nats')
  } catch (err) {
    throw isMissing(err, 'nats') ? noClient('NATS', PACKAGES, err) : err
  }
}

/**
 * @param {string | undefined} name of the package the user wants
 * @returns {NatsPackage}
 * @throws {Error} TLSJSON_NO_BROKER_CLIENT
 */
function natsPackage(name) {
  return name === 'nats' ? loadOld() : load()
}

module.exports = { DEFAULTS, PACKAGES, natsPackage }
