'use strict'

// One connection to Redis, over either client. Both are told to do as little as possible by themselves: not to connect again,
// not to keep commands for later, not to send anything twice. What is lost is lost, and told.

/** @typedef {import('./redis-package').NodeRedisClient} NodeRedisClient */
/** @typedef {import('./ioredis-package').IoredisClient} IoredisClient */

/**
 * @typedef {object} RedisListener
 * @property {(error: Error) => void} lost the connection has ended, or cannot be made. May be told more than once.
 * @property {(channel: string, text: string) => void} message
 */

/**
 * @typedef {object} RedisConnection
 * @property {() => Promise<unknown>} connect
 * @property {(...args: string[]) => Promise<unknown>} command
 * @property {() => Promise<unknown>} ping also allowed where it is subscribed to something
 * @property {(channels: string[]) => Promise<unknown>} subscribe
 * @property {(...channels: string[]) => Promise<unknown>} unsubscribe without any, from all
 * @property {() => void} destroy ends it at once
 */

/** What a client of the package `redis` is told. */
const NODE_REDIS = Object.freeze({
  disableOfflineQueue: true,
  // It would make a timer for every message.
  commandOptions: Object.freeze({ timeout: undefined }),
  commandsQueueMaxLength: undefined,
  pingInterval: undefined,
  // What is for keys is not for channels.
  keyPrefix: undefined,
  clientSideCache: undefined,
  emitInvalidate: undefined,
})

/** What a client of the package `ioredis` is told. */
const IOREDIS = Object.freeze({
  lazyConnect: true,
  retryStrategy: null,
  reconnectOnError: null,
  enableOfflineQueue: false,
  // By default it publishes once more what it has no answer to.
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  enableAutoPipelining: false,
  commandTimeout: undefined,
  keyPrefix: '',
  monitor: false,
})

/** What a client of `ioredis` calls itself when its connection has ended. */
const ENDED = Object.freeze(['close', 'end'])

/**
 * @param {NodeRedisClient} client not connected
 * @param {RedisListener} listener
 * @returns {RedisConnection}
 */
function overNodeRedis(client, listener) {
  client.on('error', listener.lost)
  // The same for all channels: with another one a second subscription would bring everything twice.
  const heard = (/** @type {string} */ text, /** @type {string} */ channel) =>
    listener.message(channel, text)
  const inTurns = alternately()
  return {
    connect: () => client.connect(),
    command: (...args) => client.sendCommand(args),
    ping: () => client.sendCommand(['PING']),
    subscribe: channels => inTurns('subscribe', () => client.subscribe(channels, heard)),
    unsubscribe: (...channels) => inTurns('unsubscribe', () => client.unsubscribe(...channels)),
    destroy: () => {
      // Version 5 throws for a client that has ended.
      if (client.isOpen) client.destroy()
    },
  }
}

/**
 * Has each kind of command wait for the answers to those of the other kind before it. A client of the package `redis` forgets
 * who listens to a channel when the server has confirmed that it is left: who has subscribed since is forgotten, too.
 *
 * @returns {<T>(kind: 'subscribe' | 'unsubscribe', send: () => Promise<T>) => Promise<T>}
 */
function alternately() {
  /** @type {string | undefined} */
  let current
  /** @type {Promise<unknown>} */
  let before = Promise.resolve()
  /** @type {Promise<unknown>} */
  let underWay = before
  return (kind, send) => {
    if (kind !== current) before = underWay
    current = kind
    const done = before.then(send)
    underWay = Promise.allSettled([underWay, done])
    return done
  }
}

/**
 * @param {IoredisClient} client not connected
 * @param {RedisListener} listener
 * @returns {RedisConnection}
 */
function overIoredis(client, listener) {
  client.on('error', listener.lost)
  client.on('end', () => listener.lost(new Error('the connection has ended')))
  client.on('message', listener.message)
  return {
    connect: () => client.connect(),
    command: (name = '', ...args) => client.call(name, ...args),
    ping: () => client.ping(),
    subscribe: channels => client.subscribe(...channels),
    unsubscribe: (...channels) => client.unsubscribe(...channels),
    destroy: () => {
      // It would start a timer that waits for the end once more.
      if (ENDED.includes(client.status)) return
      client.disconnect()
      // It only ends its half, and a server that hangs never ends the other.
      client.stream?.destroy()
    },
  }
}

module.exports = { IOREDIS, NODE_REDIS, overIoredis, overNodeRedis }
