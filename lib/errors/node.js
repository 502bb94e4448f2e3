'use strict'

// Errors of the kinds that Node's own JavaScript makes.

const { bare } = require('../host/bare')

/** @typedef {Error & { code?: string, [property: string]: unknown }} CodedError */

/**
 * @template {Error} [T=Error]
 * @param {string} message
 * @param {Record<string, unknown>} properties own properties, in the order Node gives them
 * @param {T} [error] to be used in place of a new `Error`
 * @returns {T & CodedError}
 */
function withProperties(message, properties, error) {
  return /** @type {T & CodedError} */ (Object.assign(error ?? new Error(message), properties))
}

/**
 * Node shows the code in the first line of a stack, though not in the name.
 *
 * @param {Error} error
 * @param {string} code
 * @returns {void}
 */
function headStack(error, code) {
  const { name, message, stack } = error
  const head = message ? `${name}: ${message}` : name
  if (stack?.startsWith(head))
    error.stack = `${name} [${code}]: ${message}${stack.slice(head.length)}`
}

/**
 * @this {CodedError}
 * @returns {string}
 */
function nodeToString() {
  return `${this.name} [${this.code}]: ${this.message}`
}

/**
 * An error of the kind Node's own JavaScript makes.
 *
 * @param {ErrorConstructor} Base
 * @param {string} code such as `ERR_INVALID_IP_ADDRESS`
 * @param {string} message
 * @param {Record<string, unknown>} [properties] that Node sets before the code
 * @returns {CodedError}
 */
function nodeError(Base, code, message, properties = {}) {
  const error = withProperties(message, { ...properties, code }, new Base(message))
  headStack(error, code)
  const prototype = Object.create(Base.prototype, {
    toString: bare({ value: nodeToString, enumerable: false, writable: true, configurable: true }),
  })
  return Object.setPrototypeOf(error, prototype)
}

/**
 * @param {unknown} reason of an `AbortSignal`
 * @returns {CodedError} Node's for what a signal has ended
 */
function aborted(reason) {
  const message = 'The operation was aborted'
  const error = new Error(message, { cause: reason })
  if (error.stack !== undefined) error.stack = error.stack.replace('Error', 'AbortError')
  return withProperties(message, { code: 'ABORT_ERR', name: 'AbortError' }, error)
}

/** @returns {CodedError} Node's, for `write` after `end` */
function writeAfterEnd() {
  return nodeError(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end')
}

/**
 * @param {'write' | 'end'} method
 * @returns {CodedError} Node's, for that method after `destroy`
 */
function destroyed(method) {
  const message = `Cannot call ${method} after a stream was destroyed`
  return nodeError(Error, 'ERR_STREAM_DESTROYED', message)
}

/** @returns {CodedError} Node's, for `end` of what has ended */
function alreadyFinished() {
  const message = 'Cannot call end after a stream was finished'
  return nodeError(Error, 'ERR_STREAM_ALREADY_FINISHED', message)
}

/** @returns {CodedError} Node's for what there is only once TLS is up */
function tlsNotUp() {
  const message = 'TLS socket connection must be securely established'
  return nodeError(Error, 'ERR_TLS_INVALID_STATE', message)
}

module.exports = {
  aborted,
  alreadyFinished,
  destroyed,
  headStack,
  nodeError,
  tlsNotUp,
  withProperties,
  writeAfterEnd,
}
