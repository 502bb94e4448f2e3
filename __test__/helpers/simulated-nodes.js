'use strict'

const { Cluster, memoryBroker } = require('../../cluster')
const { kClock } = require('../../lib/cluster/clock')
const { kLink } = require('../../lib/server/link')
const { NodeClock, VirtualTime } = require('./virtual-time')

/** Milliseconds from one node to another. */
const LATENCY = 1

/** What a cluster wants of a server that has so many clients, none of which does anything. */
class SilentLink {
  isTaken = false
  requestTimeout = 10_000
  /** @type {string[]} */
  rooms = []
  /** @type {any} */
  watcher = null

  /** @param {number} size */
  constructor(size) {
    this.size = size
  }

  /** @param {any} watcher */
  watch(watcher) {
    this.watcher = watcher
    this.isTaken = watcher !== null
  }

  count() {
    return this.size
  }

  has() {
    return true
  }

  send() {
    return true
  }

  broadcast() {
    return this.size
  }

  /** A request that nobody answers. */
  request() {
    return new Promise(() => {})
  }
}

/** A broker whose node's process can be stopped: what it is to be told waits until the process goes on. */
class ProcessBroker {
  /** @type {(() => void)[]} */
  #waiting = []
  #broker
  #clock

  /**
   * @param {any} broker
   * @param {NodeClock} clock
   */
  constructor(broker, clock) {
    this.#broker = broker
    this.#clock = clock
    for (const method of ['publish', 'subscribe', 'unsubscribe', 'flush', 'close']) {
      const self = /** @type {any} */ (this)
      self[method] = (/** @type {any[]} */ ...args) => broker[method](...args)
    }
  }

  get bufferedAmount() {
    return this.#broker.bufferedAmount
  }

  /** @param {any} events @param {any} limits */
  open(events, limits) {
    const told = Object.fromEntries(
      Object.keys(events).map(name => [
        name,
        (/** @type {any[]} */ ...args) => {
          if (this.#clock.stopped) this.#waiting.push(() => events[name](...args))
          else events[name](...args)
        },
      ]),
    )
    return this.#broker.open(told, limits)
  }

  /** @param {boolean} lost whether the broker has dropped what waited */
  resume(lost) {
    const waiting = this.#waiting.splice(0)
    if (!lost) for (const tell of waiting) tell()
  }
}

/** One node of a simulated cluster. */
class SimulatedNode {
  #time
  #broker

  /**
   * @param {VirtualTime} time
   * @param {any} hub
   * @param {any} options of the cluster
   * @param {number} clients
   */
  constructor(time, hub, options, clients) {
    this.#time = time
    this.clock = new NodeClock(time)
    this.link = new SilentLink(clients)
    this.connection = hub.connect()
    this.#broker = new ProcessBroker(this.connection, this.clock)
    const server = { [kLink]: () => this.link }
    this.cluster = /** @type {any} */ (
      new Cluster(/** @type {any} */ (server), {
        broker: this.#broker,
        [kClock]: this.clock,
        ...options,
      })
    )
    /** What it was told of others: [time, event, id, reason]. @type {any[][]} */
    this.log = []
    for (const event of ['nodeUp', 'nodeDown']) {
      this.cluster.on(event, (/** @type {any} */ node, /** @type {any} */ reason) =>
        this.log.push([time.now, event, node.id, ...(reason ? [reason] : [])]),
      )
    }
  }

  /** As by SIGSTOP: the broker keeps what is for it. */
  stop() {
    this.clock.stopped = true
  }

  /**
   * As by SIGCONT.
   *
   * @param {{ lost?: boolean }} [options] whether the broker has dropped what was for it
   */
  resume({ lost = false } = {}) {
    this.clock.resume()
    // Behind the timers.
    this.#time.add(() => this.#broker.resume(lost), 0)
  }

  /** As by SIGKILL: the broker sees its connection end. */
  kill() {
    this.stop()
    this.connection.close()
  }
}

/**
 * @param {number} count
 * @param {{ seed?: number, options?: any, clients?: number, loss?: number }} [more]
 * @returns {{ time: VirtualTime, hub: any, nodes: SimulatedNode[], network: { loss: number, loses: (text: string) => boolean } }}
 *   not connected yet: let time go by; `loss` is the part of messages that gets lost, `loses` says which of them do, too
 */
function simulate(count, { seed, options, clients = 0, loss = 0 } = {}) {
  const time = new VirtualTime(seed)
  const network = { loss, loses: (/** @type {string} */ _text) => false }
  const hub = memoryBroker({
    defer: callback => void time.add(callback, LATENCY),
    lose: ({ text }) =>
      (network.loss > 0 && time.random.chance(network.loss)) || network.loses(text),
  })
  const nodes = Array.from(
    { length: count },
    (_, at) => new SimulatedNode(time, hub, { name: `n${at}`, ...options }, clients),
  )
  return { time, hub, nodes, network }
}

module.exports = { SimulatedNode, simulate }
