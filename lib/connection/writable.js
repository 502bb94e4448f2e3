'use strict'

const { AsyncResource } = require('node:async_hooks')

const errors = require('../errors')
const outbox = require('../engine/outbox')
const { HIGH_WATER } = require('../engine/binding')
const { nextTick } = require('../host/host')

/** From so many waiting bytes on a write returns false, as with Node's sockets. */
const HIGH_WATER_MARK = 16 * 1024

/** @typedef {readonly (() => void)[]} Acts What is to be told, in order. */

/** @type {Acts} */
const NOTHING = []

/** @typedef {((error?: Error) => void)[]} Callbacks */

/**
 * Most connections never have a callback that waits: so nothing is made for none, and V8 need not compile how.
 * @param {Callbacks | null} callbacks Taken out.
 * @param {() => Error} [error] What they get.
 * @returns {Acts} Their calls.
 */
function callsOf(callbacks, error) {
  if (callbacks === null || callbacks.length === 0) return NOTHING
  return callbacks
    .splice(0)
    .map(callback => (error === undefined ? () => callback() : () => callback(error())))
}

/** The writing side of a connection's socket: what Node's Writable tells, and when. */
class Writable {
  #connection
  /** Of writes that have not all reached the operating system. Null until there was one. @type {Callbacks | null} */
  #written = null
  /** Of `end`. @type {Callbacks | null} */
  #ended = null

  /** @param {import('./connection').Connection} connection */
  constructor(connection) {
    this.#connection = connection
    /** Whether a write returned false and 'drain' is due. */
    this.needDrain = false
    /** Whether all that was written, and our end, has reached the operating system. */
    this.finished = false
  }

  get highWaterMark() {
    return HIGH_WATER_MARK
  }

  /** What waits: text of this tick, in characters as Node counts it, and bytes. */
  get length() {
    return this.#handedOver() + outbox.textFor(this.#connection).length
  }

  /** Bytes accepted for the peer and not yet encrypted. */
  get bufferedAmount() {
    return this.#handedOver() + Buffer.byteLength(outbox.textFor(this.#connection))
  }

  /** Whether callers should wait for 'drain', which the carrier then owes. */
  get aboveHighWater() {
    return !this.#connection.destroyed && this.#handedOver() >= HIGH_WATER
  }

  #handedOver() {
    const { id, carrier, closed } = this.#connection
    return closed ? 0 : carrier.buffered(id)
  }

  /**
   * Accepts what a user wrote.
   * @param {string | Uint8Array} data
   * @param {((error?: Error) => void) | undefined} callback Called when all of it has reached the operating system.
   * @returns {boolean} Whether to go on writing before 'drain'.
   */
  write(data, callback) {
    if (this.#accept(data, callback === undefined)) {
      if (callback !== undefined) nextTick(callback)
      return !this.needDrain
    }
    this.needDrain ||= this.length >= HIGH_WATER_MARK
    if (callback !== undefined) (this.#written ??= []).push(AsyncResource.bind(callback))
    if (callback !== undefined || this.needDrain) {
      outbox.handOver(this.#connection)
      this.#connection.carrier.reportDrain(this.#connection.id)
    }
    return !this.needDrain
  }

  /**
   * Ends our side once all is written.
   * @param {((error?: Error) => void) | undefined} callback Called when that has reached the operating system.
   * @param {Error} [refusal] Of what was to be written before.
   */
  end(callback, refusal) {
    const { destroyed, ended } = this.#connection
    let error = refusal
    if (error === undefined && this.finished) error = errors.alreadyFinished()
    else if (error === undefined && destroyed) error = errors.destroyed('end')
    else if (error === undefined && !ended) this.#connection.end()
    if (callback === undefined) return
    if (error !== undefined) nextTick(callback, error)
    else (this.#ended ??= []).push(AsyncResource.bind(callback))
  }

  /**
   * Nothing waits any more.
   * @returns {Acts} Whom to tell.
   */
  drained() {
    const { carrier, destroyed, id, socket } = this.#connection
    if (!destroyed && this.length > 0) {
      // It was asked for before more was written.
      outbox.handOver(this.#connection)
      carrier.reportDrain(id)
      return NOTHING
    }
    const due = this.needDrain && !destroyed
    this.needDrain = false
    const calls = callsOf(this.#written)
    return due ? [...calls, () => socket.emit('drain')] : calls
  }

  /**
   * Our end has reached the operating system.
   * @returns {Acts} Whom to tell.
   */
  finish() {
    const { destroyed, socket } = this.#connection
    if (this.finished || destroyed) return NOTHING
    this.finished = true
    return [...callsOf(this.#ended), () => socket.emit('finish')]
  }

  /**
   * The connection is gone. What was not done by now never is.
   * @param {Error | undefined} error Why, if something failed.
   * @returns {Acts} Whom to tell.
   */
  abandon(error) {
    const written = callsOf(this.#written, () => error ?? errors.destroyed('write'))
    const ended = callsOf(this.#ended, () => error ?? errors.destroyed('end'))
    return ended.length === 0 ? written : written.concat(ended)
  }

  /**
   * @param {string | Uint8Array} data
   * @param {boolean} mayWait Until the end of the tick, as nobody asks when it is written.
   * @returns {boolean} Whether it is known that all has reached the operating system.
   */
  #accept(data, mayWait) {
    const connection = this.#connection
    let all = false
    if (typeof data === 'string') {
      outbox.write(connection, data)
      // Of a long text a part was handed over in that call, and nobody knows what has become of it.
      if (!mayWait && outbox.textFor(connection).length === data.length) {
        all = outbox.handOver(connection)
      }
    } else {
      outbox.handOver(connection)
      all = connection.carrier.writeBytes(connection.id, Buffer.from(data))
    }
    return all && !this.#written?.length
  }
}

exports.Writable = Writable
