'use strict'

// Errors for arguments and options that are of no use: what was given, what is wanted, and what to do.

const { inspect } = require('node:util')

const { nodeError } = require('.')

/** @typedef {import('.').CodedError} CodedError */

/**
 * @param {string} code
 * @param {string} message
 * @param {unknown} value
 * @returns {CodedError}
 */
function typeError(code, message, value) {
  return nodeError(
    /** @type {any} */ (TypeError),
    code,
    `${message} Received ${inspect(value, { depth: 0, maxArrayLength: 3, maxStringLength: 40, breakLength: Infinity })}`,
  )
}

/**
 * @param {string} name of the option
 * @param {unknown} value
 * @param {string} wanted what it may be
 */
function option(name, value, wanted) {
  return typeError('ERR_INVALID_ARG_VALUE', `The option ${name} must be ${wanted}.`, value)
}

/**
 * @param {'Server' | 'Client'} role
 * @param {unknown} value given in place of a configuration
 */
function config(role, value) {
  const example =
    role === 'Server'
      ? 'new Server({ options: { key, cert }, password })'
      : 'new Client({ host, port, password })'
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    `The "config" argument of a ${role} must be an object, as in ${example}.`,
    value,
  )
}

/**
 * @param {unknown} value given in place of the options of a call
 */
function options(value) {
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    'The "options" argument must be an object, as in { timeout: 5000 }.',
    value,
  )
}

/**
 * @param {unknown} value that cannot carry the id of a request
 */
function request(value) {
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    'The "message" argument of a request must be an object, and no array, because it carries an id: put it into one, ' +
      'as in { value: … }.',
    value,
  )
}

/**
 * @param {unknown} value that cannot carry the id of the request it answers
 */
function response(value) {
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    'The answer to a request must be an object, because it carries an id: put it into one, as in { value: … }.',
    value,
  )
}

/**
 * Node's, for `write` of something other than text and bytes.
 * @param {unknown} value
 */
function chunk(value) {
  return nodeError(
    /** @type {any} */ (TypeError),
    'ERR_INVALID_ARG_TYPE',
    'The "chunk" argument must be of type string or an instance of Buffer or Uint8Array.' +
      ` Received ${inspect(value, { depth: -1 })}`,
  )
}

/**
 * @param {unknown} value given in place of a list of clients
 */
function ids(value) {
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    'The "ids" argument must be an iterable of numbers.',
    value,
  )
}

/**
 * @param {unknown} value given in place of a client
 */
function id(value) {
  return typeError('ERR_INVALID_ARG_TYPE', 'The "id" of a client must be a number.', value)
}

/**
 * @param {unknown} value given in place of the name of a room
 */
function room(value) {
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    'The "room" must be a string, and not an empty one.',
    value,
  )
}

/**
 * @param {unknown} value given in place of an `AbortSignal`
 */
function signal(value) {
  return typeError(
    'ERR_INVALID_ARG_TYPE',
    'The "signal" option must be an AbortSignal, as of `new AbortController()`.',
    value,
  )
}

module.exports = {
  chunk,
  config,
  id,
  ids,
  option,
  options,
  request,
  response,
  room,
  signal,
  typeError,
}
