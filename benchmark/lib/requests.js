'use strict'

/** How often request deadlines are looked at, in milliseconds. */
const SWEEP_INTERVAL = 500

const DEFAULT_REQUEST_TIMEOUT = 10000

/**
 * @typedef {object} Pending one request without an answer yet
 * @property {(value: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {number} deadline on the clock of `performance.now()`, in milliseconds
 */

/** The requests sent on one connection that wait for their responses. */
class Requests {
  /** @param {number} timeout milliseconds a response may take */
  constructor(timeout) {
    this.timeout = timeout
    this.lastId = 0
    /** @type {Map<number, Pending>} in order of their deadlines, as all have the same timeout */
    this.pending = new Map()
    this.timer = setInterval(() => this.sweep(), SWEEP_INTERVAL)
    this.timer.unref()
  }

  /**
   * @param {any} message
   * @param {{ push(value: any): void }} writer
   * @returns {Promise<any>}
   */
  send(message, writer) {
    const id = ++this.lastId
    message.requestId = id
    writer.push(message)
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject, deadline: performance.now() + this.timeout })
    })
  }

  /** @param {any} message a response, which settles its request */
  settle(message) {
    const id = message.responseId
    const request = this.pending.get(id)
    if (request === undefined) return
    this.pending.delete(id)
    delete message.responseId
    request.resolve(message)
  }

  sweep() {
    const now = performance.now()
    for (const [id, request] of this.pending) {
      if (request.deadline > now) return
      this.pending.delete(id)
      request.reject(new Error('request timeout'))
    }
  }

  close() {
    clearInterval(this.timer)
    for (const request of this.pending.values()) request.reject(new Error('connection lost'))
    this.pending.clear()
  }
}

module.exports = { DEFAULT_REQUEST_TIMEOUT, Requests }
