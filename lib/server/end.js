'use strict'

/**
 * What the values of a server's clients are handed to.
 * @param {import('./server')} server
 * @returns {import('../protocol/route').End}
 */
function endOf(server) {
  return {
    keepaliveKey: value => value.__pong,
    keepalive: (connection, key) => {
      // In a form that the engine left to JSON.parse.
      if (Number.isInteger(key) && key > 0 && key <= 0xffff) {
        connection.carrier.pong(connection.id, key)
      }
    },
    request: (connection, value, res) =>
      connection.incoming.emit(server, 'request', connection.socketId, value, res),
    answer: (connection, response) => server.send(connection.socketId, response),
    response: (connection, value, id) => server.requests.settle(value, id, connection),
    failure: (connection, id, remote) => server.requests.fail(id, connection, remote),
    message: (connection, value) =>
      connection.incoming.emit(server, 'message', connection.socketId, value),
  }
}

exports.endOf = endOf
