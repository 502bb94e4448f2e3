'use strict'

/** @typedef {import('../connection/connection').Connection} Connection */

/**
 * What the values that a server sends are handed to.
 * @param {object} parts
 * @param {import('./client')} parts.client
 * @param {(connection: Connection, response: any) => void} parts.answer
 * @param {(connection: Connection, after: number) => void} parts.leave
 * @param {(requestId: any) => void} parts.answered
 * @returns {import('../protocol/route').End}
 */
function endOf({ client, answer, answered, leave }) {
  return {
    sign: '__ping',
    keepalive: (connection, key) => {
      // Through this thread, so that a server finds out a client that hangs. Behind our end nothing can be written,
      // and that the server did not know of it yet is nobody's mistake.
      if (connection.ended) return
      connection.stats.pongs++
      connection.write(JSON.stringify({ __pong: key }) + '\n')
    },
    request: (connection, value, res) => connection.incoming.emit(client, 'request', value, res),
    answer,
    response: (connection, value, responseId) => {
      answered(responseId)
      client.requests.settle(value, responseId, connection)
    },
    failure: (connection, responseId, remote) => {
      answered(responseId)
      client.requests.fail(responseId, connection, remote)
    },
    leave,
    message: (connection, value) => connection.incoming.emit(client, 'message', value),
  }
}

exports.endOf = endOf
