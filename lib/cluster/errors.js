'use strict'

// Errors of a cluster. Each says by `sent` whether what it is about may have been delivered all the same.

const errors = require('../errors')

/** @typedef {import('../errors').CodedError} CodedError */

/** Codes of a cluster. docs/reference/errors.md explains each of them. */
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

/**
 * @param {boolean} sent
 * @param {string} [message]
 */
function notConnected(sent, message = 'not connected') {
  return withSent(errors.notConnected(message), sent)
}

/** @param {boolean} sent */
function closed(sent) {
  return notConnected(sent, 'The cluster is closed')
}

function requestTimeout() {
  return withSent(errors.requestTimeout(), true)
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

/**
 * @param {string} what has no more room
 * @param {boolean} sent
 */
function bufferFull(what, sent) {
  return make(codes.BUFFER_FULL, `${what} is full`, sent)
}

/** @param {number} limit of the requests that may wait */
function tooManyRequests(limit) {
  return make(codes.BUFFER_FULL, `${limit} requests wait already (maxRequests)`, false)
}

/**
 * @param {number} limit bytes that the broker takes at once
 * @param {boolean} sent
 */
function messageTooLong(limit, sent) {
  return make(codes.MESSAGE_TOO_LONG, `The broker takes ${limit} bytes at once`, sent)
}

/** @param {CodedError} error of an answer that the broker does not take */
function answerTooLong({ message }) {
  return make(codes.MESSAGE_TOO_LONG, `The answer is too long: ${message}`, true)
}

/** @param {string} node whose list of clients was not read for too long */
function listLost(node) {
  return make(codes.NODE_LOST, `The node ${node} does not keep that list any more`, false)
}

/** @param {number} ms that somebody has waited for the broker, and no longer does */
function notReady(ms) {
  const message = `The broker was not connected within ${ms} ms (the timeout of ready)`
  return make(errors.codes.CONNECT_TIMEOUT, message, false)
}

/** @param {string} node which has answered what is of no use */
function brokenAnswer(node) {
  return make(errors.codes.INTERNAL, `The node ${node} has answered what cannot be read`, true)
}

/**
 * @param {string} node
 * @param {string} act
 */
function unknownCall(node, act) {
  return make(
    errors.codes.INTERNAL,
    `The node ${node} is of a version that does not know ${act}`,
    false,
  )
}

/**
 * What another node is told of an error.
 * @typedef {object} Told
 * @property {string} code
 * @property {string} message
 * @property {boolean} [sent]
 * @property {{ name: string, message: string, code?: string | number }} [remote] What a client has answered.
 */

/**
 * @param {any} error
 * @returns {Told}
 */
function toWire(error) {
  // What `describe` throws may be anything.
  const { code, message, remote, sent } = error ?? {}
  return { code: String(code ?? 'ERROR'), message: String(message ?? error), sent, remote }
}

/**
 * @param {Told} told
 * @returns {CodedError}
 */
function fromWire({ code, message, remote, sent = true }) {
  if (code === errors.codes.NOT_CONNECTED) return notConnected(sent)
  if (code === errors.codes.CONNECTION_LOST) return withSent(errors.connectionLost(), true)
  if (code === errors.codes.REQUEST_TIMEOUT) return requestTimeout()
  if (code === errors.codes.REMOTE_ERROR && typeof remote?.message === 'string') {
    return withSent(errors.remoteError(remote), true)
  }
  return make(code, message, sent)
}

/**
 * @param {any} error with which a request to a client of this node was rejected
 * @returns {any} The same, saying whether the client may have had it.
 */
function ofRequest(error) {
  return withSent(error, error.code !== errors.codes.NOT_CONNECTED)
}

module.exports = {
  answerTooLong,
  brokenAnswer,
  brokerDown,
  bufferFull,
  closed,
  codes,
  fromWire,
  listLost,
  messageTooLong,
  nodeLost,
  notConnected,
  notReady,
  ofRequest,
  requestTimeout,
  toWire,
  tooManyRequests,
  unknownCall,
}
