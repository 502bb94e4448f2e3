'use strict'

// Clocks, queues and JSON as they were when the package was loaded. Tests replace the global ones (fake timers), and
// programs replace `JSON.parse`; the engine's own events must come through all the same. What users see as time, the
// time-out of a request and the interval between attempts, stays with the global timers, so that tests can move it.

const { performance } = require('node:perf_hooks')
const timers = require('node:timers')

const { setImmediate, setInterval, setTimeout, clearInterval, clearTimeout } = timers
const { nextTick } = process
const { queueMicrotask } = globalThis
const { parse, stringify } = JSON

/** Milliseconds of a clock that never goes back. */
const now = performance.now.bind(performance)

module.exports = {
  clearInterval,
  clearTimeout,
  nextTick,
  now,
  parse,
  queueMicrotask,
  setImmediate,
  setInterval,
  setTimeout,
  stringify,
}
