'use strict'

// Clocks, queues, JSON and the like as they were when the package was loaded. Tests replace the global ones (fake timers), and
// programs replace `JSON.parse`; the engine's own events must come through all the same. What users see as time, the
// time-out of a request and the interval between attempts, stays with the global timers, so that tests can move it.
//
// Where they were replaced before the package was loaded, the real ones are looked for.

const { readFileSync } = require('node:fs')
const timers = require('node:timers')

const { parse, stringify } = JSON

/** Other runtimes' timers look otherwise. */
const { bun, deno } = /** @type {Record<string, string | undefined>} */ (process.versions)
const isNode = bun === undefined && deno === undefined

/**
 * The function of that name, or what a mocked clock has put aside for it. Jest's, Vitest's and sinon's are of one kind:
 * each fake leads to its clock, which keeps what it stands in for. One may have been put over another.
 * @template {object} T
 * @template {keyof T & string} K
 * @param {T} holder
 * @param {K} name
 * @returns {T[K]}
 */
function beneath(holder, name) {
  /** @type {any} */
  let found = holder[name]
  for (;;) {
    const clock = Object.hasOwn(found, 'clock') ? found.clock : undefined
    const before = clock?.[`_${name}`]
    if (typeof before !== 'function' || before === found) return found
    found = before
  }
}

/**
 * A pair of functions, one of which starts what the other clears: Node's own, if what is started looks as theirs does.
 * The clock of node:test does not say what it stands in for.
 * @template {'setTimeout' | 'setInterval' | 'setImmediate'} S
 * @template {'clearTimeout' | 'clearInterval' | 'clearImmediate'} C
 * @param {S} set
 * @param {C} clear
 * @param {string} mark A property that only Node's have.
 * @returns {[(typeof timers)[S], (typeof timers)[C]]}
 */
function pair(set, clear, mark) {
  /** @type {any} */
  const [start, stop] = [beneath(timers, set), beneath(timers, clear)]
  const started = start(() => {}, 1)
  stop(started)
  if (mark in Object(started) || !isNode) return [start, stop]
  // Loaded only here, for it needs Node's `net` and `worker_threads`.
  const socketTimers = require('./socket-timers')
  /** @type {any} */
  const own = [socketTimers[set], socketTimers[clear]]
  return own
}

const [setTimeout, clearTimeout] = pair('setTimeout', 'clearTimeout', '_idleTimeout')
const [setInterval, clearInterval] = pair('setInterval', 'clearInterval', '_idleTimeout')
const [setImmediate] = pair('setImmediate', 'clearImmediate', '_onImmediate')

const nextTick = beneath(process, 'nextTick')

const settled = Promise.resolve()
const { then } = Promise.prototype

/**
 * Calls something when the promise continuations that wait now have run. Without the resource that Node's own function
 * makes for each.
 * @param {() => void} callback Throws nothing.
 */
function queueMicrotask(callback) {
  then.call(settled, callback)
}

/** Node reads the variable when the process starts; a later change must not widen the trust. */
const extraCertificates = process.env.NODE_EXTRA_CA_CERTS

const hrtime = beneath(process, 'hrtime')

/**
 * The time of a clock that never goes back, in milliseconds: that by which Node's timers go. `performance.now()` would cost
 * the same, and `node:perf_hooks` half a millisecond to load.
 * @returns {number}
 */
function now() {
  const time = hrtime()
  return time[0] * 1e3 + time[1] / 1e6
}

module.exports = {
  clearInterval,
  clearTimeout,
  extraCertificates,
  nextTick,
  now,
  parse,
  queueMicrotask,
  readFileSync,
  setImmediate,
  setInterval,
  setTimeout,
  stringify,
}
