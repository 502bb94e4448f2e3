'use strict'

// A broker within the process: for tests of programs that use a cluster, and for those of the cluster itself.

const { setImmediate } = require('../../host/host')

/** What NATS takes unless it is told otherwise. */
const MAX_MESSAGE_BYTES = 1024 * 1024

/** @typedef {import('../../../types/cluster-broker').Broker} Broker */
/** @typedef {import('../../../types/cluster-broker').BrokerEvents} BrokerEvents */
/** @typedef {{ from: MemoryBroker, channel: string, text: string, tag: string | undefined }} Published */

/** One connection to a hub. @implements {Broker} */
class MemoryBroker {
  #hub
  /** @type {BrokerEvents | null} */
  #events = null
  #limit = Infinity
  #bytes = 0
  #owesDrain = false

  /** @param {MemoryHub} hub */
  constructor(hub) {
    this.#hub = hub
    /** @type {Set<string>} */
    this.channels = new Set()
    /** Whether the hub reaches it. */
    this.up = false
  }

  get bufferedAmount() {
    return this.#bytes
  }

  /** @type {Broker['open']} */
  async open(events, { maxBufferedBytes }) {
    this.#events = events
    this.#limit = maxBufferedBytes
    await this.#hub.enter(this)
    return { maxMessageBytes: this.#hub.maxMessageBytes }
  }

  /** @type {Broker['publish']} */
  publish(channel, text, tag) {
    if (!this.up) return false
    const bytes = Buffer.byteLength(text)
    // One that is longer goes alone, as with the real brokers, or it never would.
    if (this.#bytes > 0 && this.#bytes + bytes > this.#limit) {
      this.#owesDrain = true
      return false
    }
    this.#bytes += bytes
    this.#hub.take({ from: this, channel, text, tag }, () => this.#confirmed(bytes))
    return true
  }

  /** @type {Broker['subscribe']} */
  async subscribe(channel) {
    this.channels.add(channel)
    // Lost before that: when it is back it is subscribed to this, too.
    if (this.up) await this.#hub.confirm(this).catch(() => {})
  }

  /** @param {string} channel */
  unsubscribe(channel) {
    this.channels.delete(channel)
  }

  /** @type {Broker['flush']} */
  async flush() {
    if (!this.up) throw new Error('the broker is down')
    await this.#hub.confirm(this)
  }

  async close() {
    if (this.up) await this.#hub.confirm(this).catch(() => {})
    this.#events = null
    this.#hub.leave(this)
  }

  /** @param {number} bytes */
  #confirmed(bytes) {
    this.#bytes -= bytes
    if (this.#bytes > 0 || !this.#owesDrain) return
    this.#owesDrain = false
    if (this.up) this.tell('drain')
  }

  /**
   * For the hub: tells something, if it is still open.
   * @template {Exclude<keyof BrokerEvents, 'error'>} E
   * @param {E} event
   * @param {Parameters<BrokerEvents[E]>} args
   */
  tell(event, ...args) {
    if (this.#events === null) return
    const listener = /** @type {(...args: any[]) => void} */ (this.#events[event])
    listener.apply(this.#events, args)
  }
}

/** What the connections of one process have in common: the broker itself. */
class MemoryHub {
  /** @type {Set<MemoryBroker>} */
  #brokers = new Set()
  /** Who waits to be connected. @type {Map<MemoryBroker, () => void>} */
  #waiting = new Map()
  /** What was taken and is not done. @type {((lost?: Error) => void)[]} */
  #queue = []
  #isDown = false
  #hangs = false
  #scheduled = false
  #defer
  #loses

  /**
   * @param {object} [options]
   * @param {number} [options.maxMessageBytes] What it takes at once.
   * @param {(published: { channel: string, text: string }) => boolean} [options.lose] Whether a message gets lost on its way to one node.
   * @param {(callback: () => void) => void} [options.defer] When messages arrive.
   */
  constructor({ maxMessageBytes = MAX_MESSAGE_BYTES, lose, defer = setImmediate } = {}) {
    this.maxMessageBytes = maxMessageBytes
    this.#loses = lose
    this.#defer = defer
  }

  /** @returns {MemoryBroker} A connection for one Cluster. */
  connect() {
    return new MemoryBroker(this)
  }

  /** The broker is gone: what it had is lost, and nothing more is taken. */
  stop() {
    if (this.#isDown) return
    this.#isDown = true
    const error = new Error('the broker was stopped')
    for (const act of this.#queue.splice(0)) act(error)
    for (const broker of this.#brokers) this.#drop(broker, error)
  }

  /** It is back. */
  start() {
    if (!this.#isDown) return
    this.#isDown = false
    for (const broker of this.#brokers) this.#admit(broker)
  }

  /** It takes everything and does nothing, until `resume`. */
  hang() {
    this.#hangs = true
  }

  resume() {
    this.#hangs = false
    this.#schedule()
  }

  /**
   * For a connection that opens.
   * @param {MemoryBroker} broker
   * @returns {Promise<void>} Once it is connected.
   */
  enter(broker) {
    this.#brokers.add(broker)
    return new Promise(resolve => {
      this.#waiting.set(broker, resolve)
      if (!this.#isDown) this.#defer(() => this.#admit(broker))
    })
  }

  /** @param {MemoryBroker} broker */
  leave(broker) {
    broker.up = false
    this.#brokers.delete(broker)
    this.#waiting.delete(broker)
  }

  /**
   * @param {Published} published
   * @param {() => void} done Called when it is confirmed, or lost.
   */
  take(published, done) {
    this.#queue.push(lost => {
      done()
      if (lost === undefined) this.#deliver(published)
    })
    this.#schedule()
  }

  /**
   * @param {MemoryBroker} broker
   * @returns {Promise<void>} Resolves behind all that was taken before.
   */
  confirm(broker) {
    return new Promise((resolve, reject) => {
      this.#queue.push(lost => {
        if (lost === undefined && broker.up) resolve()
        else reject(lost ?? new Error('the broker is down'))
      })
      this.#schedule()
    })
  }

  /** @param {Published} published */
  #deliver({ from, channel, text, tag }) {
    let count = 0
    for (const broker of this.#brokers) {
      if (broker === from || !broker.up || !broker.channels.has(channel)) continue
      count++
      if (!this.#loses?.({ channel, text })) broker.tell('message', channel, text, tag)
    }
    if (count === 0 && tag !== undefined) from.tell('undelivered', tag, channel)
  }

  /** @param {MemoryBroker} broker */
  #admit(broker) {
    if (this.#isDown || broker.up || !this.#brokers.has(broker)) return
    broker.up = true
    this.#waiting.get(broker)?.()
    this.#waiting.delete(broker)
    broker.tell('up')
  }

  /**
   * @param {MemoryBroker} broker
   * @param {Error} error
   */
  #drop(broker, error) {
    if (!broker.up) return
    broker.up = false
    broker.tell('down', error)
  }

  #schedule() {
    if (this.#scheduled || this.#hangs || this.#queue.length === 0) return
    this.#scheduled = true
    this.#defer(() => {
      this.#scheduled = false
      if (this.#hangs) return
      for (const act of this.#queue.splice(0)) act()
      this.#schedule()
    })
  }
}

/**
 * A broker within the process. Give each Cluster a connection of its own, by `connect()`.
 * @param {ConstructorParameters<typeof MemoryHub>[0]} [options]
 * @returns {MemoryHub}
 */
function memoryBroker(options) {
  return new MemoryHub(options)
}

module.exports = { memoryBroker }
