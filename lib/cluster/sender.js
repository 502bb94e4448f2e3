'use strict'

// Messages of this node, to clients of any.

const errors = require('./errors')
const wire = require('./wire')
const { parseClientId } = require('./names')

const { kinds } = wire

/** @typedef {import('../errors').CodedError} CodedError */

/**
 * @param {import('./node').Node} node
 * @param {unknown} rooms
 * @param {Iterable<string>} except
 * @param {string} text
 * @returns {number} How many clients of the node it goes to.
 */
function deliverToRooms(node, rooms, except, text) {
  return node.link.toIds(text, node.link.idsIn(rooms, node.localsOf(except)))
}

/** Sends what is serialised already. */
class Sender {
  #node
  /** Of the last message to several rooms at once. */
  #sequence = 0
  /** Whether it was told that broadcasts are dropped, since the last time when none was. */
  #toldDropped = false

  /** @param {import('./node').Node} node */
  constructor(node) {
    this.#node = node
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  send(id, text) {
    const { node, local } = parseClientId(id)
    /** @type {CodedError | null} */
    let error
    if (node === this.#node.id)
      error = this.#node.link.send(local, text) ? null : errors.notConnected(false)
    else
      error = this.#node.unreachable(node) ?? this.#node.tell(node, kinds.SEND, { to: local }, text)
    if (error !== null) this.#node.fail(id, error)
  }

  /**
   * @param {string} text
   * @returns {number} How many clients of this node it goes to.
   */
  broadcast(text) {
    const { all } = this.#node.channels
    return this.#spread([all], kinds.ALL, {}, text, () => this.#node.link.broadcast(text))
  }

  /**
   * @param {{ rooms: readonly string[], except: ReadonlySet<string> }} audience
   * @param {string} text
   * @returns {number} How many clients of this node it goes to.
   */
  sendToRooms({ rooms, except }, text) {
    const fields = {
      rooms,
      except: except.size === 0 ? undefined : [...except],
      seq: rooms.length === 1 ? undefined : ++this.#sequence,
    }
    const channels = rooms.map(room => this.#node.channels.room(room))
    return this.#spread(channels, kinds.ROOM, fields, text, () =>
      deliverToRooms(this.#node, rooms, except, text),
    )
  }

  /**
   * @param {readonly string[]} channels
   * @param {string} kind
   * @param {object} fields
   * @param {string} text
   * @param {() => number} deliver To the clients of this node.
   * @returns {number}
   */
  #spread(channels, kind, fields, text, deliver) {
    const toOthers = wire.write(this.#node.id, kind, fields, text)
    const tooLong = this.#node.uplink.tooLong(toOthers)
    if (tooLong !== null) {
      // Nobody gets what not all can get: a program that sends too much shall see that wherever its clients are.
      this.#node.fail(undefined, tooLong)
      return 0
    }
    const count = deliver()
    const error = this.#node.uplink.publishText(channels, toOthers)
    if (error === null) {
      this.#toldDropped = false
    } else if (!this.#toldDropped) {
      this.#toldDropped = true
      this.#node.fail(undefined, error)
    }
    return count
  }

  /** There is room again, or a broker: what is dropped from now on is told of again. */
  renew() {
    this.#toldDropped = false
  }
}

module.exports = { Sender, deliverToRooms }
