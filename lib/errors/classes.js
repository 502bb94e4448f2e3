'use strict'

// Classes by which programs recognise the package's own errors. An error is an instance by its code: so it is for every copy
// of the package in a process, and the errors themselves stay plain, as those of tls-json 3.x are.

const { isNativeError } = require('node:util').types

const { codes } = require('./own')
const { nodeError } = require('./node')

/** What the package's own codes begin with, also those of other versions. */
const PREFIX = 'TLSJSON_'

/** An error with one of the package's own codes. */
class TlsJsonError extends Error {
  /** The codes of its instances; null for all of the package's. @type {readonly string[] | null} */
  static codes = null

  /** @throws {TypeError} Always: nothing is made by these classes. */
  constructor() {
    super()
    const Illegal = /** @type {any} */ (TypeError)
    throw nodeError(Illegal, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor')
  }

  /**
   * @param {any} value
   * @returns {boolean}
   */
  static [Symbol.hasInstance](value) {
    if (!isNativeError(value)) return false
    const { code } = /** @type {any} */ (value)
    if (typeof code !== 'string') return false
    return this.codes === null ? code.startsWith(PREFIX) : this.codes.includes(code)
  }
}

/** `send` or `request` without a connection that is logged in. */
class NotConnectedError extends TlsJsonError {
  /** @override */
  static codes = Object.freeze([codes.NOT_CONNECTED])
}

/** A request was not answered in time. */
class RequestTimeoutError extends TlsJsonError {
  /** @override */
  static codes = Object.freeze([codes.REQUEST_TIMEOUT])
}

/** The connection ended before the answer to a request came. */
class ConnectionLostError extends TlsJsonError {
  /** @override */
  static codes = Object.freeze([codes.CONNECTION_LOST])
}

/** The other end answered a request by `res.error`. */
class RemoteError extends TlsJsonError {
  /** @override */
  static codes = Object.freeze([codes.REMOTE_ERROR])
}

/** A client was not logged in within `connectTimeout`, or within the time of `ready`. */
class ConnectTimeoutError extends TlsJsonError {
  /** @override */
  static codes = Object.freeze([codes.CONNECT_TIMEOUT])
}

/** A connection met one of the limits, and was disconnected for it. */
class LimitError extends TlsJsonError {
  /** @override */
  static codes = Object.freeze([
    'TLSJSON_LOGIN_TOO_LONG',
    'TLSJSON_MESSAGE_TOO_LONG',
    'TLSJSON_BUFFER_FULL',
    'TLSJSON_TOO_MANY_HANDSHAKES',
    'TLSJSON_SILENCE',
  ])
}

module.exports = {
  ConnectTimeoutError,
  ConnectionLostError,
  LimitError,
  NotConnectedError,
  RemoteError,
  RequestTimeoutError,
  TlsJsonError,
}
