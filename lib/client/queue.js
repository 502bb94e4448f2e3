'use strict'

// What a client keeps of its messages over lost connections: its option `queue`. Each message is handed to one connection, at
// most once and in order. What never was is sent by the next connection, or told as dropped. What was, and is not known to
// have arrived when the connection is gone, is told as unconfirmed: only an answer to a later request says that it has.

const invalid = require('../errors/invalid')
const { canSend } = require('./sender')
const { count } = require('../protocol/options')
const { now, parse } = require('../host/host')
const { Texts } = require('./texts')

/** @typedef {import('../connection/connection').Connection} Connection */
/** @typedef {'full' | 'expired' | 'disconnected'} Reason */

/** What is longer Node's timers take for no time at all. */
const LONGEST_TIMER = 0x7fffffff

const NAMES = new Set(['maxBytes', 'maxAge'])

/** Requests of one connection whose answers are looked for. More are not needed: any answer confirms all before it. */
const MOST_MARKS = 1024

/**
 * @param {any} options The option `queue`.
 * @returns {{ maxBytes: number, maxAge: number }}
 * @throws {TypeError} For what is no such option.
 */
function settingsOf(options) {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid.option('queue', options, 'an object, as in { maxBytes: 1e6, maxAge: 60000 }')
  }
  const unknown = Object.keys(options).find(name => !NAMES.has(name))
  if (unknown !== undefined) {
    throw invalid.option('queue', options, `an object of maxBytes, maxAge, and not ${unknown}`)
  }
  const { maxAge = 60_000 } = options
  if (typeof maxAge !== 'number' || !(maxAge > 0)) {
    throw invalid.option('queue.maxAge', maxAge, 'a number of milliseconds above 0, or Infinity')
  }
  return { maxBytes: count('queue.maxBytes', options.maxBytes, 16 * 1024 * 1024), maxAge }
}

/**
 * @param {string[]} texts
 * @returns {{ messages: any[] }} What they hold, read when somebody asks.
 */
function readable(texts) {
  return {
    get messages() {
      return texts.map(text => parse(text))
    },
  }
}

/** The messages of one client that wait, and those of which it is not known whether they have arrived. */
class Queue {
  #settings
  #tell
  #waiting = new Texts()
  /** Of the present connection, the latest that are not confirmed: as many as there is room for. */
  #handed = new Texts()
  /** How many were handed to it, and how many of these are confirmed. */
  #count = 0
  #confirmed = 0
  /** How many had been handed over before a request, by its id. @type {Map<number, number>} */
  #marks = new Map()
  /** @type {NodeJS.Timeout | null} */
  #timer = null
  /** By the clock that made the timer: tests replace it, and put it back. */
  #clear = clearTimeout
  #dropped = { full: 0, expired: 0, disconnected: 0 }
  #unconfirmed = 0

  /**
   * @param {any} options The option `queue`.
   * @param {(event: 'dropped' | 'unconfirmed', report: any) => void} tell
   * @throws {TypeError} For what is no such option.
   */
  constructor(options, tell) {
    this.#settings = settingsOf(options)
    this.#tell = tell
  }

  get isEmpty() {
    return this.#waiting.length === 0
  }

  /** Of the messages that wait. */
  get bytes() {
    return this.#waiting.bytes
  }

  /**
   * Sends a message, behind those that wait.
   * @param {string} text
   * @param {Connection | null} connection One that it can be given to, if there is one.
   */
  send(text, connection) {
    if (connection !== null && this.isEmpty) this.#put(connection, text)
    else this.#keep(text)
  }

  /**
   * Hands over what waits, as far as the connection takes it without storing much.
   * @param {Connection} connection
   * @param {boolean} [all] Or all of it.
   */
  handOver(connection, all = false) {
    const expired = []
    while (!this.isEmpty && canSend(connection)) {
      if (!all && connection.writable.aboveHighWater) break
      const { at } = this.#waiting.first
      const text = this.#waiting.shift()
      if (now() - at > this.#settings.maxAge) expired.push(text)
      else this.#put(connection, text)
    }
    if (this.isEmpty) this.#stop()
    this.#drop('expired', expired)
  }

  /** A request follows what was handed over: its answer confirms that. @param {number} requestId */
  asked(requestId) {
    this.#marks.set(requestId, this.#count)
    if (this.#marks.size <= MOST_MARKS) return
    for (const id of this.#marks.keys()) {
      this.#marks.delete(id)
      return
    }
  }

  /** A request was answered. @param {any} requestId */
  answered(requestId) {
    const mark = this.#marks.get(requestId)
    if (mark === undefined) return
    this.#marks.delete(requestId)
    this.#confirmed = Math.max(this.#confirmed, mark)
    while (this.#handed.length > this.#count - this.#confirmed) this.#handed.shift()
  }

  /** The connection is gone. */
  lost() {
    const unconfirmed = this.#count - this.#confirmed
    const texts = this.#handed.clear()
    this.#marks.clear()
    this.#count = this.#confirmed = 0
    if (unconfirmed === 0) return
    this.#unconfirmed += unconfirmed
    this.#tell('unconfirmed', Object.assign(readable(texts), { count: unconfirmed }))
  }

  /** No connection follows that could send what waits. */
  clear() {
    this.#stop()
    this.#drop('disconnected', this.#waiting.clear())
  }

  /** @returns {import('../../index').QueueStats} */
  stats() {
    const { length: messages, bytes } = this.#waiting
    return { messages, bytes, dropped: { ...this.#dropped }, unconfirmed: this.#unconfirmed }
  }

  /** @param {string} text */
  #keep(text) {
    this.#waiting.push(text, now())
    const { maxAge, maxBytes } = this.#settings
    const full = []
    while (this.#waiting.bytes > maxBytes) full.push(this.#waiting.shift())
    if (this.isEmpty) this.#stop()
    else if (this.#timer === null) this.#start(maxAge)
    this.#drop('full', full)
  }

  /**
   * @param {Connection} connection
   * @param {string} text
   */
  #put(connection, text) {
    this.#count++
    this.#handed.push(text, 0)
    while (this.#handed.bytes > this.#settings.maxBytes) this.#handed.shift()
    connection.send(text)
  }

  /**
   * @param {Reason} reason
   * @param {string[]} texts
   */
  #drop(reason, texts) {
    if (texts.length === 0) return
    this.#dropped[reason] += texts.length
    this.#tell('dropped', Object.assign(readable(texts), { reason, count: texts.length }))
  }

  /** @param {number} ms Until the first of those that wait is too old. */
  #start(ms) {
    if (ms > LONGEST_TIMER) return
    this.#clear = clearTimeout
    // No clock is asked when it goes off: it may be another one than that of the timer.
    this.#timer = setTimeout(() => this.#end(), Math.max(1, ms))
    // Timers of a browser, which tests may have in the place of Node's, are numbers.
    this.#timer.unref?.()
  }

  #end() {
    this.#timer = null
    if (this.isEmpty) return
    const { at } = this.#waiting.first
    // With those that are hardly younger: a timer for each would be too many.
    const before = at + this.#settings.maxAge / 100
    const texts = []
    while (!this.isEmpty && this.#waiting.first.at <= before) texts.push(this.#waiting.shift())
    if (!this.isEmpty) this.#start(this.#waiting.first.at - at)
    this.#drop('expired', texts)
  }

  #stop() {
    const clear = this.#clear
    if (this.#timer !== null) clear(this.#timer)
    this.#timer = null
  }
}

exports.Queue = Queue
