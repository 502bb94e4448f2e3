'use strict'

// A broker over Redis or Valkey: publish and subscribe.

const crypto = require('node:crypto')

const { connectUntilThere } = require('./attempts')
const { brokerDown } = require('./errors')
const { milliseconds, packageOf } = require('./options')
const { within } = require('./pause')
const { PACKAGES, checkRedis, redisClient } = require('./redis-client')
const { RedisSession } = require('./redis-session')
const { shield } = require('./shield')
const { decodeTag, encodeTag } = require('./tags')
const { Window } = require('./window')

/** @typedef {import('../../../types/cluster-broker').Broker} Broker */
/** @typedef {import('./redis-package').NodeRedisClient} NodeRedisClient */
/** @typedef {import('./ioredis-package').IoredisClient} IoredisClient */

/** What a message costs beside its text, in bytes: a command, and promises. */
const OVERHEAD = 512

/** How long closing waits for what was published, in milliseconds. */
const CLOSE_WITHIN = 1000

/** How often the server is asked whether it is there, in milliseconds. */
const PING_INTERVAL = 5000

/**
 * The longest message. A server cuts a subscriber for whom more than 32 MB wait, or more than 8 MB for a minute, unless it
 * is configured otherwise.
 */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024

/** @implements {Broker} */
class RedisBroker {
  #given
  #package
  #pingInterval
  /** The connections, while they are up. @type {RedisSession | undefined} */
  #session
  #isOpen = false
  #closing = new AbortController()
  /** @type {Set<string>} */
  #channels = new Set()
  #window = new Window(0, () => {})
  /** Those that are being made. @type {RedisSession | undefined} */
  #opening
  /** @type {Promise<unknown> | undefined} */
  #connecting
  /** @type {ReturnType<typeof shield>} */
  #events = /** @type {any} */ (undefined)
  /** What its own messages begin with: they come back. */
  #mark = crypto.randomBytes(6).toString('base64url')

  /**
   * @param {string | object} given
   * @param {string | undefined} name of the package to use
   * @param {number} pingInterval
   */
  constructor(given, name, pingInterval) {
    this.#given = given
    this.#package = name
    this.#pingInterval = pingInterval
  }

  get bufferedAmount() {
    return this.#window.bytes
  }

  /** @type {Broker['open']} */
  async open(events, { maxBufferedBytes }) {
    const make = redisClient(this.#given, this.#package)
    this.#isOpen = true
    this.#events = shield(events, () => this.#isOpen)
    this.#window = new Window(maxBufferedBytes, () => this.#events.drain())
    await this.#connect(make)
    if (this.#closing.signal.aborted) throw brokerDown()
    return { maxMessageBytes: MAX_MESSAGE_BYTES }
  }

  /** @type {Broker['publish']} */
  publish(channel, text, tag) {
    const session = this.#session
    if (session === undefined || !this.#isOpen) return false
    const framed = `${this.#mark}${tag === undefined ? '' : encodeTag(tag)}\n${text}`
    const cost = Buffer.byteLength(framed) + OVERHEAD
    if (!this.#window.take(cost)) return false
    session.publish(channel, framed).then(
      count => {
        if (session !== this.#session) return
        this.#window.confirm(cost)
        if (count === 0 && tag !== undefined && session.counts) {
          this.#events.undelivered(tag, channel)
        }
      },
      err => {
        // Otherwise it is lost with the connection, and that is told.
        if (session !== this.#session) return
        this.#window.confirm(cost)
        this.#events.error(err)
      },
    )
    return true
  }

  /** @type {Broker['subscribe']} */
  async subscribe(channel) {
    this.#channels.add(channel)
    /** @type {Map<string, Error> | undefined} */
    let refused
    try {
      refused = await this.#session?.subscribe([channel])
    } catch {
      // The connection is lost: 'up' comes after it is subscribed to again.
    }
    const err = refused?.get(channel)
    if (err === undefined) return
    this.#channels.delete(channel)
    throw err
  }

  /** @param {string} channel */
  unsubscribe(channel) {
    this.#channels.delete(channel)
    const session = this.#session
    session?.unsubscribe(channel).catch(err => {
      if (session === this.#session) this.#events.error(err)
    })
  }

  /** @type {Broker['flush']} */
  async flush() {
    const session = this.#session
    if (session === undefined) throw brokerDown()
    try {
      await session.flush()
    } catch (err) {
      throw brokerDown(err)
    }
  }

  async close() {
    if (!this.#isOpen) return
    this.#isOpen = false
    if (this.#session) {
      await within(Promise.all([this.flush(), this.#session.leave()]), CLOSE_WITHIN)
    }
    this.#closing.abort()
    this.#opening?.destroy()
    this.#session?.destroy()
    this.#session = undefined
    this.#window.clear()
    await this.#connecting
  }

  /** @param {import('./redis-client').Make} make */
  #connect(make) {
    const { signal } = this.#closing
    this.#connecting = connectUntilThere(
      () => this.#begin(make),
      err => this.#events.down(err),
      signal,
    )
    return this.#connecting
  }

  /**
   * @param {import('./redis-client').Make} make
   * @returns {Promise<void>}
   */
  async #begin(make) {
    const session = new RedisSession(
      make,
      {
        message: (channel, text) => this.#received(channel, text),
        lost: err => this.#lost(make, session, err),
        refused: (channel, err) => {
          this.#channels.delete(channel)
          this.#events.error(err, channel)
        },
      },
      this.#pingInterval,
    )
    this.#opening = session
    await session.open(this.#channels)
    await session.keepTo(this.#channels)
    // Lost in this very moment.
    if (session.isOver) throw new Error('it has ended')
    this.#opening = undefined
    this.#session = session
    this.#events.up()
    this.#window.reopen()
  }

  /**
   * @param {import('./redis-client').Make} make
   * @param {RedisSession} session
   * @param {Error} err
   */
  #lost(make, session, err) {
    if (session !== this.#session) return
    this.#session = undefined
    this.#window.clear()
    this.#events.down(brokerDown(err))
    if (this.#isOpen) this.#connect(make)
  }

  /**
   * @param {string} channel
   * @param {string} framed
   */
  #received(channel, framed) {
    if (framed.startsWith(this.#mark) || !this.#channels.has(channel)) return
    const at = framed.indexOf('\n')
    // Somebody else publishes here.
    if (at < this.#mark.length) return
    const tag =
      at === this.#mark.length ? undefined : decodeTag(framed.slice(this.#mark.length, at))
    this.#events.message(channel, framed.slice(at + 1), tag)
  }
}

/**
 * A broker over Redis or Valkey.
 *
 * @param {string | object} [given] a URL, options for a client, or a client of yours, whose options are taken
 * @param {{ package?: 'redis' | 'ioredis', pingInterval?: number }} [settings]
 * @returns {Broker}
 */
function redis(given = {}, settings = {}) {
  checkRedis(given)
  const name = packageOf(settings, PACKAGES)
  return new RedisBroker(
    given,
    name,
    milliseconds('pingInterval', settings.pingInterval, PING_INTERVAL),
  )
}

module.exports = { redis }
