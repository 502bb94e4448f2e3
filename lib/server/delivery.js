'use strict'

// Text that is serialised already, on its way to the clients of a server.

const { broadcast } = require('../connection/broadcast')
const { connectionOf } = require('../connection/connection-view')

/** @typedef {import('../connection/connection').Connection} Connection */

/** Sends texts to clients by their ids. Who is not there, or is on the way out, is skipped without a word. */
class Delivery {
  #server
  #stats

  /**
   * @param {{ sockets: Map<number, any> }} server
   * @param {{ messagesSent: number }} stats
   */
  constructor(server, stats) {
    this.#server = server
    this.#stats = stats
  }

  /**
   * Whom messages reach under an id.
   * @param {number} id
   * @returns {Connection | undefined}
   */
  reach(id) {
    const connection = connectionOf(this.#server.sockets.get(id))
    return connection?.loggedIn && !connection.leaving ? connection : undefined
  }

  /**
   * @param {string} text Without its newline.
   * @returns {Connection[]} Whom it goes to.
   */
  toAll(text) {
    return this.#spread(text, this.#server.sockets.values())
  }

  /**
   * @param {string} text Without its newline.
   * @param {Iterable<number>} ids Each once.
   * @returns {Connection[]} Whom it goes to.
   */
  toIds(text, ids) {
    return this.#spread(text, this.#socketsOf(ids))
  }

  /**
   * @param {string} text
   * @param {Iterable<any>} sockets
   */
  #spread(text, sockets) {
    const targets = broadcast(sockets, text + '\n')
    this.#stats.messagesSent += targets.length
    return targets
  }

  /** @param {Iterable<number>} ids */
  *#socketsOf(ids) {
    for (const id of ids) {
      const socket = this.#server.sockets.get(id)
      if (socket !== undefined) yield socket
    }
  }
}

exports.Delivery = Delivery
