'use strict'

// A line of the peer -> a value -> the owner of the connection.

const { parse } = require('../host/host')

/** @typedef {import('./connection').Connection} Connection */

/**
 * @param {Connection} connection
 * @param {string} text
 * @param {number} [id] What the engine has taken off the end of a request or response: to find it there and to delete it
 *   would cost a fourth of what V8 does with a short one.
 * @param {boolean} [asks] Whether it is a request.
 */
function take(connection, text, id, asks) {
  if (id === undefined) takeWhole(connection, text)
  else if (wantsValueAlone(connection)) takeAddressed(connection, text, id, asks === true)
  else takeWhole(connection, `${text.slice(0, -1)},"${asks ? 'requestId' : 'responseId'}":${id}}`)
}

/**
 * @param {Connection} connection
 * @returns {boolean} Whether nobody sees the text of its lines, and they are handed on at once.
 */
function wantsValueAlone({ incoming, loggedIn, wasHeard }) {
  return loggedIn && !wasHeard && !incoming.wait && JSON.parse === parse
}

/**
 * @param {Connection} connection
 * @param {string} text
 */
function takeWhole(connection, text) {
  const { incoming, pauses } = connection
  if (!incoming.wait) handOn(connection, text)
  else if (pauses.passes(text)) handOn(connection, text, true)
  else hold(connection, text)
}

/**
 * Closures are made in functions of their own: V8 makes a context whenever a function begins that may make one.
 * @param {Connection} connection
 * @param {string} text
 */
function hold(connection, text) {
  connection.pauses.keep(text, () => handOn(connection, text))
}

/**
 * @param {Connection} connection
 * @param {string} text
 * @param {boolean} [passes] Whether it does not wait for what came before.
 */
function handOn(connection, text, passes = false) {
  const { incoming, owner, socket } = connection
  if (connection.destroyed) return
  if (connection.wasHeard && socket.listenerCount('data') > 0)
    incoming.emit(socket, 'data', text + '\n')
  /** @type {any} */
  let value
  try {
    value = isForParse(connection, text) ? parse(text) : JSON.parse(text)
  } catch {
    // Not JSON: the line is passed over, as it always was.
    value = undefined
  }
  if (!connection.loggedIn) owner.login(connection, value)
  else if (passes) owner.message(connection, value)
  else if (value) handOnValue(connection, value)
}

/**
 * @param {Connection} connection
 * @param {string} text
 * @returns {boolean} Whether it is not for what the program has put in the place of JSON.parse: if there is nothing, and what is
 *   for us alone. That leads to a login, or is a server's ping.
 */
function isForParse({ isServer, loggedIn }, text) {
  // First what costs nothing, and is so for most lines.
  return JSON.parse === parse || !loggedIn || (!isServer && text.startsWith('{"__ping":'))
}

/**
 * @param {Connection} connection
 * @param {any} value
 */
function handOnValue(connection, value) {
  const { incoming, owner } = connection
  // The answers of one batch are settled together, as if they had come in one record.
  const waits = incoming.settling && (value.requestId || !value.responseId)
  if (!waits) owner.message(connection, value)
  else keepMessage(connection, value)
}

/**
 * @param {Connection} connection
 * @param {any} value
 */
function keepMessage(connection, value) {
  keep(connection, () => connection.owner.message(connection, value))
}

/**
 * @param {Connection} connection
 * @param {any} value
 * @param {number} id
 */
function keepRequest(connection, value, id) {
  keep(connection, () => connection.owner.request(connection, value, id))
}

/**
 * @param {Connection} connection
 * @param {string} text
 * @param {number} id
 * @param {boolean} asks
 */
function takeAddressed(connection, text, id, asks) {
  if (connection.destroyed) return
  const { incoming, owner } = connection
  /** @type {any} */
  let value
  try {
    value = parse(text)
  } catch {
    // Not JSON, and with the id neither.
    return
  }
  if (!asks && value.requestId) {
    // What has both is a request.
    value.responseId = id
    handOnValue(connection, value)
  } else if (!asks) owner.response(connection, value, id)
  else if (incoming.settling) keepRequest(connection, value, id)
  else owner.request(connection, value, id)
}

/**
 * Keeps something until promise continuations have run.
 * @param {Connection} connection
 * @param {() => void} go
 */
function keep(connection, go) {
  const act = () => {
    if (!connection.destroyed) go()
  }
  connection.incoming.keep({ owed: true, act })
}

exports.take = take
