'use strict'

// What a JSON value means once the login is over: a request, a response, keepalive, or a message.

const { address } = require('./requests')

/** @typedef {import('../connection/connection').Connection} Connection */

/**
 * A server or a client, as values are handed to it.
 * @typedef {object} End
 * @property {'__ping' | '__pong'} sign By what it knows the other end's keepalive. The other one is a message.
 * @property {(connection: Connection, key: any) => void} keepalive
 * @property {(connection: Connection, value: any, res: { send: (response: any) => void }) => void} request
 * @property {(connection: Connection, response: any) => void} answer Sends what a listener answers to a request.
 * @property {(connection: Connection, value: any) => void} response
 * @property {(connection: Connection, value: any) => void} message
 */

/**
 * @param {End} end
 * @param {Connection} connection
 * @param {any} value What a line holds; never falsy.
 */
function route(end, connection, value) {
  if (value.requestId) {
    connection.stats.messagesReceived++
    const { requestId } = value
    delete value.requestId
    end.request(connection, value, {
      send: response => {
        address(response, requestId)
        end.answer(connection, response)
      },
    })
  } else if (value.responseId) {
    connection.stats.messagesReceived++
    end.response(connection, value)
    connection.incoming.settled()
  } else if (value[end.sign]) {
    end.keepalive(connection, value[end.sign])
  } else {
    connection.stats.messagesReceived++
    end.message(connection, value)
  }
}

exports.route = route
