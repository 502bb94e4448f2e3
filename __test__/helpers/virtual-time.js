'use strict'

const { Random } = require('./random')

/** @typedef {{ at: number, order: number, callback: (() => void) | null, clock: NodeClock | null }} Timer */

/** Time that goes on only when a test says so. */
class VirtualTime {
  #now = 1000
  #order = 0
  /** What is due, the last first. @type {Timer[]} */
  #timers = []

  /** @param {number} [seed] */
  constructor(seed = 1) {
    this.random = new Random(seed)
  }

  get now() {
    return this.#now
  }

  /**
   * @param {() => void} callback
   * @param {number} ms
   * @param {NodeClock | null} [clock] whose it is
   * @returns {Timer}
   */
  add(callback, ms, clock = null) {
    const timer = { at: this.#now + Math.max(ms, 0), order: this.#order++, callback, clock }
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (/** @type {Timer} */ (this.#timers[middle]).at > timer.at) low = middle + 1
      else high = middle
    }
    this.#timers.splice(low, 0, timer)
    return timer
  }

  /**
   * Lets time go by, and all happen that is due.
   *
   * @param {number} ms
   */
  async run(ms) {
    const end = this.#now + ms
    await settled()
    for (;;) {
      const next = this.#timers.at(-1)
      if (next === undefined || next.at > end) break
      this.#timers.pop()
      this.#now = next.at
      if (next.callback === null) continue
      if (next.clock?.stopped) next.clock.late.push(next)
      else next.callback()
      await settled()
    }
    this.#now = end
  }
}

/** The clock of one node, whose process can be stopped: then nothing happens there until it goes on. */
class NodeClock {
  stopped = false
  /** Timers that were due meanwhile. @type {Timer[]} */
  late = []
  #time

  /** @param {VirtualTime} time */
  constructor(time) {
    this.#time = time
    this.now = () => time.now
    this.date = () => time.now
    this.random = () => time.random.next()
    this.setTimeout = (/** @type {() => void} */ callback, /** @type {number} */ ms) =>
      time.add(callback, ms, this)
    this.setLimit = this.setTimeout
    this.clearTimeout = (/** @type {Timer | null} */ timer) => {
      if (timer !== null) timer.callback = null
    }
    this.clearLimit = this.clearTimeout
  }

  /** It goes on: first with the timers that are late, as Node does. */
  resume() {
    this.stopped = false
    for (const { callback } of this.late.splice(0)) if (callback) this.#time.add(callback, 0, this)
  }
}

/** @returns {Promise<void>} once all promises that can be are settled */
function settled() {
  return new Promise(resolve => setImmediate(resolve))
}

module.exports = { NodeClock, VirtualTime }
