'use strict'

// Requests that wait for their response: ids, time-outs, each settled exactly once.

const errors = require('../errors')
const invalid = require('../errors/invalid')
const warnings = require('../errors/warnings')
const { clearTimeout: clearReal, now, setTimeout: setReal } = require('../host/host')
const { itself, knowsItself } = require('../host/itself')
const { limitOf } = require('./options')
const { Signals, signalOf } = require('./signals')
const { Waiting } = require('./waiting')

/**
 * @typedef {object} Pending
 * @property {number} id Its `requestId`.
 * @property {import('../connection/connection').Connection} connection Who was asked: only that one can answer.
 * @property {(value: any) => void} resolve
 * @property {(reason: Error) => void} reject
 * @property {any} message What was asked; undefined where a cluster has brought it as text.
 * @property {number} began When, in milliseconds of `now`.
 * @property {Group | null} group Those that are given up with it; null where no time limits it.
 * @property {AbortSignal | null} signal What gives it up before.
 */

/**
 * Requests made one behind the other, in the same millisecond and with the same time-out: each by itself would have a
 * timer that goes off at the same time.
 * @typedef {object} Group
 * @property {number} first Its ids: from this one
 * @property {number} last to this one.
 * @property {number} waiting How many of them wait.
 * @property {unknown} time
 * @property {number} ms Which millisecond.
 * @property {boolean} real Whether its timer is Node's own.
 * @property {NodeJS.Timeout} timer
 */

/** The pending requests of one server or client. */
class Requests {
  /** The latest group. It is kept when nothing of it waits any more: most requests are answered at once. @type {Group | null} */
  #open = null
  #observer
  /** @type {Waiting<Pending>} */
  #waiting = new Waiting()
  /** @type {Signals<Pending>} */
  #signals = new Signals((pending, reason) => this.#abort(pending, reason))

  /**
   * @param {any} requestTimeout Milliseconds.
   * @param {import('../observe/observer').Observer} observer
   */
  constructor(requestTimeout, observer) {
    knowsItself(this)
    this.#observer = observer
    /** The id that the next request gets. */
    this.requestId = 1
    /** Milliseconds until a request that is made now is given up, as `setTimeout` takes them. */
    this.requestTimeout = requestTimeout
  }

  /**
   * A copy: pending requests by id, in the order in which they were made.
   * @returns {Map<number, Pending>}
   */
  get requests() {
    return new Map(
      itself(this)
        .#waiting.all()
        .map(pending => [pending.id, pending]),
    )
  }

  /** How many requests wait. */
  get pending() {
    return this.#waiting.size
  }

  /**
   * Sends a request.
   * @param {any} message Gets the request's id as `requestId`, and keeps it.
   * @param {import('../connection/connection').Connection} connection
   * @param {any} [options] `timeout` and `signal`. What is no object is passed over, as it always was: who maps over a list
   *   of messages hands over a number.
   * @returns {Promise<any>} The response; or 'request timeout', or 'connection lost', or the signal's reason.
   * @throws {TypeError} For what cannot carry the id: nobody could answer it; and for options of no use.
   */
  send(message, connection, options) {
    if (typeof options !== 'object' || options === null) return this.#ask(message, connection)
    const limit = limitOf(options.timeout)
    const signal = signalOf(options.signal)
    return this.#ask(message, connection, limit, signal)
  }

