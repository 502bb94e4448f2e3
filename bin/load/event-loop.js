'use strict'

const { monitorEventLoopDelay } = require('node:perf_hooks')

/** Milliseconds from one look to the next. */
const RESOLUTION = 10

const NANOSECONDS = 1e6

/** How the event loop of this process fares, from now on. */
class EventLoop {
  #delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  #before = performance.eventLoopUtilization()

  constructor() {
    this.#delay.enable()
  }

  /** @returns {{ busy: number, heldUpMs: number }} the share of time in which it was busy; by how much timers were late (p99) */
  stop() {
    this.#delay.disable()
    const { utilization } = performance.eventLoopUtilization(this.#before)
    // It has the times from one look to the next.
    const between = this.#delay.percentile(99) / NANOSECONDS
    return { busy: utilization, heldUpMs: Math.max(0, between - RESOLUTION) }
  }
}

module.exports = { EventLoop }
