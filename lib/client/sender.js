'use strict'

// What a client's program gives it to send: where it goes, and what waits where there is no connection.

const errors = require('../errors')
const { limitOf } = require('../protocol/options')
const { now, parse } = require('../host/host')
const { signalOf } = require('../protocol/signals')

/** @typedef {import('../connection/connection').Connection} Connection */

/** @param {Connection} connection @returns {boolean} Whether what it is given may still reach the peer. */
function canSend({ allowHalfOpen, destroyed, ended, peerEnded }) {
  return !destroyed && !ended && (!peerEnded || allowHalfOpen)
}

/** The way out of one client. */
class Sender {
  #parts

  /**
   * @param {object} parts
   * @param {() => import('../protocol/requests').Requests} parts.requests
   * @param {() => Connection | null} parts.current The connection there is, or was last.
   * @param {() => boolean} parts.isLasting Whether there is one, or will be by itself, also when it is lost.
   * @param {() => boolean} parts.isMoving Whether it is left for another one, and does only what is under way.
   * @param {import('./queue').Queue | null} parts.queue
   * @param {import('../protocol/ready').Ready} parts.ready
   */
  constructor(parts) {
    this.#parts = parts
  }

  /** Bytes that wait. */
  get bufferedAmount() {
    const { current, queue } = this.#parts
    return (current()?.writable.bufferedAmount ?? 0) + (queue?.bytes ?? 0)
  }

  /** Whether callers should wait for 'drain': not for a connection that is still to come. @param {Client} client */
  needsDrain(client) {
    const { current, queue } = this.#parts
    return (
      current()?.writable.aboveHighWater || (client.isAuthenticated && queue?.isEmpty === false)
    )
  }

  /**
   * @param {Client} client
   * @param {any} object
   */
  send(client, object) {
    const { current, isLasting, queue } = this.#parts
    let connection = client.isAuthenticated ? current() : null
    if (connection !== null && (queue !== null || connection.dismissed) && !canSend(connection)) {
      connection = null
    }
    if (connection === null && (queue === null || !isLasting())) {
      client.emit('error', errors.notConnected())
      return
    }
    const text = JSON.stringify(object)
    if (text === undefined) return
    if (queue === null) connection?.send(text)
    else queue.send(text, connection)
  }

  /**
   * @param {Client} client
   * @param {any} object
   * @param {any} options
   * @returns {Promise<any>}
   */
  request(client, object, options) {
    const { current, isMoving, queue } = this.#parts
    const connection = current()
    if (connection === null || !client.isAuthenticated) return Promise.reject(errors.notConnected())
    if (isMoving()) return this.#later(client, object, options)
    if (connection.dismissed && connection.ended) return Promise.reject(errors.notConnected())
    const requests = this.#parts.requests()
    try {
      // Behind what was sent before it.
      queue?.handOver(connection, true)
      const { requestId } = requests
      const answer = requests.send(object, connection, options)
      queue?.asked(requestId)
      return answer
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends a request that is made while its connection is being left by the next one: at its end it would lose its answer.
   * @param {Client} client
   * @param {any} object
   * @param {any} options
   * @returns {Promise<any>}
   */
  async #later(client, object, options) {
    const { signal, timeout } = Object(options)
    const limit = limitOf(timeout) ?? Number(this.#parts.requests().requestTimeout)
    const given = signalOf(signal)
    // As it is now.
    const text = typeof object === 'object' && object !== null ? JSON.stringify(object) : undefined
    const kept = text === undefined ? object : parse(text)
    const began = now()
    try {
      await this.#parts.ready.wait({ signal: given, timeout: Math.max(1, limit) })
    } catch (/** @type {any} */ error) {
      if (given?.aborted) throw error
      throw error?.code === 'TLSJSON_CONNECT_TIMEOUT'
        ? errors.requestTimeout()
        : errors.notConnected()
    }
    const left = Math.max(1, limit - (now() - began))
    return this.request(client, kept, { signal: given, timeout: left })
  }

  /**
   * Sends what a listener answers to a request. It is never kept: the next connection knows nothing of the request.
   * @param {Client} client
   * @param {Connection} connection Of the request.
   * @param {any} response
   */
  answer(client, connection, response) {
    const { current, queue } = this.#parts
    if (queue === null && current() === connection) {
      client.send(response)
    } else if (queue === null || current() !== connection || !client.isAuthenticated) {
      client.emit('error', errors.notConnected())
    } else {
      queue.handOver(connection, true)
      const text = JSON.stringify(response)
      if (text !== undefined) connection.send(text)
    }
  }
}

/** @typedef {Pick<import('./client'), 'isAuthenticated' | 'emit' | 'send'>} Client Or a Proxy around it. */

module.exports = { Sender, canSend }
