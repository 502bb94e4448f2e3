'use strict'

// What a JSON value means once the login is over: a request, a response, keepalive, or a message.

const { address } = require('./requests')
const { errorAnswer, errorOf, leaveOf } = require('./extensions')

/** @typedef {import('../connection/connection').Connection} Connection */

/**
 * A server or a client, as values are handed to it.
 * @typedef {object} End
 * @property {(value: any) => any} keepaliveKey Of the other end's keepalive, if the value is that: its '__ping' or '__pong'; the
 *   other one is a message. A function, because V8 is slower to find a property by a name that is given at run time.
 * @property {(connection: Connection, key: any) => void} keepalive
 * @property {(connection: Connection, value: any, res: Responder) => void} request
 * @property {(connection: Connection, response: any) => void} answer Sends what a listener answers to a request.
 * @property {(connection: Connection, value: any, responseId: any) => void} response
 * @property {(connection: Connection, responseId: any, remote: import('./extensions').Remote) => void} failure A response that is
 *   an error.
 * @property {(connection: Connection, after: number) => void} [leave] The server asks us to go, within that time.
 * @property {(connection: Connection, value: any) => void} message
 */

/** @typedef {{ send: (response: any) => void, error: (error: any) => void }} Responder Neither needs to be called as a method. */

/**
 * @param {End} end
 * @returns {Pick<import('../connection/connection-types').Owner, 'message' | 'request' | 'response'>}
 */
function routes(end) {
  return {
    message: (connection, value) => route(end, connection, value),
    request: (connection, value, requestId) => request(end, connection, value, requestId),
    response: (connection, value, responseId) => response(end, connection, value, responseId),
  }
}

/**
 * @param {End} end
 * @param {Connection} connection
 * @param {any} value What a line holds; never falsy.
 */
function route(end, connection, value) {
  if (value.requestId) request(end, connection, value, value.requestId)
  else if (value.responseId) response(end, connection, value, value.responseId)
  else {
    const key = end.keepaliveKey(value)
    if (key) end.keepalive(connection, key)
    else message(end, connection, value)
  }
}

/**
 * @param {End} end
 * @param {Connection} connection
 * @param {any} value
 */
function message(end, connection, value) {
  connection.stats.messagesReceived++
  end.message(connection, value)
}

/**
 * @param {End} end
 * @param {Connection} connection
 * @param {any} value
 * @param {any} requestId
 */
function request(end, connection, value, requestId) {
  connection.stats.messagesReceived++
  if (value.requestId !== undefined) delete value.requestId
  connection.owed++
  let isOwed = true
  const send = (/** @type {any} */ answer) => {
    address(answer, requestId)
    end.answer(connection, answer)
    // If it cannot be serialised another one may follow.
    if (isOwed) connection.owed--
    isOwed = false
    if (connection.owed === 0) connection.whenIdle?.()
  }
  end.request(connection, value, {
    send,
    error: error => send(errorAnswer(error, connection.extensions)),
  })
}

/**
 * @param {End} end
 * @param {Connection} connection
 * @param {any} value
 * @param {any} responseId
 */
function response(end, connection, value, responseId) {
  if (value.responseId !== undefined) delete value.responseId
  if (connection.extensions.size > 0 && extended(end, connection, value, responseId)) return
  connection.stats.messagesReceived++
  end.response(connection, value, responseId)
  connection.incoming.settled()
}

/**
 * Handles what is said only between ends that have announced it.
 * @param {End} end
 * @param {Connection} connection
 * @param {any} value
 * @param {any} responseId
 * @returns {boolean} Whether it was that.
 */
function extended(end, connection, value, responseId) {
  const { extensions } = connection
  const after =
    end.leave !== undefined && extensions.has('leave') ? leaveOf(value, responseId) : undefined
  if (after !== undefined) {
    end.leave?.(connection, after)
    return true
  }
  const remote = extensions.has('error') ? errorOf(value) : undefined
  if (remote === undefined) return false
  connection.stats.messagesReceived++
  end.failure(connection, responseId, remote)
  connection.incoming.settled()
  return true
}

exports.routes = routes
