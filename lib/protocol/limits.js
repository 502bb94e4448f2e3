'use strict'

// What peers may use up, and what the defaults are: far more than honest ones need.

const { constants } = require('node:buffer')

const { count, milliseconds } = require('./options')

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

/** Bytes a peer may send before it is authenticated. */
const MAX_LOGIN_BYTES = 64 * KIB

/**
 * How long a line may be. No longer than V8's longest string, whatever the configuration says: nobody could have it.
 * @param {string} name The option, for the error.
 * @param {unknown} value
 * @param {number} fallback For undefined.
 */
function lineBytes(name, value, fallback) {
  return Math.min(count(name, value, fallback), constants.MAX_STRING_LENGTH)
}

/**
 * Bounds of each connection, on both ends.
 * @param {any} config
 */
function connectionLimits(config) {
  return {
    maxMessageBytes: lineBytes('maxMessageBytes', config.maxMessageBytes, 64 * MIB),
    maxBufferedBytes: count('maxBufferedBytes', config.maxBufferedBytes, 256 * MIB),
    deadPeerTimeout: milliseconds('deadPeerTimeout', config.deadPeerTimeout, 60_000),
  }
}

/**
 * Milliseconds until a client that is not authenticated gives up. Longer than the system takes to give up connecting (127 s on
 * Linux), and than Node's servers give a handshake (120 s): a client that is accepted or refused that late still
 * is.
 */
const CONNECT_TIMEOUT = 150_000

/**
 * Bounds of a client: of the attempt to connect, and of the connection.
 * @param {any} config
 */
function clientLimits(config) {
  return {
    connectTimeout: milliseconds('connectTimeout', config.connectTimeout, CONNECT_TIMEOUT),
    connection: {
      ...connectionLimits(config),
      silenceTimeout: milliseconds('silenceTimeout', config.silenceTimeout, 0),
    },
  }
}

/**
 * Bounds of a server.
 * @param {any} config
 */
function serverLimits(config) {
  const { maxFailedLogins } = config
  return {
    ...connectionLimits(config),
    loginTimeout: milliseconds('authTimeout', config.authTimeout, 30_000),
    authenticateTimeout: milliseconds('authenticateTimeout', config.authenticateTimeout, 30_000),
    maxLoginBytes: lineBytes('maxLoginBytes', config.maxLoginBytes, MAX_LOGIN_BYTES),
    maxTotalBufferedBytes: count('maxTotalBufferedBytes', config.maxTotalBufferedBytes, GIB),
    maxHandshakes: count('maxHandshakes', config.maxHandshakes, 4096),
    maxFailedLogins:
      maxFailedLogins === undefined || maxFailedLogins === Infinity
        ? undefined
        : Math.min(count('maxFailedLogins', maxFailedLogins, 1), 0xffffffff),
  }
}

/**
 * Those of a server's connections. Times in milliseconds.
 * @typedef {ReturnType<typeof serverLimits> & { keepaliveInterval: number, keepaliveTimeout: number }} Bounds
 */

module.exports = { MAX_LOGIN_BYTES, clientLimits, serverLimits }
