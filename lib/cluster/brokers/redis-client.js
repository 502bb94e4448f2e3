'use strict'

// The client of Redis: whichever package of it is there, or a client of the user's, of which others are made.

const { option } = require('../../errors/invalid')
const { isMissing } = require('./errors')
const { noClient } = require('./no-client')
const { IOREDIS, NODE_REDIS, overIoredis, overNodeRedis } = require('./redis-connection')

/** @typedef {import('./redis-package').NodeRedisClient} NodeRedisClient */
/** @typedef {import('./ioredis-package').IoredisClient} IoredisClient */
/** @typedef {import('./redis-connection').RedisListener} RedisListener */
/** @typedef {import('./redis-connection').RedisConnection} RedisConnection */

/** Makes a connection that `connect` has not been called of. @typedef {(listener: RedisListener) => RedisConnection} Make */

const PACKAGES = Object.freeze(['redis', 'ioredis'])

/** How long a server may take to accept a connection, in milliseconds. */
const CONNECT_TIMEOUT = 5000

/** Must a client of the package `redis` not do by itself: connect again. */
const SOCKET = Object.freeze({ connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: false })

/**
 * @param {unknown} given
 * @returns {given is NodeRedisClient}
 */
function isNodeRedis(given) {
  const { duplicate, isPubSubActive } = /** @type {Partial<NodeRedisClient>} */ (given)
  return typeof duplicate === 'function' && typeof isPubSubActive === 'boolean'
}

/**
 * @param {unknown} given
 * @returns {given is IoredisClient}
 */
function isIoredis(given) {
  const { duplicate, isCluster, status } = /** @type {Partial<IoredisClient>} */ (given)
  return typeof duplicate === 'function' && typeof status === 'string' && isCluster !== true
}

/**
 * @param {NodeRedisClient} client
 * @returns {Make}
 */
function ofNodeRedis(client) {
  const socket = { ...client.options?.socket, ...SOCKET }
  return listener => overNodeRedis(client.duplicate({ ...NODE_REDIS, socket }), listener)
}

/**
 * @param {IoredisClient} client
 * @returns {Make}
 */
function ofIoredis(client) {
  return listener =>
    overIoredis(client.duplicate({ ...IOREDIS, connectTimeout: CONNECT_TIMEOUT }), listener)
}

/**
 * @param {string | object} given
 * @returns {object}
 */
function withUrl(given) {
  return typeof given === 'string' ? { url: given } : given
}

/**
 * @param {string | object} given
 * @returns {Make}
 */
function nodeRedis(given) {
  const { createClient } = require('redis')
  return ofNodeRedis(createClient({ ...withUrl(given) }))
}

/**
 * @param {string | object} given
 * @returns {Make}
 */
function ioredis(given) {
  const client = require('ioredis')
  // The first versions have it by no other name.
  const Redis = client.Redis ?? client.default
  const { url, ...rest } = /** @type {{ url?: string }} */ (withUrl(given))
  const options = { ...rest, ...IOREDIS, connectTimeout: CONNECT_TIMEOUT }
  // A client that is never connected holds nothing.
  return ofIoredis(url === undefined ? new Redis(options) : new Redis(url, options))
}

/**
 * @param {string | object} given
 * @returns {Make}
 * @throws {Error} TLSJSON_NO_BROKER_CLIENT
 */
function ofEither(given) {
  try {
    return nodeRedis(given)
  } catch (err) {
    if (!isMissing(err, 'redis')) throw err
  }
  return ofThat('ioredis', given)
}

/**
 * @param {string} name of a package
 * @param {string | object} given
 * @returns {Make}
 * @throws {Error} TLSJSON_NO_BROKER_CLIENT
 */
function ofThat(name, given) {
  try {
    return name === 'redis' ? nodeRedis(given) : ioredis(given)
  } catch (err) {
    if (!isMissing(err, name)) throw err
    throw noClient('Redis', PACKAGES, err)
  }
}

/**
 * @param {string | object} given a URL, options for a client, or a client
 * @param {string | undefined} name of the package the user wants
 * @returns {Make}
 * @throws {Error} TLSJSON_NO_BROKER_CLIENT
 */
function redisClient(given, name) {
  if (typeof given === 'object') {
    if (isIoredis(given)) return ofIoredis(given)
    if (isNodeRedis(given)) return ofNodeRedis(given)
  }
  return name === undefined ? ofEither(given) : ofThat(name, given)
}

/**
 * @param {unknown} given the first argument of `redis`
 * @throws {TypeError} for what is of no use
 */
function checkRedis(given) {
  if (typeof given === 'string') return
  if (typeof given !== 'object' || given === null) {
    throw option('redis', given, 'a URL, options for a client, or a client')
  }
  if (!('duplicate' in given) || isIoredis(given) || isNodeRedis(given)) return
  throw option('redis', given, 'a client of one server: any server of a Redis Cluster will do')
}

module.exports = { PACKAGES, checkRedis, redisClient }
