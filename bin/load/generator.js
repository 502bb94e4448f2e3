'use strict'

const { isLoss } = require('./fleet')

/** @typedef {import('../..').Client} Client */
/** @typedef {import('./fleet').Fleet} Fleet */
/** @typedef {import('./recorder').Recorder} Recorder */

/**
 * Milliseconds before something is due from which on the event loop is not left to sleep: timers have a resolution of one,
 * and are late.
 */
const SPIN = 2

/** So many are begun in one turn of the event loop: answers must have theirs. */
const AT_ONCE = 64

/** What a message that was not sent back in time counts as. */
const NO_ECHO = 'NO_ECHO'

/**
 * @param {number} size bytes of a message as JSON
 * @param {any} [data] what is sent instead
 * @returns {(number: number) => any}
 */
function payloads(size, data) {
  if (data !== undefined) return () => data
  const pad = 'x'.repeat(Math.max(0, size - JSON.stringify({ load: 100_000, pad: '' }).length))
  return number => ({ load: number, pad })
}

/** Loads a server through connections that are open. */
class Generator {
  #isStopped = false
  #number = 0
  #pending = 0
  /** Called when nothing is under way any more. */
  #idle = () => {}
  /** Messages that are to come back, by their number. @type {Map<number, { client: Client, settle: (error?: Error) => void }>} */
  #outward = new Map()

  /**
   * @param {Fleet} fleet
   * @param {Recorder} recorder
   * @param {object} what
   * @param {'request' | 'message'} what.mode
   * @param {boolean} what.echo whether messages come back, and are waited for
   * @param {(number: number) => any} what.payload
   */
  constructor(fleet, recorder, { mode, echo, payload }) {
    this.fleet = fleet
    this.recorder = recorder
    this.payload = payload
    this.isOneWay = mode === 'message' && !echo
    /** @type {(client: Client, number: number) => Promise<unknown>} */
    this.exchange =
      mode === 'request'
        ? (client, number) => client.request(payload(number))
        : (client, number) => this.#echo(client, number)
    if (mode === 'message' && echo) for (const client of fleet.clients) this.#listen(client)
  }

  /** @param {Client} client */
  #listen(client) {
    client.on('message', message => this.#outward.get(message?.load)?.settle())
    client.once('close', () => {
      for (const { client: of, settle } of this.#outward.values()) {
        if (of === client) settle(Object.assign(new Error(), { code: 'TLSJSON_CONNECTION_LOST' }))
      }
    })
  }

  /**
   * @param {Client} client
   * @param {number} number
   * @returns {Promise<void>} when the message is back
   */
  #echo(client, number) {
    return new Promise((resolve, reject) => {
      const settle = (/** @type {Error | undefined} */ error) => {
        this.#outward.delete(number)
        if (error === undefined) resolve()
        else reject(error)
      }
      this.#outward.set(number, { client, settle })
      client.send(this.payload(number))
    })
  }

  /** Each connection has so much under way, always. @param {number} inFlight */
  runClosedLoop(inFlight) {
    for (const client of this.fleet.clients) {
      if (this.isOneWay) void this.#pour(client)
      else for (let at = 0; at < inFlight; at++) void this.#repeat(client)
    }
  }

  /** @param {Client} client */
  async #repeat(client) {
    while (!this.#isStopped && (await this.#measure(client)));
  }

  /** Messages, as fast as they are taken. @param {Client} client */
  async #pour(client) {
    while (!this.#isStopped && client.isAuthenticated) {
      for (let at = 0; at < AT_ONCE && !client.needDrain; at++) this.#send(client)
      if (client.needDrain) {
        await new Promise(resolve => {
          const go = () => resolve(undefined)
          client.once('drain', go).once('close', go)
        })
      } else await new Promise(resolve => setImmediate(resolve))
    }
  }

  /**
   * So many a second over all connections in turn, each when it is due, whatever became of those before.
   *
   * @param {number} perSecond
   */
  runConstantRate(perSecond) {
    const step = 1000 / perSecond
    const started = performance.now()
    let next = 0
    const turn = () => {
      for (let begun = 0; begun < AT_ONCE; begun++) {
        const { clients } = this.fleet
        const client = clients[next % clients.length]
        if (this.#isStopped || client === undefined) return
        const due = started + next * step
        const now = performance.now()
        if (due - now > SPIN) return void setTimeout(turn, due - now - SPIN)
        if (due > now) break
        next += 1
        this.recorder.late(now - due)
        if (this.isOneWay) this.#send(client)
        else void this.#measure(client, due, now)
      }
      setImmediate(turn)
    }
    turn()
  }

  /**
   * @param {Client} client
   * @param {number} [due] the time counts from then on
   * @param {number} [now]
   * @returns {Promise<boolean>} whether the connection is still there
   */
  async #measure(client, due = performance.now(), now = due) {
    this.#pending += 1
    try {
      await this.exchange(client, (this.#number += 1))
      this.recorder.succeeded(due, now, performance.now())
      return true
    } catch (err) {
      this.recorder.failed(now, /** @type {{ code?: string }} */ (err).code ?? String(err))
      return !isLoss(err)
    } finally {
      this.#pending -= 1
      if (this.#pending === 0) this.#idle()
    }
  }

  /** @param {Client} client */
  #send(client) {
    const number = (this.#number += 1)
    if (client.isAuthenticated) {
      client.send(this.payload(number))
      this.recorder.sent()
    } else this.recorder.failed(performance.now(), 'TLSJSON_NOT_CONNECTED')
  }

  /**
   * Begins nothing more, and waits for what is under way.
   *
   * @param {number} timeout milliseconds for messages to come back; requests have one of their own
   * @returns {Promise<void>}
   */
  async stop(timeout) {
    this.#isStopped = true
    if (this.#pending === 0) return
    const late = setTimeout(() => {
      for (const { settle } of this.#outward.values()) {
        settle(Object.assign(new Error(), { code: NO_ECHO }))
      }
    }, timeout)
    await new Promise(resolve => (this.#idle = () => resolve(undefined)))
    clearTimeout(late)
  }
}

module.exports = { Generator, payloads }
