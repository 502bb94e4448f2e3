'use strict'

const { kindOf } = require('../cli/exit-codes')
const { tlsJson } = require('../package')

/** @typedef {import('../..').Client} Client */

/** Handshakes under way at a time: more would only wait for each other. */
const AT_ONCE = 50

/** The connections of a load. */
class Fleet {
  /** Those that are logged in. @type {Client[]} */
  clients = []
  /** How many were lost since. */
  lost = 0
  #leaving = false
  #allGone = () => {}
  /** Resolves when none is left. @type {Promise<void>} */
  gone = new Promise(resolve => (this.#allGone = () => resolve()))

  /**
   * @param {import('../..').ClientOptions} options
   * @param {AbortSignal} signal
   */
  constructor(options, signal) {
    this.options = options
    this.signal = signal
  }

  /**
   * @param {number} count
   * @throws what the first one that fails fails with
   */
  async open(count) {
    let begun = 0
    const worker = async () => {
      while (begun < count && !this.signal.aborted) {
        begun += 1
        this.clients.push(await this.#one())
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(count, AT_ONCE) }, worker))
    } catch (err) {
      begun = count
      throw err
    }
    this.signal.throwIfAborted()
  }

  /** @returns {Promise<Client>} */
  async #one() {
    const client = new (tlsJson().Client)(this.options)
    // ready() tells of it, or 'close' does.
    client.on('error', () => {})
    try {
      await client.ready({ signal: this.signal })
    } catch (err) {
      client.disconnect()
      throw err
    }
    client.once('close', () => {
      if (this.#leaving) return
      this.lost += 1
      this.clients = this.clients.filter(each => each !== client)
      if (this.clients.length === 0) this.#allGone()
    })
    return client
  }

  /** Ends all of them. */
  async close() {
    this.#leaving = true
    await Promise.all(
      this.clients.map(client => {
        if (!client.isConnected) return undefined
        const closed = new Promise(resolve => client.once('close', () => resolve(undefined)))
        client.disconnect()
        return closed
      }),
    )
  }
}

/**
 * @param {unknown} err
 * @returns {boolean} whether the connection has gone with it
 */
function isLoss(err) {
  return kindOf(err) === 'lost'
}

module.exports = { Fleet, isLoss }
