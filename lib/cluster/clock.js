'use strict'

// Time as a node has it. A simulation gives another.

const host = require('../host/host')

/** Under this symbol the options of a Cluster may have another clock. */
const kClock = Symbol('clock')

/**
 * @typedef {object} Clock
 * @property {() => number} now Milliseconds of a clock that never goes back.
 * @property {() => number} date Milliseconds as of `Date.now()`.
 * @property {() => number} random From 0 to 1.
 * @property {(callback: () => void, ms: number) => any} setTimeout Holds no process.
 * @property {(timer: any) => void} clearTimeout
 * @property {(callback: () => void, ms: number) => any} setLimit The time limit of a call, which holds the process as a request
 *   of a server does.
 * @property {(timer: any) => void} clearLimit
 */

/** @type {Clock} */
const clock = {
  now: host.now,
  date: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, ms) => host.setTimeout(callback, ms).unref(),
  clearTimeout: timer => host.clearTimeout(timer),
  // The global ones as they are now: tests replace them, to move time.
  setLimit: (callback, ms) => setTimeout(callback, ms),
  clearLimit: timer => clearTimeout(timer),
}

module.exports = { clock, kClock }
