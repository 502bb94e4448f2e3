'use strict'

// Requests that get no answer: lost with their connection, or given up. What a request costs that gets one is in
// outbox.js and dispatch.js. The floor is a promise for each, made and rejected.

const { FIRST } = require('../lib/payload')
const { Bench } = require('./fake-engine')

/** @typedef {import('./measure').Case} Case */

/** Milliseconds over which time-outs are spread. */
const SPREAD = 100

/** @returns {Promise<never>} */
function rejected() {
  return new Promise((_, reject) => reject(new Error('connection lost')))
}

/**
 * @param {number} count
 * @returns {() => Promise<number>} rejects so many promises; says how many
 */
function rejecter(count) {
  return async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: count }, rejected))
    return outcomes.filter(({ status }) => status === 'rejected').length
  }
}

/**
 * @param {Promise<any>[]} pending
 * @param {string} code
 * @returns {Promise<number>} how many were rejected with it
 */
async function rejectedWith(pending, code) {
  const outcomes = await Promise.allSettled(pending)
  return outcomes.filter(outcome => outcome.status === 'rejected' && outcome.reason.code === code)
    .length
}

/**
 * Requests to connections that are lost one after the other.
 * @param {string} name
 * @param {number} count
 * @param {number} connections
 * @returns {Case}
 */
function lost(name, count, connections) {
  const bench = new Bench(connections)
  const { server } = bench
  /** @type {Promise<any>[]} */
  let pending = []
  /** @type {Set<import('../../lib/connection/connection').Connection>} */
  let asked = new Set()
  return {
    name,
    messages: count,
    prepare() {
      // In turn, so that those of one connection are not together.
      const ask = (/** @type {number} */ at) => server.request(at % connections, { seq: FIRST })
      pending = Array.from({ length: count }, (_, at) => ask(at))
      asked = new Set([...server.requests.requests.values()].map(({ connection }) => connection))
    },
    floor: rejecter(count),
    whole() {
      for (const connection of asked) server.requests.cancel(connection)
      return rejectedWith(pending, 'TLSJSON_CONNECTION_LOST')
    },
    close: () => bench.close(),
  }
}

/**
 * Requests whose times are over one after the other. All that they cost is counted, that they are made, too.
 * @param {string} name
 * @param {number} count
 * @param {number} beside So many others wait all the time.
 * @returns {Case}
 */
function timedOut(name, count, beside) {
  const bench = new Bench(1)
  const { server } = bench
  const ask = () => server.request(0, { seq: FIRST })
  server.requests.requestTimeout = 1e9
  for (let at = 0; at < beside; at++) ask().catch(() => {})
  return {
    name,
    messages: count,
    waits: true,
    floor: rejecter(count),
    whole() {
      const pending = Array.from({ length: count }, (_, at) => {
        server.requests.requestTimeout = 1 + Math.floor((at * SPREAD) / count)
        return ask()
      })
      return rejectedWith(pending, 'TLSJSON_REQUEST_TIMEOUT')
    },
    close: () => bench.close(),
  }
}

/** Each makes one case. @type {Record<string, (name: string) => Case>} */
module.exports = {
  'requests lost, 50 connections': name => lost(name, 6000, 50),
  'requests lost, 3,000 connections': name => lost(name, 6000, 3000),
  'requests given up': name => timedOut(name, 300, 0),
  'requests given up, 20,000 wait': name => timedOut(name, 300, 20_000),
}
