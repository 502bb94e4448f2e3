'use strict'

/**
 * The pairs of a broker and a client of it in which `tls-json/cluster` is tested.
 */

const { nats } = require('../../lib/cluster/brokers/nats')
const { redis } = require('../../lib/cluster/brokers/redis')
const { cleanup } = require('./cleanup')
const { Watch } = require('./events')

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {import('../../types/cluster-broker').Broker} Broker */
/** @typedef {import('./brokers').BrokerProcess} BrokerProcess */

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {import('../../scripts/brokers').BrokerName} server
 * @property {(url: string, options?: { pingInterval?: number, [option: string]: unknown }) => Broker} make
 * @property {(url: string) => Promise<{ client: any, end: () => Promise<unknown> }>} connect a connection as users make it
 * @property {(connection: any, settings?: object) => Broker} use
 */

/** Where a server that hangs is to be noticed: within about this time, in ms. */
const PING_INTERVAL = 300

/** Everywhere else: no client takes a server for dead because the machine of the tests is busy. */
const PATIENT = 60_000

const NATS = Object.freeze({
  pingInterval: PATIENT,
  reconnectTimeWait: 50,
  reconnectJitter: 0,
})

/**
 * @param {'nats' | '@nats-io/transport-node'} name
 * @param {Subject['server']} server
 * @returns {Subject}
 */
function overNats(name, server) {
  return {
    name: `${server} with ${name}`,
    server,
    make: (url, options) => nats({ servers: url, ...NATS, ...options }, { package: name }),
    connect: async url => {
      const client = await require(name).connect({
        servers: url,
        ...NATS,
        maxReconnectAttempts: -1,
      })
      return { client, end: () => client.close() }
    },
    use: connection => nats(connection),
  }
}

/**
 * @param {'redis' | 'ioredis'} name
 * @param {Subject['server']} server
 * @returns {Subject}
 */
function overRedis(name, server) {
  return {
    name: `${server} with ${name}`,
    server,
    make: (url, { pingInterval = PATIENT, ...options } = {}) =>
      redis({ url, ...options }, { package: name, pingInterval }),
    connect: async url => {
      if (name === 'redis') {
        const client = await require('redis')
          .createClient({ url })
          .on('error', () => {})
          .connect()
        return { client, end: async () => client.destroy() }
      }
      const Redis = require('ioredis').default
      const client = new Redis(url).on('error', () => {})
      return { client, end: async () => client.disconnect() }
    },
    use: connection => redis(connection, { pingInterval: PATIENT }),
  }
}

/** @type {Subject[]} */
const subjects = [
  overNats('nats', 'nats-debian'),
  overNats('@nats-io/transport-node', 'nats'),
  overRedis('redis', 'redis'),
  overRedis('ioredis', 'redis'),
]

/** The other pairs, which are tested where there is time. @type {Subject[]} */
const more = [
  overNats('@nats-io/transport-node', 'nats-debian'),
  overNats('nats', 'nats'),
  overRedis('redis', 'valkey'),
  overRedis('ioredis', 'valkey'),
]

/** What a broker tells, kept. */
class Ear extends Watch {
  /** What was heard, in order: the name of the event and its arguments. @type {any[][]} */
  entries = []

  /**
   * @param {TestContext} t
   * @param {Broker} broker closed after the test
   */
  constructor(t, broker) {
    super()
    this.broker = broker
    cleanup(t, () => broker.close())
    /** @type {any} */
    this.events = {}
    for (const name of ['message', 'up', 'down', 'undelivered', 'drain', 'error']) {
      this.events[name] = (/** @type {any[]} */ ...args) => {
        this.entries.push([name, ...args])
        this.changed()
      }
    }
  }

  /**
   * @param {number} [maxBufferedBytes]
   * @returns {Promise<{ maxMessageBytes: number }>}
   */
  open(maxBufferedBytes = 16 * 1024 * 1024) {
    return this.broker.open(this.events, { maxBufferedBytes })
  }

  /**
   * @param {string} name
   * @returns {any[][]} the arguments of each event of that name
   */
  of(name) {
    return this.entries.filter(([given]) => given === name).map(([, ...args]) => args)
  }

  /**
   * @param {string} name
   * @param {number} [count]
   * @returns {Promise<any[][]>}
   */
  async hears(name, count = 1) {
    await this.until(
      () => this.of(name).length >= count,
      () =>
        `'${name}' ${count} times; heard: ${this.entries.map(String).join(' | ').slice(0, 1000)}`,
    )
    return this.of(name)
  }

  /** @returns {string[]} the texts that came */
  get texts() {
    return this.of('message').map(([, text]) => text)
  }
}

/**
 * A broker that is open.
 *
 * @param {TestContext} t
 * @param {Broker} broker
 * @param {string[]} [channels] that it subscribes to
 * @param {number} [maxBufferedBytes]
 * @returns {Promise<Ear>}
 */
async function openBroker(t, broker, channels = [], maxBufferedBytes) {
  const ear = new Ear(t, broker)
  await ear.open(maxBufferedBytes)
  await Promise.all(channels.map(channel => broker.subscribe(channel)))
  return ear
}

module.exports = { Ear, PING_INTERVAL, more, openBroker, subjects }
