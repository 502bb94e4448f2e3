'use strict'

// What this node has asked of others and waits for. Each is settled once: by its answer, or because it cannot come any more.

const errors = require('./errors')
const { Signals } = require('../protocol/signals')
const { Waiting } = require('../protocol/waiting')

/** @typedef {import('../errors').CodedError} CodedError */
/** @typedef {import('./wire').Header} Header */
/** @typedef {'answered' | 'failed' | 'timeout' | 'aborted' | 'lost'} Outcome */

/**
 * Something asked of one node, or of several.
 * @typedef {object} Call
 * @property {number} id Set when it is opened.
 * @property {string | undefined} node Who is asked, if it is one.
 * @property {any} timer Set when it is opened.
 * @property {AbortSignal | undefined} signal Set when it is opened.
 * @property {(header: Header, payload: string) => void} reply
 * @property {(header: Header) => void} fail
 * @property {(node: string, error: CodedError) => void} lost A node is gone, or was not there.
 * @property {(error: any, outcome: Outcome) => void} end Nothing more can come, from nobody.
 * @property {(reason: () => CodedError) => void} disconnected The broker is gone: nothing more can come from other nodes.
 * @property {(id: number) => void} drop Tells those who were asked that nobody waits any more.
 */

/** @typedef {{ timeout: number, signal?: AbortSignal | undefined }} Limits `timeout` in milliseconds, or Infinity. */

/** All that waits. */
class Calls {
  #last = 0
  /** @type {Waiting<Call>} */
  #waiting = new Waiting()
  #clock
  #most
  /** @type {Signals<Call>} */
  #signals = new Signals((call, reason) => {
    this.close(call)
    call.drop(call.id)
    call.end(reason, 'aborted')
  })

  /** @param {import('./options').Options} options */
  constructor({ clock, maxRequests }) {
    this.#clock = clock
    this.#most = maxRequests
  }

  /** How many wait. */
  get size() {
    return this.#waiting.size
  }

  /**
   * Something is to be asked: it gets its id.
   * @param {Call} call
   * @param {Limits} limits
   * @throws {CodedError} If too many wait; and the reason of a signal that is aborted.
   */
  open(call, { timeout, signal }) {
    if (signal?.aborted) throw signal.reason
    if (this.#waiting.size >= this.#most) throw errors.tooManyRequests(this.#most)
    call.id = ++this.#last
    this.#waiting.add(call)
    call.timer =
      timeout === Infinity ? null : this.#clock.setLimit(() => this.#expire(call), timeout)
    call.signal = signal
    if (signal !== undefined) this.#signals.add(signal, call)
  }

  /**
   * It waits no more.
   * @param {Call} call
   */
  close(call) {
    if (this.#waiting.get(call.id) !== call) return
    this.#waiting.remove(call)
    if (call.timer !== null) this.#clock.clearLimit(call.timer)
    if (call.signal !== undefined) this.#signals.remove(call.signal, call)
  }

  /**
   * @param {Header} header
   * @param {string} payload
   */
  replied(header, payload) {
    this.#waiting.get(header.id)?.reply(header, payload)
  }

  /** @param {Header} header */
  failed(header) {
    this.#waiting.get(header.id)?.fail(header)
  }

  /**
   * The broker says that nobody is there for whom it was.
   * @param {string} tag
   * @returns {string | undefined} Who that was.
   */
  undelivered(tag) {
    const call = this.#waiting.get(Number(tag))
    if (call?.node === undefined) return undefined
    call.lost(call.node, errors.notConnected(false))
    return call.node
  }

  /**
   * @param {string} node That is gone.
   */
  lost(node) {
    for (const call of this.#waiting.all()) call.lost(node, errors.nodeLost(node, true))
  }

  /**
   * Nothing can come from other nodes any more.
   * @param {() => CodedError} reason Made for each.
   */
  disconnected(reason) {
    for (const call of this.#waiting.all()) call.disconnected(reason)
  }

  /**
   * Nothing that was asked can be answered any more.
   * @param {() => CodedError} reason Made for each.
   */
  cancelAll(reason) {
    for (const call of this.#waiting.all()) {
      this.close(call)
      call.end(reason(), 'lost')
    }
  }

  /** @param {Call} call */
  #expire(call) {
    this.close(call)
    call.end(errors.requestTimeout(), 'timeout')
  }
}

/** Something asked of one node. @implements {Call} */
class OneCall {
  id = 0
  /** @type {any} */
  timer = null
  /** @type {AbortSignal | undefined} */
  signal = undefined
  #calls
  #settled
  #drop

  /**
   * @param {Calls} calls
   * @param {string} node
   * @param {(error: any, outcome: Outcome, answer?: { header: Header, payload: string }) => void} settled With an error, or an
   *   answer.
   * @param {(id: number) => void} drop
   */
  constructor(calls, node, settled, drop) {
    this.#calls = calls
    /** @type {string} */
    this.node = node
    this.#settled = settled
    this.#drop = drop
  }

  /** @type {Call['reply']} */
  reply(header, payload) {
    if (header.from !== this.node) return
    this.#calls.close(this)
    this.#settled(undefined, 'answered', { header, payload })
  }

  /** @type {Call['fail']} */
  fail({ from, error }) {
    if (from !== this.node) return
    this.#calls.close(this)
    this.#settled(errors.fromWire(error), 'failed')
  }

  /** @type {Call['lost']} */
  lost(node, error) {
    if (node !== this.node) return
    this.#calls.close(this)
    this.#settled(error, 'lost')
  }

  /** @type {Call['end']} */
  end(error, outcome) {
    this.#settled(error, outcome)
  }

  /** @type {Call['disconnected']} */
  disconnected(reason) {
    this.#calls.close(this)
    this.#settled(reason(), 'lost')
  }

  /** @type {Call['drop']} */
  drop(id) {
    this.#drop(id)
  }
}

module.exports = { Calls, OneCall }
