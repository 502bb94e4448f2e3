'use strict'

// A node's connection to the broker: what may be published now, and what becomes of what may not.

const errors = require('./errors')
const wire = require('./wire')

/** From so many unconfirmed bytes on callers should wait. */
const HIGH_WATER = 1024 * 1024

/** A character becomes at most so many bytes. */
const WIDEST = 3

/**
 * What an uplink tells.
 * @typedef {object} Owner
 * @property {(header: import('./wire').Header, payload: string, channel: string) => void} message
 * @property {() => void} up
 * @property {(error: Error) => void} down
 * @property {(tag: string, channel: string) => void} undelivered
 * @property {() => void} drain
 * @property {(error: any) => void} error
 * @property {(channel: string, cause: unknown) => import('../errors').CodedError} refusal What is told of a channel that the
 *   broker does not let us subscribe to.
 */

/** One node's way to the others. */
class Uplink {
  #broker
  #clock
  #owner
  #stats
  #node
  #limit
  #highWater
  #maxMessageBytes = Infinity
  /** Whether the broker is connected, once it is known. @type {boolean | null} */
  #isConnected = null
  /** What is listened to, once it is open. @type {Set<string>} */
  #channels = new Set()
  /** Without these there is no cluster. @type {ReadonlySet<string>} */
  #essential = new Set()
  /** What the broker does not let us subscribe to, and why. @type {Map<string, import('../errors').CodedError>} */
  #refused = new Map()
  /** Whether the broker takes subscriptions. */
  #subscribes = false
  #isOpen = false
  #closed = false
  #owesDrain = false
  #watches = false
  /** Why it is down. @type {Error | undefined} */
  #cause = undefined

  /**
   * @param {import('./options').Options} options
   * @param {string} node The id of this node.
   * @param {import('./stats').Stats} stats
   * @param {Owner} owner
   */
  constructor({ broker, clock, maxBufferedBytes }, node, stats, owner) {
    this.#broker = broker
    this.#clock = clock
    this.#limit = maxBufferedBytes
    this.#highWater = Math.min(HIGH_WATER, maxBufferedBytes)
    this.#node = node
    this.#stats = stats
    this.#owner = owner
  }

  /** Whether what is published is taken. */
  get up() {
    return this.#isOpen && this.#isConnected === true && !this.#closed
  }

  /** What the broker takes at once. */
  get maxMessageBytes() {
    return this.#broker.maxMessageBytes ?? this.#maxMessageBytes
  }

  get bufferedAmount() {
    return this.#broker.bufferedAmount
  }

