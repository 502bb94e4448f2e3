'use strict'

const invalid = require('./invalid')
const { clock, kClock } = require('./clock')
const { option } = require('../errors/invalid')
const { parse, stringify } = require('../host/host')
const { LONGEST_TIMER } = require('../protocol/options')
const { NAME, PREFIX } = require('./names')

/** The longest `info`, in characters of JSON: every node gets it with every beat. */
const LONGEST_INFO = 1024

/** What a Cluster can be told, and what it takes where it is not. */
const defaults = Object.freeze({
  name: 'node',
  prefix: 'tls-json',
  heartbeatInterval: 2000,
  heartbeatTimeout: 10_000,
  maxBufferedBytes: 16 * 1024 * 1024,
  maxRequests: 65_536,
})

/** What a broker has to be able to. */
const METHODS = Object.freeze(['open', 'publish', 'subscribe', 'unsubscribe', 'flush', 'close'])

/** Those that a Cluster has. @type {WeakSet<object>} */
const taken = new WeakSet()

/**
 * @typedef {object} Options
 * @property {import('../../types/cluster-broker').Broker} broker
 * @property {string} name
 * @property {string} prefix
 * @property {number} heartbeatInterval
 * @property {number} heartbeatTimeout
 * @property {number} maxBufferedBytes
 * @property {number} maxRequests
 * @property {unknown} info What JSON makes of it.
 * @property {((client: any) => unknown) | undefined} describe
 * @property {import('./clock').Clock} clock
 */

/**
 * @param {string} name
 * @param {unknown} value
 * @param {RegExp} form
 * @param {string} wanted
 * @returns {string}
 */
function word(name, value, form, wanted) {
  if (typeof value === 'string' && form.test(value)) return value
  throw option(name, value, wanted)
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 * @param {string} wanted
 * @returns {number}
 */
function number(name, value, least, most, wanted) {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw option(name, value, wanted)
}

/**
 * @param {any} given
 * @returns {import('../../types/cluster-broker').Broker}
 */
function brokerOf({ broker }) {
  const isOne =
    typeof broker === 'object' &&
    broker !== null &&
    METHODS.every(method => typeof broker[method] === 'function')
  if (!isOne || taken.has(broker)) throw invalid.broker(broker)
  taken.add(broker)
  return broker
}

/**
 * @param {unknown} info
 * @returns {unknown} As the others will have it.
 */
function infoOf(info) {
  if (info === undefined) return undefined
  const text = stringify(info)
  if (typeof text === 'string' && text.length <= LONGEST_INFO) return parse(text)
  throw option('info', info, `what JSON can say in ${LONGEST_INFO} characters`)
}

/**
 * @param {any} given
 * @returns {Options}
 * @throws {TypeError} For what is of no use.
 */
function optionsOf(given) {
  if (typeof given !== 'object' || given === null) throw invalid.options(given)
  /** @type {Record<string, any>} */
  const all = { ...defaults, info: undefined, describe: undefined }
  for (const key of Object.keys(all)) {
    if (given[key] !== undefined) all[key] = given[key]
  }
  const { describe } = all
  if (describe !== undefined && typeof describe !== 'function') {
    throw option('describe', describe, 'a function')
  }
  const interval = number(
    'heartbeatInterval',
    all.heartbeatInterval,
    1,
    LONGEST_TIMER / 1000,
    'a number of milliseconds, 1 or more',
  )
  return {
    name: word('name', all.name, NAME, '1 to 64 letters, digits, - and _'),
    prefix: word('prefix', all.prefix, PREFIX, 'letters, digits, - and _, in parts joined by dots'),
    heartbeatInterval: interval,
    heartbeatTimeout: number(
      'heartbeatTimeout',
      all.heartbeatTimeout,
      2 * interval,
      LONGEST_TIMER,
      'a number of milliseconds, twice heartbeatInterval or more',
    ),
    maxBufferedBytes: number(
      'maxBufferedBytes',
      all.maxBufferedBytes,
      1,
      Infinity,
      'a number of bytes, 1 or more',
    ),
    maxRequests: number('maxRequests', all.maxRequests, 1, Infinity, 'a number, 1 or more'),
    info: infoOf(all.info),
    describe,
    clock: given[kClock] ?? clock,
    // Last, for it is taken by that.
    broker: brokerOf(given),
  }
}

module.exports = { LONGEST_INFO, defaults, optionsOf }
