'use strict'

// Two connections to Redis, one that publishes and one that is subscribed: older servers want that. They live and end
// together.

const { clearInterval, clearTimeout, now, setInterval, setTimeout } = require('../../host/host')

/** @typedef {import('./redis-client').Make} Make */
/** @typedef {import('./redis-connection').RedisConnection} RedisConnection */

/** How long a server may take until it has answered all that it takes to begin, in milliseconds. */
const OPEN_WITHIN = 10_000

/** Channels that are subscribed to in one command. */
const BATCH = 500

/** The connections between two losses. */
class RedisSession {
  /** @type {RedisConnection} */
  #publisher
  /** @type {RedisConnection} */
  #subscriber
  #lost
  #refused
  #pingInterval
  /** Whether they have ended. */
  isOver = false
  /** @type {Set<string>} */
  #channels = new Set()
  /** @type {(error: Error) => void} */
  #reject = () => {}
  /** Rejects when they have ended. @type {Promise<never>} */
  #ended
  /** @type {NodeJS.Timeout | undefined} */
  #timer
  /** When something came last from each. */
  #heard = { publisher: 0, subscriber: 0 }
  /** Whether PUBLISH tells how many subscribe in all. */
  counts = false

  /**
   * @param {Make} make
   * @param {object} owner
   * @param {(channel: string, text: string) => void} owner.message
   * @param {(error: Error) => void} owner.lost called once
   * @param {(channel: string, error: Error) => void} owner.refused called for each channel of `keepTo` that is not allowed,
   *   which is wanted no more then
   * @param {number} pingInterval milliseconds; a connection that is silent for two of them though an answer is due is dead
   */
  constructor(make, { message, lost, refused }, pingInterval) {
    this.#lost = lost
    this.#refused = refused
    this.#pingInterval = pingInterval
    this.#ended = new Promise((_, reject) => (this.#reject = reject))
    // Only `open` waits for it.
    this.#ended.catch(() => {})
    const end = (/** @type {Error} */ error) => this.#end(error)
    this.#publisher = make({ lost: end, message: () => {} })
    this.#subscriber = make({
      lost: end,
      message: (channel, text) => {
        if (this.isOver) return
        this.#heard.subscriber = now()
        message(channel, text)
      },
    })
  }

  /**
   * @param {ReadonlySet<string>} wanted to be subscribed to from the beginning
   * @returns {Promise<void>}
   */
  async open(wanted) {
    const opening = this.#open(wanted)
    // Where they have ended, why is what the first of them has said.
    opening.catch(err => this.#end(err))
    const timer = setTimeout(() => this.#end(new Error('it does not answer')), OPEN_WITHIN)
    try {
      await Promise.race([opening, this.#ended])
    } finally {
      clearTimeout(timer)
    }
    this.#attend()
  }

  /**
   * @param {string} channel
   * @param {string} text
   * @returns {Promise<number>} how many subscribe to it, as far as the server knows
   */
  async publish(channel, text) {
    const count = await this.#publisher.command('PUBLISH', channel, text)
    this.#heard.publisher = now()
    return Number(count)
  }

  /** @returns {Promise<unknown>} when all that was published is confirmed */
  flush() {
    return this.#publisher.ping()
  }

  /**
   * @param {string[]} channels
   * @returns {Promise<Map<string, Error>>} those that the server does not allow, and what it says; rejects if the connection is
   *   lost
   */
  async subscribe(channels) {
    /** @type {Map<string, Error>} */
    const refused = new Map()
    for (const channel of channels) this.#channels.add(channel)
    for (let at = 0; at < channels.length; at += BATCH) {
      const batch = channels.slice(at, at + BATCH)
      await this.#subscriber.subscribe(batch).catch(() => this.#subscribeEach(batch, refused))
    }
    // An end of the connection looks the same.
    if (refused.size > 0) await this.#subscriber.ping()
    for (const channel of refused.keys()) this.#channels.delete(channel)
    return refused
  }

  /**
   * For one of them that is not allowed a server refuses all.
   *
   * @param {string[]} channels
   * @param {Map<string, Error>} refused
   */
  async #subscribeEach(channels, refused) {
    await Promise.all(
      channels.map(channel =>
        this.#subscriber.subscribe([channel]).catch(err => refused.set(channel, err)),
      ),
    )
  }

  /**
   * @param {string} channel
   * @returns {Promise<unknown>}
   */
  unsubscribe(channel) {
    this.#channels.delete(channel)
    return this.#subscriber.unsubscribe(channel)
  }

  /** @returns {Promise<unknown>} when it is subscribed to nothing any more */
  leave() {
    this.#channels.clear()
    return this.#subscriber.unsubscribe()
  }

  /**
   * Subscribes to what is wanted by now, and to nothing else.
   *
   * @param {ReadonlySet<string>} wanted may change meanwhile
   */
  async keepTo(wanted) {
    for (;;) {
      const missing = [...wanted].filter(channel => !this.#channels.has(channel))
      const needless = [...this.#channels].filter(channel => !wanted.has(channel))
      if (missing.length === 0 && needless.length === 0) return
      const gone = needless.map(channel => this.unsubscribe(channel))
      const [refused] = await Promise.all([this.subscribe(missing), ...gone])
      for (const [channel, err] of refused) this.#refused(channel, err)
    }
  }

  /** Ends both at once, and tells nothing. */
  destroy() {
    this.isOver = true
    this.#reject(new Error('it was closed'))
    clearInterval(this.#timer)
    this.#publisher.destroy()
    this.#subscriber.destroy()
  }

  /** @param {ReadonlySet<string>} wanted */
  async #open(wanted) {
    await Promise.all([this.#publisher.connect(), this.#subscriber.connect()])
    // Without a password some clients connect, and everything else is refused.
    await Promise.all([this.#publisher.ping(), this.#subscriber.ping()])
    await this.keepTo(wanted)
    this.counts = await this.#countsAll()
  }

  /**
   * A server of a Redis Cluster knows nothing of those who subscribe at others.
   *
   * @returns {Promise<boolean>}
   */
  async #countsAll() {
    try {
      // As Redis says it, or Valkey.
      return /^(redis|server)_mode:standalone\r?$/m.test(
        String(await this.#publisher.command('INFO', 'server')),
      )
    } catch {
      // Not everybody may ask. Then a count tells nothing.
      return false
    }
  }

  /** Looks from time to time whether the server still answers. */
  #attend() {
    let looked = now()
    this.#heard = { publisher: looked, subscriber: looked }
    this.#timer = setInterval(() => {
      // Then this process was held up, and it tells nothing about the server.
      const late = now() - looked > 1.5 * this.#pingInterval
      looked = now()
      if (late) this.#heard = { publisher: looked, subscriber: looked }
      this.#look('publisher', this.#publisher)
      this.#look('subscriber', this.#subscriber)
    }, this.#pingInterval)
    this.#timer.unref()
  }

  /**
   * @param {'publisher' | 'subscriber'} name
   * @param {RedisConnection} connection
   */
  #look(name, connection) {
    if (this.isOver) return
    if (now() - this.#heard[name] > 2 * this.#pingInterval) {
      this.#end(new Error('it does not answer'))
      return
    }
    const answered = () => (this.#heard[name] = now())
    connection.ping().then(answered, err => this.#end(err))
  }

  /** @param {Error} error */
  #end(error) {
    if (this.isOver) return
    this.#reject(error)
    this.destroy()
    this.#lost(error)
  }
}

module.exports = { RedisSession }