  /** Whether callers should wait for 'drain'. */
  get needDrain() {
    return this.up && (this.#owesDrain || this.bufferedAmount >= this.#highWater)
  }

  /**
   * Connects, and listens at what is subscribed to by then.
   * @param {readonly string[]} essential Channels to listen at in any case.
   * @returns {Promise<void>} Rejects where there never can be a connection, or one of these is refused.
   */
  async open(essential) {
    this.#essential = new Set(essential)
    const { maxMessageBytes } = await this.#broker.open(
      {
        message: (channel, text) => this.#message(channel, text),
        up: () => this.#up(),
        down: error => this.#down(error),
        undelivered: (tag, channel) => this.#owner.undelivered(tag, channel),
        drain: () => this.#drained(),
        error: (error, channel) => this.#failed(error, channel),
      },
      { maxBufferedBytes: this.#limit },
    )
    if (this.#closed) return
    this.#maxMessageBytes = maxMessageBytes
    this.#subscribes = true
    await Promise.all([
      ...essential.map(channel => this.#listen(channel)),
      // One room that is refused is no reason to be without the others.
      ...Array.from(this.#channels, channel =>
        this.#listen(channel).catch(error => this.#owner.error(error)),
      ),
    ])
    this.#isOpen = true
    if (this.up) this.#owner.up()
  }

  /**
   * Publishes a message, if it can be now. What cannot be is counted, and not kept.
   * @param {string} channel
   * @param {string} kind
   * @param {object} fields
   * @param {string} [payload]
   * @param {string} [tag] To be told if nobody subscribes to the channel.
   * @returns {import('../errors').CodedError | null} Why it was not.
   */
  publish(channel, kind, fields, payload, tag) {
    return this.publishText([channel], wire.write(this.#node, kind, fields, payload), tag)
  }

  /**
   * @param {readonly string[]} channels
   * @param {string} text
   * @param {string} [tag]
   * @returns {import('../errors').CodedError | null}
   */
  publishText(channels, text, tag) {
    const tooLong = this.tooLong(text)
    if (tooLong !== null) return tooLong
    const dropped = this.#stats.dropped
    if (this.#closed) return errors.closed(false)
    if (!this.up) {
      dropped.down++
      return errors.brokerDown(false, this.#cause)
    }
    let taken = 0
    for (const channel of channels) if (this.#broker.publish(channel, text, tag)) taken++
    // With nothing unconfirmed a broker takes anything, unless it is not connected, and is about to say so.
    if (taken < channels.length && this.bufferedAmount === 0) {
      dropped.down++
      return errors.brokerDown(taken > 0, this.#cause)
    }
    if (taken < channels.length) {
      dropped.full++
      this.#owesDrain = true
      this.#watch()
      return errors.bufferFull('What the broker has not confirmed', taken > 0)
    }
    this.#stats.published.messages++
    this.#stats.published.characters += text.length
    if (this.bufferedAmount >= this.#highWater) this.#watch()
    return null
  }

  /**
   * @param {string} text
   * @returns {import('../errors').CodedError | null} If the broker would not take it.
   */
  tooLong(text) {
    const limit = this.maxMessageBytes
    if (text.length * WIDEST <= limit || Buffer.byteLength(text) <= limit) return null
    this.#stats.dropped.tooLong++
    return errors.messageTooLong(limit, false)
  }

  /**
   * @param {string} channel
   * @returns {Promise<void>} Resolves when everything published from then on arrives.
   */
  async subscribe(channel) {
    this.#channels.add(channel)
    if (this.#subscribes && !this.#closed) await this.#listen(channel)
  }

  /**
   * @param {string} channel
   * @returns {boolean} Whether nothing comes from it, though it is subscribed to.
   */
  isRefused(channel) {
    return this.#refused.has(channel)
  }

  /** @param {string} channel */
  unsubscribe(channel) {
    this.#channels.delete(channel)
    this.#refused.delete(channel)
    if (this.#subscribes && !this.#closed) this.#broker.unsubscribe(channel)
  }

  /** @returns {Promise<void>} Resolves when the broker has what was published. */
  async flush() {
    if (!this.up) throw errors.brokerDown(false, this.#cause)
    try {
      await this.#broker.flush()
    } catch (cause) {
      throw errors.brokerDown(true, cause)
    }
  }

  /**
   * @param {number} ms That what was published has to leave. A broker that hangs holds nobody.
   * @returns {Promise<void>}
   */
  async close(ms) {
    if (this.#closed) return
    this.#closed = true
    /** @type {any} */
    let timer
    const late = new Promise(resolve => {
      timer = this.#clock.setTimeout(() => resolve(undefined), ms)
    })
    await Promise.race([this.#broker.close(), late])
    this.#clock.clearTimeout(timer)
  }

  /**
   * @param {string} channel
   * @returns {Promise<void>}
   */
  async #listen(channel) {
    this.#refused.delete(channel)
    try {
      await this.#broker.subscribe(channel)
    } catch (cause) {
      throw this.#refuse(channel, cause)
    }
    // Where the connection was made anew meanwhile it was told by an event.
    const refused = this.#refused.get(channel)
    if (refused !== undefined) throw refused
  }

  /**
   * @param {string} channel
   * @param {unknown} cause
   * @returns {import('../errors').CodedError}
   */
  #refuse(channel, cause) {
    const error = this.#owner.refusal(channel, cause)
    const isEssential = this.#essential.has(channel)
    if (isEssential || this.#channels.has(channel)) this.#refused.set(channel, error)
    // Why nothing is taken, where it is asked for before it is open.
    if (isEssential) this.#cause = error
    return error
  }

  /**
   * @param {unknown} cause
   * @param {string} [channel] That the broker does not let us subscribe to.
   */
  #failed(cause, channel) {
    if (this.#closed) return
    this.#owner.error(
      channel === undefined ? errors.brokerRefused(cause) : this.#refuse(channel, cause),
    )
  }

  /**
   * @param {string} channel
   * @param {string} text
   */
  #message(channel, text) {
    if (!this.#isOpen || this.#closed) return
    const found = wire.read(text)
    this.#stats.received.messages++
    this.#stats.received.characters += text.length
    if (found === null) this.#stats.malformed++
    else this.#owner.message(found.header, found.payload, channel)
  }

  #up() {
    if (this.#closed) return
    this.#isConnected = true
    this.#cause = undefined
    if (!this.#isOpen) return
    this.#owner.up()
    this.#drained()
  }

  /** @param {Error} error */
  #down(error) {
    if (this.#closed) return
    this.#cause = error
    if (this.#isConnected === false) return
    this.#isConnected = false
    this.#owner.down(error)
  }

  /** Looks again whether there is room once the broker has what it was given. */
  #watch() {
    if (this.#watches) return
    this.#owesDrain = true
    this.#watches = true
    const looked = () => {
      this.#watches = false
      this.#drained()
    }
    // If the connection is lost, 'up' looks.
    this.#broker.flush().then(looked, () => (this.#watches = false))
  }

  #drained() {
    if (!this.#owesDrain || !this.up) return
    if (this.bufferedAmount >= this.#highWater) {
      this.#watch()
      return
    }
    this.#owesDrain = false
    this.#owner.drain()
  }
}

exports.Uplink = Uplink
