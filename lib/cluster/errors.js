'use strict'

// Errors of a cluster. Each says by `sent` whether what it is about may have been delivered all the same.

const errors = require('../errors')
const { stringify } = require('../host/host')

/** @typedef {import('../errors').CodedError} CodedError */

/** Codes of a cluster. docs/reference/errors.md explains each of them. */
const codes = Object.freeze({
  BROKER_DOWN: 'TLSJSON_BROKER_DOWN',
  BROKER_REFUSED: 'TLSJSON_BROKER_REFUSED',
  NODE_LOST: 'TLSJSON_NODE_LOST',
  MESSAGE_TOO_LONG: 'TLSJSON_MESSAGE_TOO_LONG',
  BUFFER_FULL: 'TLSJSON_BUFFER_FULL',
})

/** Of a name of a room so many characters stand in an error. */
const LONGEST_NAME = 100

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
 * @param {unknown} cause
 * @returns {string} What a broker, or its client, has said.
 */
function reasonOf(cause) {
  const { message } = /** @type {any} */ (cause ?? {})
  return String(message ?? cause)
}

/**
 * The broker does not let a node subscribe.
 * @param {string} node
 * @param {string} channel
 * @param {string | undefined} room Whose channel it is, if it is one's.
 * @param {string} prefix What every channel of the cluster begins with.
 * @param {unknown} cause
 */
function channelRefused(node, channel, room, prefix, cause) {
  const name = room === undefined ? '' : ` of the room ${stringify(room.slice(0, LONGEST_NAME))}`
  const message =
    `The broker does not let the node ${node} subscribe to the channel ${channel}${name} ` +
    `(${reasonOf(cause)}): allow its user all channels that begin with "${prefix}."`
  return make(codes.BROKER_REFUSED, message, false, cause)
}

/**
 * The broker has refused something else, as it says.
 * @param {unknown} cause
 */
function brokerRefused(cause) {
  return make(
    codes.BROKER_REFUSED,
    `The broker has refused something: ${reasonOf(cause)}`,
    false,
    cause,
  )
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
  brokerRefused,
  bufferFull,
  channelRefused,
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
