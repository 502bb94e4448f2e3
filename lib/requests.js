'use strict'

// Requests that wait for their response: ids, deadlines, each settled exactly once.

const errors = require('./errors')

/**
 * @typedef {object} Pending
 * @property {number} requestId
 * @property {import('./connection').Connection} connection Who was asked: only that one can answer.
 * @property {(value: any) => void} resolve
 * @property {(reason: Error) => void} reject
 * @property {any} message What was asked.
 * @property {number} began When, in milliseconds of `performance.now()`.
 * @property {number} deadline When it is given up, in milliseconds of `performance.now()`.
 */

/** The longest time that Node's timers know; what is longer, or no time at all, they take for 1 ms. */
const LONGEST_TIMER = 0x7fffffff

/** The pending requests of one server or client. One timer serves them all: most are answered long before. */
class Requests {
  /** @type {NodeJS.Timeout | null} */
  #timer = null
  /** When the timer fires; no pending request has an earlier deadline. */
  #wake = Infinity
  #observer

  /**
   * @param {number} requestTimeout Milliseconds.
   * @param {import('./observer').Observer} observer
   */
  constructor(requestTimeout, observer) {
    this.#observer = observer
    /** The id that the next request gets. */
    this.requestId = 1
    /** @type {Map<number, Pending>} Pending requests by id, in the order in which they were made. */
    this.requests = new Map()
    /** Milliseconds until a request that is made now is given up. */
    this.requestTimeout = requestTimeout
  }

  /**
   * Sends a request.
   * @param {any} message Gets the request's id as `requestId`, and keeps it.
   * @param {import('./connection').Connection} connection
   * @returns {Promise<any>} The response; or 'request timeout', or 'connection lost'.
   */
  send(message, connection) {
    const requestId = this.requestId++
    message.requestId = requestId
    // Before anything is registered: what cannot be serialised leaves no trace.
    const text = JSON.stringify(message)
    const time = this.requestTimeout
    const began = performance.now()
    const deadline = began + (time >= 1 && time <= LONGEST_TIMER ? time : 1)
    const promise = new Promise((resolve, reject) => {
      const pending = { requestId, connection, message, resolve, reject, began, deadline }
      this.requests.set(requestId, pending)
      this.#observer.requested(pending)
    })
    connection.pendingRequests++
    if (this.requests.size === 1) this.#timer?.ref()
    if (deadline < this.#wake) this.#wakeAt(deadline)
    if (text !== undefined) connection.send(text)
    return promise
  }

  /**
   * Takes a response. One that nobody waits for, or from somebody who was not asked, says nothing.
   * @param {any} message
   * @param {import('./connection').Connection} connection
   */
  settle(message, connection) {
    const pending = this.requests.get(message.responseId)
    if (pending === undefined || pending.connection !== connection) return
    this.#remove(pending)
    delete message.responseId
    this.#observer.settled(pending, 'answered')
    pending.resolve(message)
  }

  /** Gives up all that is pending: the connection is lost. */
  cancelAll() {
    for (const pending of this.requests.values()) this.#lose(pending)
    this.#rest()
  }

  /**
   * Gives up what one connection was asked.
   * @param {import('./connection').Connection} connection
   */
  cancel(connection) {
    if (connection.pendingRequests > 0) {
      for (const pending of this.requests.values()) {
        if (pending.connection === connection) this.#lose(pending)
      }
    }
    this.#rest()
  }

  /** @param {number} deadline */
  #wakeAt(deadline) {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#wake = deadline
    this.#timer = setTimeout(() => this.#expire(), Math.ceil(deadline - performance.now()))
  }

  /** Nothing may come any more: a timer would hold on to an end that is gone. */
  #rest() {
    if (this.requests.size > 0 || this.#timer === null) return
    clearTimeout(this.#timer)
    this.#timer = null
    this.#wake = Infinity
  }

  /** Gives up what is due, and looks when the next one is. */
  #expire() {
    this.#timer = null
    this.#wake = Infinity
    const now = performance.now()
    let earliest = Infinity
    for (const pending of this.requests.values()) {
      if (pending.deadline <= now) {
        this.#remove(pending)
        this.#observer.settled(pending, 'timeout')
        pending.reject(errors.requestTimeout())
      } else if (pending.deadline < earliest) {
        earliest = pending.deadline
      }
    }
    if (earliest !== Infinity) this.#wakeAt(earliest)
  }

  /** @param {Pending} pending */
  #lose(pending) {
    this.#remove(pending)
    this.#observer.settled(pending, 'lost')
    pending.reject(errors.connectionLost())
  }

  /** @param {Pending} pending */
  #remove(pending) {
    pending.connection.pendingRequests--
    this.requests.delete(pending.requestId)
    // Nothing waits: the process may end.
    if (this.requests.size === 0) this.#timer?.unref()
  }
}

exports.Requests = Requests
