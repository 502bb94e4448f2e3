'use strict'

// Errors of a cluster. Each says by `sent` whether what it is about may have been delivered all the same.

const errors = require('../errors')

/** @typedef {import('../errors').CodedError} CodedError */

/** Codes that only a cluster has. docs/reference/errors.md explains each of them. */
const codes = Object.freeze({
  BROKER_DOWN: 'TLSJSON_BROKER_DOWN',
  NODE_LOST: 'TLSJSON_NODE_LOST',
  MESSAGE_TOO_LONG: 'TLSJSON_MESSAGE_TOO_LONG',
  BUFFER_FULL: 'TLSJSON_BUFFER_FULL',
})

/**
 * @template {CodedError} T
 * @param {T} error
 * @param {boolean} sent false: it was certainly not delivered.
 * @returns {T}
 */
function withSent(error, sent) {
  return errors.withProperties(error.message, { sent }, error)
}

/**
 * @param {string} code
 * @param {string} message
 * @param {boolean} sent
 * @param {unknown} [cause]
 */
function make(code, message, sent, cause) {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause })
  return errors.withProperties(message, { code, sent }, error)
}

/** @param {boolean} sent */
function notConnected(sent) {
  return withSent(errors.notConnected('not connected'), sent)
}

/**
 * @param {boolean} sent
 * @param {unknown} [cause]
 */
function brokerDown(sent, cause) {
  return make(codes.BROKER_DOWN, 'The broker cannot be reached', sent, cause)
}

/**
 * @param {string} node
 * @param {boolean} sent
 */
function nodeLost(node, sent) {
  return make(codes.NODE_LOST, `The node ${node} is lost`, sent)
}

/** @param {string} what has no more room */
function bufferFull(what) {
  return make(codes.BUFFER_FULL, `${what} is full`, false)
}

/** @param {number} limit bytes that the broker takes at once */
function messageTooLong(limit) {
  return make(codes.MESSAGE_TOO_LONG, `The broker takes ${limit} bytes at once`, false)
}

module.exports = {
  brokerDown,
  bufferFull,
  codes,
  messageTooLong,
  nodeLost,
  notConnected,
  withSent,
}
