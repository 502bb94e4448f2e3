'use strict'

const fs = require('node:fs')
const { performance, monitorEventLoopDelay } = require('node:perf_hooks')
const v8 = require('node:v8')
const vm = require('node:vm')

/**
 * @typedef {object} Usage what this process spent
 * @property {number} cpu microseconds, user and system, of all threads
 * @property {number} thread microseconds of processor time of the JavaScript thread alone
 * @property {number} utilisation of the event loop, between 0 and 1
 * @property {number} stall milliseconds, the longest turn of the event loop; 0 unless it was watched
 * @property {number} late milliseconds that 99 of 100 turns did not exceed; 0 unless it was watched
 * @property {number} rss bytes, at the end
 */

/** How often a watched event loop is looked at, in milliseconds. */
const RESOLUTION = 1

/**
 * Linux tells the processor time of each thread in nanoseconds, other systems of the process only; there the time that
 * the event loop was not idle stands in, which is more where others share the processor.
 *
 * @returns {number | undefined} microseconds since the thread began
 */
function threadTime() {
  try {
    const text = fs.readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8')
    return Number(text.split(' ')[0]) / 1000
  } catch {
    return undefined
  }
}

/** Measures this process from one `begin` to the next. */
class Meter {
  /** @param {boolean} watchStalls whether to look at the event loop all the time, which costs a little */
  constructor(watchStalls) {
    this.histogram = watchStalls ? monitorEventLoopDelay({ resolution: RESOLUTION }) : undefined
    this.histogram?.enable()
    this.begin()
  }

  begin() {
    this.cpu = process.cpuUsage()
    this.loop = performance.eventLoopUtilization()
    this.thread = threadTime()
    this.histogram?.reset()
  }

  /** @returns {Usage} since `begin` */
  read() {
    const { user, system } = process.cpuUsage(this.cpu)
    const { utilization, active } = performance.eventLoopUtilization(this.loop)
    const now = threadTime()
    const thread =
      now === undefined || this.thread === undefined ? active * 1000 : now - this.thread
    return {
      cpu: user + system,
      thread,
      utilisation: utilization,
      stall: (this.histogram?.max ?? 0) / 1e6,
      late: (this.histogram?.percentile(99) ?? 0) / 1e6,
      rss: process.memoryUsage.rss(),
    }
  }
}

/** @type {(() => void) | undefined} */
let collect

/**
 * @returns {number} bytes of resident memory once garbage is collected
 */
function settledMemory() {
  if (collect === undefined) {
    v8.setFlagsFromString('--expose-gc')
    collect = vm.runInNewContext('gc')
  }
  // Weak callbacks and finalizers of one collection free what the next one finds.
  for (let i = 0; i < 3; i++) /** @type {() => void} */ (collect)()
  return process.memoryUsage.rss()
}

/** @returns {number} threads of this process; 0 where the system does not tell */
function threadCount() {
  try {
    return fs.readdirSync('/proc/self/task').length
  } catch {
    return 0
  }
}

module.exports = { Meter, settledMemory, threadCount }
