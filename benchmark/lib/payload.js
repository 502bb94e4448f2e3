'use strict'

const { isDeepStrictEqual } = require('node:util')

/** The first number of every sequence: all have seven digits, so that sizes stay equal. */
const FIRST = 1000000

/** One message in so many is compared key by key; all are compared by number and text. */
const DEEP_CHECK_EVERY = 1024

/** @typedef {{ seq: number, text: string }} Payload */

/**
 * @param {number} bytes length of the message's JSON text
 * @param {number} connection its number goes into the text, so that a mix-up is seen
 * @returns {string} the text that makes `{ seq, text }` exactly so long
 */
function textOf(bytes, connection) {
  const length = bytes - JSON.stringify({ seq: FIRST, text: '' }).length
  const text = `${connection}:`.padEnd(length, 'abcdefghijklmnopqrstuvwxyz0123456789 ')
  if (text.length !== length) throw new Error(`a message of ${bytes} bytes is too short`)
  return text
}

/**
 * Throws when a message is not the one that was sent.
 *
 * @param {any} message
 * @param {number} seq
 * @param {string} text
 */
function checkPayload(message, seq, text) {
  if (message.seq !== seq || message.text !== text) {
    throw new Error(`message ${seq} came as ${JSON.stringify(message)?.slice(0, 200)}`)
  }
  if (seq % DEEP_CHECK_EVERY === 0 && !isDeepStrictEqual(message, { seq, text })) {
    throw new Error(`message ${seq} has other keys: ${JSON.stringify(message).slice(0, 200)}`)
  }
}

/** The messages one connection receives: throws unless each arrives once, in order and equal. */
class Inbox {
  /**
   * @param {number} bytes length of each message's JSON text
   * @param {boolean} allowRepeats whether the last message may arrive again, see peers.js
   */
  constructor(bytes, allowRepeats) {
    this.bytes = bytes
    this.allowRepeats = allowRepeats
    /** @type {string | undefined} known from the first message on */
    this.text = undefined
    this.next = FIRST
    this.repeats = 0
  }

  /**
   * @param {any} message
   * @returns {boolean} false for a repeated message, which is counted and to be left alone
   */
  accept(message) {
    this.text ??= textOf(this.bytes, Number.parseInt(message.text, 10))
    if (this.allowRepeats && message.seq === this.next - 1) {
      this.repeats++
      return false
    }
    checkPayload(message, this.next, this.text)
    this.next++
    return true
  }

  /** @returns {number} how many different messages arrived */
  get received() {
    return this.next - FIRST
  }
}

/** What a server receives: an inbox for each client that sends. */
class Inboxes {
  /**
   * @param {number} bytes as of Inbox
   * @param {boolean} allowRepeats as of Inbox
   */
  constructor(bytes, allowRepeats) {
    this.bytes = bytes
    this.allowRepeats = allowRepeats
    /** @type {Map<number, Inbox>} */
    this.all = new Map()
  }

  /**
   * @param {number} id of a client
   * @returns {Inbox}
   */
  of(id) {
    let inbox = this.all.get(id)
    if (inbox === undefined) this.all.set(id, (inbox = new Inbox(this.bytes, this.allowRepeats)))
    return inbox
  }

  /** @returns {{ received: number, repeats: number, connections: number }} */
  report() {
    let received = 0
    let repeats = 0
    for (const inbox of this.all.values()) {
      received += inbox.received
      repeats += inbox.repeats
    }
    return { received, repeats, connections: this.all.size }
  }
}

module.exports = { FIRST, textOf, checkPayload, Inbox, Inboxes }
