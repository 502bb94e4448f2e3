'use strict'

// What a node does with messages of others.

const errors = require('./errors')
const wire = require('./wire')
const { MOST_NODES } = require('./names')
const { deliverToRooms } = require('./sender')

const { kinds } = wire

/** @typedef {import('./wire').Header} Header */

/** Takes what came from the broker. */
class Receiver {
  #node
  /** Of the last message to several rooms at once, by the node that it came from. @type {Map<string, number>} */
  #sequences = new Map()

  /** @param {import('./node').Node} node */
  constructor(node) {
    this.#node = node
  }

  /**
   * @param {Header} header
   * @param {string} payload
   */
  receive(header, payload) {
    const { from, kind } = header
    // From a broker that sends back what it gets.
    if (from === this.#node.id) return
    const fits = wire.fits(header)
    if (fits === null) this.#node.stats.unknown++
    else if (!fits) this.#node.stats.malformed++
    this.#node.presence.heard(from)
    if (fits) this.#handle(kind, header, payload)
  }

  /**
   * @param {string} kind
   * @param {Header} header
   * @param {string} payload
   */
  #handle(kind, header, payload) {
    const { from } = header
    switch (kind) {
      case kinds.SEND:
        if (!this.#node.link.send(header.to, payload)) this.#tellAbsent(header)
        return
      case kinds.ALL:
        this.#node.link.broadcast(payload)
        return
      case kinds.ROOM:
        if (this.#isCopy(header)) return
        deliverToRooms(this.#node, header.rooms, header.except ?? [], payload)
        return
      case kinds.ABSENT:
        this.#node.report(`${from}:${header.to}`, errors.notConnected(false))
        return
      case kinds.BEAT:
        this.#node.presence.beaten(header)
        return
      case kinds.PROBE:
        this.#node.presence.probed(from)
        return
      case kinds.LEFT:
        this.#node.presence.left(from)
        return
      case kinds.CALL:
        this.#node.service.call(header, payload)
        return
      case kinds.REPLY:
        this.#node.calls.replied(header, payload)
        return
      case kinds.FAIL:
        this.#node.calls.failed(header)
        return
      case kinds.DROP:
        this.#node.service.drop(header)
        return
      default:
        throw new TypeError(`unknown kind ${kind}`)
    }
  }

  /** @param {Header} header Of a message to somebody who is not here. */
  #tellAbsent({ from, to }) {
    this.#node.stats.absent++
    this.#node.tell(from, kinds.ABSENT, { to })
  }

  /**
   * Of a message to several rooms one copy comes for each that is here, one behind the other.
   * @param {Header} header
   */
  #isCopy({ from, seq }) {
    if (seq === undefined) return false
    if (this.#sequences.get(from) === seq) return true
    // The latest last: who has sent nothing for long is forgotten first.
    this.#sequences.delete(from)
    this.#sequences.set(from, seq)
    if (this.#sequences.size > MOST_NODES) {
      const [oldest] = this.#sequences.keys()
      if (oldest !== undefined) this.#sequences.delete(oldest)
    }
    return false
  }

  /** @param {string} id Of a node that is gone. */
  lost(id) {
    this.#sequences.delete(id)
  }
}

exports.Receiver = Receiver
