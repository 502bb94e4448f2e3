'use strict'

// Something asked of all nodes at once, this one among them.

const errors = require('./errors')
const { MOST_NODES } = require('./names')

/** @typedef {import('./calls').Call} Call */
/** @typedef {import('./wire').Header} Header */

/**
 * What becomes of it.
 * @typedef {object} Handler
 * @property {(header: Header, payload: string) => boolean} reply Whether that was all from its node.
 * @property {(header: Header, error: import('../errors').CodedError) => boolean} fail The same.
 * @property {(node: string, error: any) => void} missing Nothing more comes from that node.
 * @property {(error: any, outcome: import('./calls').Outcome) => void} done Nothing more comes at all; with an error if it was given up.
 */

/** @implements {Call} */
class Poll {
  id = 0
  node = undefined
  /** @type {any} */
  timer = null
  /** @type {AbortSignal | undefined} */
  signal = undefined
  /** Of whom something is expected. @type {Set<string>} */
  #nodes
  /** Who has told all, or is lost: nothing counts twice. @type {Set<string>} */
  #over = new Set()
  #here
  #calls
  #handler
  #drop
  #isOver = false

  /**
   * @param {import('./node').Node} node
   * @param {Handler} handler
   * @param {(id: number) => void} drop
   */
  constructor({ calls, id, presence }, handler, drop) {
    this.#calls = calls
    this.#here = id
    this.#nodes = new Set([id, ...presence.nodes.keys()])
    this.#handler = handler
    this.#drop = drop
  }

  /** @type {Call['reply']} */
  reply(header, payload) {
    const { from } = header
    if (this.#over.has(from)) return
    // Also from a node that nobody knew of yet; but nobody can make up any number of them.
    if (!this.#nodes.has(from) && this.#nodes.size + this.#over.size > MOST_NODES) return
    this.#nodes.add(from)
    if (this.#handler.reply(header, payload)) this.#finish(from)
    this.#endIfAll()
  }

  /** @type {Call['fail']} */
  fail(header) {
    if (!this.#nodes.has(header.from)) return
    if (this.#handler.fail(header, errors.fromWire(header.error))) this.#finish(header.from)
    this.#endIfAll()
  }

  /** @type {Call['lost']} */
  lost(node, error) {
    if (!this.#nodes.has(node)) return
    this.#finish(node)
    this.#handler.missing(node, error)
    this.#endIfAll()
  }

  /** @type {Call['end']} */
  end(error, outcome) {
    this.#isOver = true
    // Whoever gives it up wants nothing more of it.
    if (outcome !== 'aborted') for (const node of this.#nodes) this.#handler.missing(node, error)
    this.#nodes.clear()
    this.#handler.done(error, outcome)
  }

  /** @type {Call['disconnected']} */
  disconnected(reason) {
    for (const node of this.#nodes) if (node !== this.#here) this.lost(node, reason())
  }

  /**
   * This node has done its part.
   */
  doneHere() {
    this.#finish(this.#here)
    this.#endIfAll()
  }

  /** @type {Call['drop']} */
  drop(id) {
    this.#drop(id)
  }

  /** @param {string} node Of which nothing more is expected. */
  #finish(node) {
    this.#nodes.delete(node)
    this.#over.add(node)
  }

  #endIfAll() {
    if (this.#nodes.size > 0 || this.#isOver) return
    this.#isOver = true
    this.#calls.close(this)
    this.#handler.done(undefined, 'answered')
  }
}

exports.Poll = Poll
