'use strict'

/** @typedef {import('../connection/connection').Connection} Connection */
/** @typedef {import('../protocol/route').End} End */

/**
 * What the values that a server sends are handed to. A class, as closures would be made anew for each client.
 * @implements {End}
 */
class ClientEnd {
  #client
  #answered

  /**
   * @param {object} parts
   * @param {import('./client')} parts.client
   * @param {(connection: Connection, response: any) => void} parts.answer
   * @param {(connection: Connection, after: number) => void} parts.leave
   * @param {(requestId: any) => void} parts.answered
   */
  constructor({ client, answer, answered, leave }) {
    this.#client = client
    this.#answered = answered
    this.answer = answer
    this.leave = leave
  }

  /** @param {any} value */
  keepaliveKey(value) {
    return value.__ping
  }

  /**
   * Through this thread, so that a server finds out a client that hangs.
   * @param {Connection} connection
   * @param {any} key
   */
  keepalive(connection, key) {
    // Behind our end nothing can be written, and that the server did not know of it yet is nobody's mistake.
    if (connection.ended) return
    connection.stats.pongs++
    connection.write(JSON.stringify({ __pong: key }) + '\n')
  }

  /**
   * @param {Connection} connection
   * @param {any} value
   * @param {import('../protocol/route').Responder} res
   */
  request(connection, value, res) {
    connection.incoming.emit(this.#client, 'request', value, res)
  }

  /**
   * @param {Connection} connection
   * @param {any} value
   * @param {any} responseId
   */
  response(connection, value, responseId) {
    this.#answered(responseId)
    this.#client.requests.settle(value, responseId, connection)
  }

  /**
   * @param {Connection} connection
   * @param {any} responseId
   * @param {import('../protocol/extensions').Remote} remote
   */
  failure(connection, responseId, remote) {
    this.#answered(responseId)
    this.#client.requests.fail(responseId, connection, remote)
  }

  /**
   * @param {Connection} connection
   * @param {any} value
   */
  message(connection, value) {
    connection.incoming.emit(this.#client, 'message', value)
  }
}

exports.ClientEnd = ClientEnd