  /**
   * @param {any} message
   * @param {import('../connection/connection').Connection} connection
   * @param {number} [limit] Milliseconds, in place of `requestTimeout`.
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  #ask(message, connection, limit, signal) {
    const requestId = this.requestId++
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      throw invalid.request(message)
    }
    message.requestId = requestId
    // Before anything is registered: what cannot be serialised leaves no trace.
    const text = JSON.stringify(message)
    // By its `toJSON` it may be nothing.
    if (text === undefined) throw invalid.request(message)
    return this.#sendAs(requestId, text, message, connection, limit, signal)
  }

  /**
   * Sends a request that is serialised already: a cluster's, from another node.
   * @param {string} text Of an object.
   * @param {import('../connection/connection').Connection} connection
   * @param {number} [limit] Milliseconds, in place of `requestTimeout`.
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  sendText(text, connection, limit, signal) {
    const requestId = this.requestId++
    // Behind all else, for the last of several keys of one name counts.
    const id = `${text === '{}' ? '' : ','}"requestId":${requestId}}`
    return this.#sendAs(requestId, text.slice(0, -1) + id, undefined, connection, limit, signal)
  }

  /**
   * @param {number} requestId
   * @param {string} text
   * @param {any} message
   * @param {import('../connection/connection').Connection} connection
   * @param {number} [limit]
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  #sendAs(requestId, text, message, connection, limit, signal) {
    // By a `toJSON` the signal may be aborted.
    if (signal?.aborted) return Promise.reject(signal.reason)
    const began = now()
    const group =
      limit === undefined
        ? this.#groupFor(requestId, began)
        : this.#groupAlone(requestId, began, limit)
    const promise = new Promise((resolve, reject) => {
      /** @type {Pending} */
      const pending = {
        id: requestId,
        connection,
        message,
        resolve,
        reject,
        began,
        group,
        signal: null,
      }
      connection.asked.add(requestId, this.#waiting)
      this.#waiting.add(pending)
      if (signal !== undefined) {
        pending.signal = signal
        this.#signals.add(signal, pending)
      }
      this.#observer.requested(pending)
    })
    connection.send(text)
    return promise
  }

  /**
   * Takes a response. One that nobody waits for, or from somebody who was not asked, says nothing.
   * @param {any} message Without its `responseId`.
   * @param {any} responseId
   * @param {import('../connection/connection').Connection} connection
   */
  settle(message, responseId, connection) {
    const pending = this.#answered(responseId, connection)
    if (pending === undefined) return
    this.#observer.settled(pending, 'answered')
    pending.resolve(message)
  }

  /**
   * Takes a response that is an error.
   * @param {any} responseId
   * @param {import('../connection/connection').Connection} connection
   * @param {import('./extensions').Remote} remote
   */
  fail(responseId, connection, remote) {
    const pending = this.#answered(responseId, connection)
    if (pending === undefined) return
    this.#observer.settled(pending, 'failed')
    pending.reject(errors.remoteError(remote))
  }

  /** Gives up all that is pending: the connection is lost. */
  cancelAll() {
    const own = itself(this)
    for (const pending of own.#waiting.all()) own.#lose(pending)
    own.#rest()
  }

  /**
   * Gives up what one connection was asked.
   * @param {import('../connection/connection').Connection} connection
   */
  cancel(connection) {
    for (const pending of connection.asked.pending(this.#waiting)) this.#lose(pending)
    this.#rest()
  }

  /**
   * @param {any} responseId
   * @param {import('../connection/connection').Connection} connection
   * @returns {Pending | undefined} The request with that id, which waits no more.
   */
  #answered(responseId, connection) {
    const pending = this.#waiting.get(responseId)
    if (pending === undefined || pending.connection !== connection) return undefined
    this.#remove(pending)
    return pending
  }

  /**
   * A request is made: at the end of its time its group is given up.
   * @param {number} requestId
   * @param {number} began
   * @returns {Group}
   */
  #groupFor(requestId, began) {
    const time = this.requestTimeout
    const ms = Math.floor(began)
    // The global one as it is now: tests replace it, to move time. Then each request has a timer of its own, because
    // nothing else says how their time goes.
    const real = setTimeout === setReal
    const open = this.#open
    if (real && open !== null && open.time === time) {
      if (open.ms === ms && open.last + 1 === requestId) {
        open.last = requestId
        if (open.waiting++ === 0) open.timer.ref()
        return open
      }
      if (open.waiting === 0) {
        open.timer.refresh().ref()
        open.first = open.last = requestId
        open.ms = ms
        open.waiting = 1
        return open
      }
    }
    this.#rest()
    const group = this.#newGroup(requestId, ms, time)
    this.#open = real ? group : null
    return group
  }

  /**
   * The same for a request with a time limit of its own.
   * @param {number} requestId
   * @param {number} began
   * @param {number} limit
   * @returns {Group | null}
   */
  #groupAlone(requestId, began, limit) {
    return limit === Infinity ? null : this.#newGroup(requestId, Math.floor(began), limit)
  }

  /**
   * @param {number} requestId
   * @param {number} ms
   * @param {any} time
   * @returns {Group}
   */
  #newGroup(requestId, ms, time) {
    const real = setTimeout === setReal
    const timer = setTimeout(() => this.#expire(group), time)
    /** @type {Group} */
    const group = { first: requestId, last: requestId, waiting: 1, time, ms, real, timer }
    return group
  }

  /** The latest group's timer goes, if nothing waits for it: it would hold on to an end that may be gone. */
  #rest() {
    if (this.#open?.waiting !== 0) return
    clearReal(this.#open.timer)
    this.#open = null
  }

  /**
   * The time of a group is over. No clock is asked: it may be another one than that of the timer.
   * @param {Group} group
   */
  #expire(group) {
    // Whoever asks again while this one is settled begins a new one.
    if (this.#open === group) this.#open = null
    for (let id = group.first; id <= group.last && group.waiting > 0; id++) {
      const pending = this.#waiting.get(id)
      if (pending?.group !== group) continue
      this.#remove(pending)
      this.#observer.settled(pending, 'timeout')
      pending.reject(errors.requestTimeout())
    }
  }

  /** @param {Pending} pending */
  #lose(pending) {
    // Who was told of another one that is lost may have given this one up.
    if (this.#waiting.get(pending.id) !== pending) return
    this.#remove(pending)
    this.#observer.settled(pending, 'lost')
    pending.reject(errors.connectionLost())
  }

  /**
   * @param {Pending} pending
   * @param {any} reason
   */
  #abort(pending, reason) {
    this.#remove(pending)
    this.#observer.settled(pending, 'aborted')
    pending.reject(reason)
  }

  /** @param {Pending} pending */
  #remove(pending) {
    const { connection, group, signal } = pending
    this.#waiting.remove(pending)
    connection.asked.settled()
    if (signal !== null) this.#signals.remove(signal, pending)
    if (group === null) return
    group.waiting--
    if (group.waiting > 0) return
    // Nothing waits: the process may end.
    if (group === this.#open) group.timer.unref()
    else if (group.real) clearReal(group.timer)
    else clearTimeout(group.timer)
  }
}

/**
 * Gives an answer the id of its request.
 * @param {any} response Keeps it.
 * @param {any} requestId As the peer gave it.
 * @throws {TypeError} For what nothing can be written into.
 */
function address(response, requestId) {
  if (typeof response !== 'object' || response === null || Array.isArray(response)) {
    // Those leave as they always did, an array as a message of its own.
    if (typeof response !== 'function' && !Array.isArray(response)) throw invalid.response(response)
    warnings.lostAnswer()
  }
  response.responseId = requestId
}

module.exports = { Requests, address }
