'use strict'

// The package's own errors.

const { inspect } = require('node:util')

const { bare } = require('../host/bare')
const { nodeError, withProperties } = require('./node')

/** @typedef {import('./node').CodedError} CodedError */

/** The package's own codes. docs/reference/errors.md explains each of them. */
const codes = Object.freeze({
  NOT_CONNECTED: 'TLSJSON_NOT_CONNECTED',
  REQUEST_TIMEOUT: 'TLSJSON_REQUEST_TIMEOUT',
  CONNECTION_LOST: 'TLSJSON_CONNECTION_LOST',
  REMOTE_ERROR: 'TLSJSON_REMOTE_ERROR',
  CONNECT_TIMEOUT: 'TLSJSON_CONNECT_TIMEOUT',
  PASSWORD_REFUSED: 'TLSJSON_PASSWORD_REFUSED',
  PASSWORD_FAILED: 'TLSJSON_PASSWORD_FAILED',
  RECONNECT_FAILED: 'TLSJSON_RECONNECT_FAILED',
  AUTHENTICATE_TIMEOUT: 'TLSJSON_AUTHENTICATE_TIMEOUT',
  UNSUPPORTED_OPTION: 'TLSJSON_UNSUPPORTED_OPTION',
  INTERNAL: 'TLSJSON_INTERNAL',
})

/**
 * @param {string} message
 * @param {string} code
 * @returns {CodedError} whose code does not take part in comparisons with a plain `Error`
 */
function hiddenCode(message, code) {
  const error = new Error(message)
  Object.defineProperty(
    error,
    'code',
    bare({ value: code, enumerable: false, writable: true, configurable: true }),
  )
  return /** @type {CodedError} */ (error)
}

/**
 * @param {string} [message] 'not connected' is what a server's `send` says of an unknown id
 * @returns {CodedError}
 */
function notConnected(message = 'not connected or not authenticated') {
  return hiddenCode(message, codes.NOT_CONNECTED)
}

/**
 * @param {number} id
 * @param {any} error
 * @returns {CodedError} Node's for an 'error' of which nobody hears, but for one of a client: with what it is about
 */
function unhandled(id, error) {
  const what = error instanceof Error ? error.message || error.name : inspect(error)
  const message = `Unhandled error. (client ${id}: ${what}) Listen to 'error' of the server, with (id, error)`
  return nodeError(Error, 'ERR_UNHANDLED_ERROR', message, { context: id, cause: error })
}

/** @returns {CodedError} for a request nobody answered in time */
function requestTimeout() {
  return hiddenCode('request timeout', codes.REQUEST_TIMEOUT)
}

/** @returns {CodedError} for a request whose connection ended before the answer */
function connectionLost() {
  return hiddenCode('connection lost', codes.CONNECTION_LOST)
}

/**
 * @param {{ name: string, message: string, code?: string | number }} remote as the other end told it
 * @returns {CodedError} for a request that the other end has answered with an error
 */
function remoteError(remote) {
  return withProperties(remote.message, { code: codes.REMOTE_ERROR, remote })
}

/**
 * @param {number} ms
 * @returns {CodedError} for who waited for a login, and no longer does
 */
function notReady(ms) {
  const message = `Not authenticated within ${ms} ms (the timeout of ready)`
  return withProperties(message, { code: codes.CONNECT_TIMEOUT })
}

/** @returns {CodedError} for who waited for a login that the server has refused */
function passwordRefused() {
  return withProperties('The server has refused the password', { code: codes.PASSWORD_REFUSED })
}

/**
 * @param {any} cause what the `password` function of a configuration threw, or rejected with
 * @returns {CodedError}
 */
function passwordFailed(cause) {
  const what = cause instanceof Error ? cause.message : inspect(cause, { depth: 0 })
  const message = `There is no password to log in with: ${what}`
  return withProperties(message, { code: codes.PASSWORD_FAILED }, new Error(message, { cause }))
}

/**
 * @param {number} attempts that have failed
 * @param {any} cause why the last one has, where that is known
 * @returns {CodedError} for a client that gives up
 */
function reconnectFailed(attempts, cause) {
  const times = attempts === 1 ? 'attempt has' : 'attempts have'
  const message = `No connection could be made: ${attempts} ${times} failed (reconnect.attempts)`
  const error = cause === undefined ? new Error(message) : new Error(message, { cause })
  return withProperties(message, { code: codes.RECONNECT_FAILED }, error)
}

/**
 * @param {number} ms
 * @returns {CodedError} for a login that nobody decided in time
 */
function authenticateTimeout(ms) {
  const message = `authenticate did not answer within ${ms} ms (authenticateTimeout)`
  return withProperties(message, { code: codes.AUTHENTICATE_TIMEOUT })
}

/**
 * @param {string} name of the option
 * @param {string} value shown as it is: never key material, never a secret
 * @param {string} remedy what to do instead
 * @returns {CodedError}
 */
function unsupportedOption(name, value, remedy) {
  const message = `The option ${name} (${value}) is not supported: ${remedy}`
  return withProperties(message, { code: codes.UNSUPPORTED_OPTION })
}

/**
 * @param {string} message
 * @returns {CodedError}
 */
function internal(message) {
  return withProperties(message, { code: codes.INTERNAL })
}

module.exports = {
  authenticateTimeout,
  codes,
  connectionLost,
  internal,
  notConnected,
  remoteError,
  notReady,
  passwordFailed,
  passwordRefused,
  reconnectFailed,
  requestTimeout,
  unhandled,
  unsupportedOption,
}
