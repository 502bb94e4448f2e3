'use strict'

// Requests that wait for their response: ids, deadlines, each settled exactly once.

const errors = require('./errors')

/**
 * @typedef {object} Pending
 * @property {number} requestId
 * @property {import('./connection').Connection} connection Who was asked: only that one can answer.
 * @property {(value: any) => void} resolve
 * @property {(reason: Error) => void} reject
 * @property {NodeJS.Timeout} timer
 */

/** The pending requests of one server or client. */
class Requests {
  /** @param {number} requestTimeout Milliseconds. */
  constructor(requestTimeout) {
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
    const promise = new Promise((resolve, reject) => {
      const timer = setTimeout(expire, this.requestTimeout, this, requestId)
      this.requests.set(requestId, { requestId, connection, resolve, reject, timer })
    })
    connection.pendingRequests++
    if (text !== undefined) connection.write(text + '\n')
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
    pending.resolve(message)
  }

  /** Gives up all that is pending: the connection is lost. */
  cancelAll() {
    for (const pending of this.requests.values()) this.#lose(pending)
  }

  /**
   * Gives up what one connection was asked.
   * @param {import('./connection').Connection} connection
   */
  cancel(connection) {
    if (connection.pendingRequests === 0) return
    for (const pending of this.requests.values()) {
      if (pending.connection === connection) this.#lose(pending)
    }
  }

  /** @param {number} requestId */
  expire(requestId) {
    const pending = this.requests.get(requestId)
    if (pending === undefined) return
    this.#remove(pending)
    pending.reject(errors.requestTimeout())
  }

  /** @param {Pending} pending */
  #lose(pending) {
    this.#remove(pending)
    pending.reject(errors.connectionLost())
  }

  /** @param {Pending} pending */
  #remove(pending) {
    clearTimeout(pending.timer)
    pending.connection.pendingRequests--
    this.requests.delete(pending.requestId)
  }
}

/**
 * @param {Requests} requests
 * @param {number} requestId
 */
function expire(requests, requestId) {
  requests.expire(requestId)
}

exports.Requests = Requests
