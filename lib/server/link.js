'use strict'

// What a cluster holds of its server. It is no part of the API: a server gives it under a symbol.

const { LONGEST_TIMER } = require('../protocol/options')
const { namesOf, idsIn } = require('./audience')

/** Under this symbol a server gives its link. */
const kLink = Symbol('link')

/**
 * Who wants to know what happens to a server.
 * @typedef {object} Watcher
 * @property {(room: string) => void} opened Somebody is in a room, in which nobody was.
 * @property {(room: string) => void} closed Nobody is in a room any more.
 * @property {(over: Promise<unknown>) => void} shutdown The server is being shut down, until then.
 */

/** One server as its cluster has it: messages are texts that are serialised already. */
class Link {
  #server
  #members
  #delivery
  /** The shutdown that was told of last. @type {Promise<unknown> | null} */
  #over = null
  /** @type {Watcher | null} */
  #watcher = null

  /**
   * @param {import('./server')} server
   * @param {import('./members').Members} members
   * @param {import('./delivery').Delivery} delivery
   */
  constructor(server, members, delivery) {
    this.#server = server
    this.#members = members
    this.#delivery = delivery
  }

  /** Whether a cluster has it. */
  get isTaken() {
    return this.#watcher !== null
  }

  /**
   * @param {Watcher | null} watcher Null for nobody any more.
   */
  watch(watcher) {
    this.#watcher = watcher
    this.#members.watcher = watcher
    if (watcher !== null && this.#over !== null) watcher.shutdown(this.#over)
  }

  /**
   * The server is being shut down.
   * @param {Promise<unknown>} over
   */
  shutsDown(over) {
    if (over === this.#over) return
    this.#over = over
    this.#watcher?.shutdown(over)
  }

  /** How many clients are logged in. */
  get size() {
    return this.#members.clients.size
  }

  /** The names of the rooms that somebody is in. */
  get rooms() {
    return this.#members.rooms.keys()
  }

  /** Milliseconds that a request may take unless it says otherwise: a number, as Node's timers take what the server was given. */
  get requestTimeout() {
    const ms = Number(this.#server.requests.requestTimeout)
    return ms >= 1 && ms <= LONGEST_TIMER ? ms : 1
  }

  /**
   * @param {string} [room] For undefined all.
   * @returns {number} How many clients there are in it.
   */
  count(room) {
    return room === undefined ? this.size : (this.#members.rooms.get(room)?.size ?? 0)
  }

  /**
   * @param {string} [room] For undefined all.
   * @returns {Generator<import('../../index').ServerClient>} Those who are there when it is their turn.
   */
  *clients(room) {
    const { clients, rooms } = this.#members
    const ids = room === undefined ? clients.keys() : (rooms.get(room) ?? [])
    for (const id of ids) {
      const member = clients.get(id)
      if (member !== undefined && this.has(id)) yield /** @type {any} */ (member)
    }
  }

  /**
   * @param {number} id
   * @returns {boolean} Whether messages reach somebody under it.
   */
  has(id) {
    return this.#delivery.reach(id) !== undefined
  }

  /**
   * @param {number} id
   * @param {string} room
   * @returns {boolean} Whether that client is in the room.
   */
  isIn(id, room) {
    return this.#members.rooms.get(room)?.has(id) === true
  }

  /**
   * @param {number} id
   * @param {string} text
   * @returns {boolean} Whether there is such a client.
   */
  send(id, text) {
    const connection = this.#delivery.reach(id)
    connection?.send(text)
    return connection !== undefined
  }

  /**
   * @param {string} text
   * @returns {number} How many clients it goes to.
   */
  broadcast(text) {
    return this.#delivery.toAll(text).length
  }

  /**
   * @param {unknown} rooms
   * @param {ReadonlySet<number>} except
   * @returns {Iterable<number>} Who is in one of them, each once.
   */
  idsIn(rooms, except) {
    return idsIn(this.#members, namesOf(rooms), except)
  }

  /**
   * @param {string} text
   * @param {Iterable<number>} ids Each once.
   * @returns {number} How many clients it goes to.
   */
  toIds(text, ids) {
    return this.#delivery.toIds(text, ids).length
  }

  /**
   * @param {number} id
   * @param {string} text Of an object.
   * @param {{ timeout?: number, signal?: AbortSignal }} limits
   * @returns {Promise<any> | null} Null if there is no such client.
   */
  request(id, text, { timeout, signal }) {
    const connection = this.#delivery.reach(id)
    if (connection === undefined) return null
    return this.#server.requests.sendText(text, connection, timeout, signal)
  }

  /** @type {(id: number, room: string) => boolean} */
  join(id, room) {
    return this.#members.join(id, room)
  }

  /** @type {(id: number, room: string) => boolean} */
  leave(id, room) {
    return this.#members.leave(id, room)
  }

  /**
   * Ends the connection of a client, behind what was sent to it.
   * @param {number} id
   * @returns {boolean} Whether there is such a client.
   */
  end(id) {
    const connection = this.#delivery.reach(id)
    connection?.end()
    return connection !== undefined
  }
}

module.exports = { Link, kLink }
