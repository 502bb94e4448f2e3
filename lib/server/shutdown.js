'use strict'

// The orderly end of a server: nobody new comes in, what is under way is finished, and clients go one after the other.

const invalid = require('../errors/invalid')
const { leaveLine } = require('../protocol/extensions')
const { optionsOf } = require('../protocol/options')
const { byteCounts, connectionOf } = require('../connection/connection-view')
const { clearInterval, now, setImmediate, setInterval } = require('../host/host')

/** @typedef {import('../connection/connection').Connection} Connection */

/** How often it is looked who may go, in milliseconds. */
const LOOK = 20

/** Milliseconds for those who go by themselves beyond those that they are told, because these begin when they are read. */
const LEEWAY = 1000

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} fallback For undefined.
 * @returns {number}
 */
function time(name, value, fallback) {
  if (value === undefined) return fallback
  if (typeof value === 'number' && value >= 0) return value
  throw invalid.option(name, value, 'a number of milliseconds, 0 or more, or Infinity')
}

/**
 * Whether nothing is under way, as far as it has reached us.
 * @param {Connection} connection
 */
function isIdle({ asked, carrier, id, incoming, owed }) {
  return owed === 0 && asked.waiting === 0 && !incoming.wait && carrier.waiting(id) === 0
}

/** One shutdown of a server. */
class Shutdown {
  #server
  /** When each may be ended, in milliseconds of `now`. @type {Map<Connection, number>} */
  #due = new Map()
  #isListening = () => {
    this.turnsAway = false
  }
  /** Who is still there, of those whose end it is: not who comes when the server listens again. @type {Set<Connection>} */
  #there = new Set()
  #deadline
  /** Whether the time is over, and all were disconnected. */
  #isLate = false
  #cut = 0
  #left = 0
  /** @type {NodeJS.Timeout | null} */
  #timer = null
  /** @type {(outcome: { left: number, cut: number }) => void} */
  #resolve = () => {}

  /**
   * @param {import('./server')} server
   * @param {Shutdown | null} last
   * @param {any} options
   * @returns {Shutdown} The last one, unless it is over and there is something to shut down again; or the server listens.
   */
  static next(server, last, options) {
    const isDue = server.tlsServer.listening || (last?.over && server.sockets.size > 0)
    if (last !== null && !isDue) return last
    const next = new Shutdown(server, options)
    if (last !== null) server.tlsServer.off('listening', last.#isListening)
    return next
  }

  /**
   * @param {import('./server')} server
   * @param {any} options `timeout` and `spread`, in milliseconds.
   * @throws {TypeError} For options of no use.
   */
  constructor(server, options) {
    const given = optionsOf(options)
    const timeout = time('timeout', given.timeout, 30_000)
    const spread = Math.min(time('spread', given.spread, 5000), timeout)
    this.#server = server
    this.#deadline = now() + timeout
    /** Whether all are gone. */
    this.over = false
    /** Whether nobody may come in: until the server listens again, and then for good. */
    this.turnsAway = true
    this.promise = new Promise(resolve => (this.#resolve = resolve))
    server.tlsServer.close()
    server.tlsServer.once('listening', this.#isListening)
    this.#plan(Number.isFinite(spread) ? spread : 0)
    this.#timer = setInterval(() => this.#look(), LOOK)
    this.#finishIfDone()
  }

  /** @param {number} spread */
  #plan(spread) {
    const all = Array.from(this.#server.sockets.values(), connectionOf)
    const connections = all.filter(each => each !== undefined)
    const clients = connections.filter(each => each.loggedIn && !each.closed)
    const began = now()
    const unaware = clients.filter(each => !this.#tellToLeave(each, spread))
    for (const each of clients) this.#due.set(each, began + spread + LEEWAY)
    for (const [at, each] of unaware.entries()) {
      this.#due.set(each, began + (spread * at) / unaware.length)
    }
    for (const each of clients) {
      each.whenIdle = () => this.#endIfIdle(each)
      this.#await(each)
    }
    for (const each of connections) if (!each.loggedIn && !each.closed) this.turnAway(each)
  }

  /**
   * @param {Connection} connection
   * @param {number} after
   * @returns {boolean} Whether it is one that goes by itself when it is told.
   */
  #tellToLeave(connection, after) {
    if (!connection.extensions.has('leave') || connection.leaving || connection.ended) return false
    connection.write(leaveLine(Math.round(after)))
    return true
  }

  /**
   * Somebody has not logged in, and will not.
   * @param {Connection} connection
   */
  turnAway(connection) {
    this.#await(connection)
    // Who has only just come is still being told of.
    setImmediate(() => connection.socket.destroy())
  }

  /** @param {Connection} connection */
  #await(connection) {
    this.#there.add(connection)
    connection.onClosed(() => this.#gone(connection))
  }

  #look() {
    // Who does not take what waits for it is gone a second later: that is not waited for.
    if (this.#isLate) return this.#finish()
    this.#isLate = now() >= this.#deadline
    if (this.#isLate) {
      for (const connection of this.#due.keys()) {
        this.#cut++
        this.#due.delete(connection)
        connection.socket.destroy()
      }
    }
    for (const connection of this.#due.keys()) this.#endIfIdle(connection)
    this.#finishIfDone()
  }

  /**
   * Ends a connection on which nothing is under way, and nothing comes for two turns of the event loop: by then what had
   * reached the system is read.
   * @param {Connection} connection
   */
  #endIfIdle(connection) {
    if (!this.#mayEnd(connection)) return
    const { read } = byteCounts(connection)
    const look = () => {
      if (!this.#mayEnd(connection) || byteCounts(connection).read !== read) return
      connection.dismissed = true
      connection.end()
    }
    setImmediate(() => setImmediate(look))
  }

  /** @param {Connection} connection */
  #mayEnd(connection) {
    const due = this.#due.get(connection)
    return due !== undefined && now() >= due && !connection.ended && isIdle(connection)
  }

  /** @param {Connection} connection */
  #gone(connection) {
    if (this.#due.delete(connection)) this.#left++
    this.#there.delete(connection)
    this.#finishIfDone()
  }

  #finishIfDone() {
    if (this.#there.size === 0) this.#finish()
  }

  #finish() {
    if (this.over) return
    this.over = true
    this.#there.clear()
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#resolve({ left: this.#left, cut: this.#cut })
  }
}

exports.Shutdown = Shutdown
