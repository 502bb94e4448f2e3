'use strict'

// How a client goes in order: what is under way is finished first. It goes because its program says so, or because its server
// has asked its clients to go elsewhere.

const { setImmediate } = require('../host/host')

/** @typedef {import('../connection/connection').Connection} Connection */

/** Milliseconds for what is under way, unless the program says otherwise. */
const PATIENCE = 30_000

/** Milliseconds in which a server has to end its side behind ours. */
const LINGER = 5000

/**
 * Waits until nobody waits for an answer on a connection, until it is gone, or until the time is over.
 * @param {Connection} connection
 * @param {number} ms
 * @returns {Promise<void>}
 */
function idle(connection, ms) {
  const isIdle = () =>
    connection.asked.waiting === 0 && connection.owed === 0 && !connection.pauses.holdsRequests
  return within(ms, done => {
    const look = () => {
      // What an answer leads to comes first: it may be the next request.
      if (isIdle()) setImmediate(again)
    }
    const again = () => {
      if (isIdle()) done()
    }
    connection.asked.whenNone = connection.whenIdle = look
    connection.onClosed(done)
    look()
  })
}

/**
 * @param {Connection} connection
 * @param {number} ms
 * @returns {Promise<void>} Its 'close', or the end of the time.
 */
function closed(connection, ms) {
  return within(ms, done => {
    if (connection.closed) done()
    else connection.onClosed(done)
  })
}

/**
 * @param {number} ms
 * @param {(done: () => void) => void} begin
 * @returns {Promise<void>}
 */
async function within(ms, begin) {
  // By the clock that made the timer: tests replace it, and put it back.
  const clear = clearTimeout
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  try {
    await new Promise(resolve => {
      const done = () => resolve(undefined)
      if (ms !== Infinity) timer = setTimeout(done, ms)
      begin(done)
    })
  } finally {
    clear(timer)
  }
}

/**
 * Ends a connection in order: behind what is under way, and what was sent.
 * @param {Connection} connection
 * @param {object} how
 * @param {number} how.ms For what is under way.
 * @param {() => void} [how.last] Called before our side is ended.
 * @param {boolean} [how.owes] Whether the program may take as long as it likes for what it holds back.
 * @returns {Promise<void>} When it is closed.
 */
async function end(connection, { ms, last, owes = false }) {
  await idle(connection, ms)
  if (connection.closed) return
  try {
    last?.()
  } finally {
    connection.dismissed = true
    connection.socket.end()
    do await closed(connection, LINGER)
    while (owes && !connection.closed && connection.incoming.owes)
    connection.socket.destroy()
    await closed(connection, Infinity)
  }
}

/** As it is then: programs replace it. */
const byMath = () => Math.random()

/** A client's answer to a server that asks it to go. */
class Departure {
  #end
  #random
  /** @type {NodeJS.Timeout | null} */
  #timer = null
  #clear = clearTimeout
  /** The connection that is being left. @type {Connection | null} */
  #left = null

  /**
   * @param {(connection: Connection) => Promise<void>} leave Ends it in order.
   * @param {() => number} [random] From 0 to 1, for tests.
   */
  constructor(leave, random = byMath) {
    this.#end = leave
    this.#random = random
  }

  /**
   * Leaves a connection at some time within that given: not all clients at once.
   * @param {Connection} connection
   * @param {number} after Milliseconds.
   */
  begin(connection, after) {
    if (this.#left === connection || connection.ended || connection.destroyed) return
    this.#cancel()
    this.#left = connection
    this.#clear = clearTimeout
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.#end(connection)
    }, this.#random() * after)
  }

  /** Whether a connection is being left, and its turn has come. */
  get isUnderWay() {
    return this.#left !== null && this.#timer === null
  }

  /**
   * The connection is gone.
   * @param {Connection} connection
   * @returns {{ wasAsked: boolean, hasLeft: boolean }} Whether its server had asked for that, and we went in our turn.
   */
  over(connection) {
    const wasAsked = this.#left === connection
    const hasLeft = wasAsked && this.isUnderWay
    this.#cancel()
    return { wasAsked, hasLeft }
  }

  #cancel() {
    const clear = this.#clear
    if (this.#timer !== null) clear(this.#timer)
    this.#timer = null
    this.#left = null
  }
}

module.exports = { Departure, PATIENCE, closed, end }
