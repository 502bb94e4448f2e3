'use strict'

const { createHistogram } = require('node:perf_hooks')

/** @typedef {import('node:perf_hooks').RecordableHistogram} Histogram */

/** A histogram of HDR: three digits of every value, from a nanosecond to an hour. */
const RANGE = Object.freeze({ lowest: 1, highest: 3_600_000_000_000, figures: 3 })

const NANOSECONDS = 1e6

/** Milliseconds from one row of the table over time to the next. */
const INTERVAL = 1000

/**
 * @typedef {object} Latency All in milliseconds
 * @property {number} mean
 * @property {number} min
 * @property {number} max
 * @property {(at: number) => number} percentile
 */

/**
 * @typedef {object} Row One interval
 * @property {number} at seconds from the beginning to its end
 * @property {number} rate per second
 * @property {number} errors
 * @property {number | null} p50 milliseconds
 * @property {number | null} p99
 * @property {number | null} max
 */

/**
 * @typedef {object} Results
 * @property {number} seconds
 * @property {number} count what succeeded in that time
 * @property {number} rate of it, per second
 * @property {number} errors
 * @property {Record<string, number>} codes of the errors
 * @property {Latency | undefined} latency undefined where none was measured
 * @property {Latency | undefined} lateness of the generator itself, where it had a rate to keep
 * @property {Row[]} rows
 */

/**
 * @param {Histogram} histogram
 * @returns {Latency | undefined}
 */
function latencyOf(histogram) {
  if (histogram.count === 0) return undefined
  return {
    mean: histogram.mean / NANOSECONDS,
    min: histogram.min / NANOSECONDS,
    max: histogram.max / NANOSECONDS,
    percentile: at => histogram.percentile(at) / NANOSECONDS,
  }
}

/** @returns {Histogram} */
function newHistogram() {
  return createHistogram({ ...RANGE })
}

/** What is measured, in total and by seconds. Nothing counts before `start`. */
class Recorder {
  #total = newHistogram()
  #recent = newHistogram()
  #late = newHistogram()
  /** @type {Map<string, number>} */
  #codes = new Map()
  /** @type {Row[]} */
  #rows = []
  #started = Infinity
  #stopped = Infinity
  #rowBegan = 0
  #count = 0
  #countBefore = 0
  #errors = 0
  #errorsBefore = 0

  start() {
    this.#started = this.#rowBegan = performance.now()
  }

  stop() {
    this.#endRow(performance.now())
    this.#stopped = performance.now()
  }

  get isRunning() {
    return this.#started !== Infinity && this.#stopped === Infinity
  }

  /**
   * What was under way at the beginning belongs to the warm-up; what is still at the end has been waited for.
   *
   * @param {number} began as of `performance.now()`
   * @returns {boolean} whether it counts
   */
  #counts(began) {
    return began >= this.#started && began <= this.#stopped
  }

  /**
   * @param {number} due from when on its time counts
   * @param {number} began
   * @param {number} now
   */
  succeeded(due, began, now) {
    if (!this.#counts(began)) return
    this.#recent.record(Math.max(1, Math.round((now - due) * NANOSECONDS)))
    if (this.#stopped === Infinity) this.#count += 1
  }

  /** A message of whose way nothing is known. */
  sent() {
    if (this.isRunning) this.#count += 1
  }

  /**
   * @param {number} began
   * @param {string} code
   */
  failed(began, code) {
    if (!this.#counts(began)) return
    this.#errors += 1
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1)
  }

  /** @param {number} ms by which something was begun after it was due */
  late(ms) {
    if (this.isRunning) this.#late.record(Math.max(1, Math.round(ms * NANOSECONDS)))
  }

  /** To be called often: ends the row of the table when it is time. @param {number} now */
  tick(now) {
    if (this.isRunning && now - this.#rowBegan >= INTERVAL) this.#endRow(now)
  }

  /** @param {number} now */
  #endRow(now) {
    const seconds = (now - this.#rowBegan) / 1000
    const recent = latencyOf(this.#recent)
    // A rest of a few milliseconds says nothing.
    if (seconds > 0.1) {
      this.#rows.push({
        at: (now - this.#started) / 1000,
        rate: (this.#count - this.#countBefore) / seconds,
        errors: this.#errors - this.#errorsBefore,
        p50: recent?.percentile(50) ?? null,
        p99: recent?.percentile(99) ?? null,
        max: recent?.max ?? null,
      })
    }
    this.#gather()
    this.#countBefore = this.#count
    this.#errorsBefore = this.#errors
    this.#rowBegan = now
  }

  #gather() {
    if (this.#recent.count > 0) this.#total.add(this.#recent)
    this.#recent.reset()
  }

  /** @returns {{ row: Row | undefined, errors: number, seconds: number }} for the progress */
  get present() {
    const seconds = Math.max(0, (performance.now() - this.#started) / 1000)
    return { row: this.#rows.at(-1), errors: this.#errors, seconds }
  }

  /** @returns {Results} */
  results() {
    this.#gather()
    const seconds = (Math.min(this.#stopped, performance.now()) - this.#started) / 1000
    return {
      seconds,
      count: this.#count,
      rate: this.#count / seconds,
      errors: this.#errors,
      codes: Object.fromEntries(this.#codes),
      latency: latencyOf(this.#total),
      lateness: latencyOf(this.#late),
      rows: this.#rows,
    }
  }
}

module.exports = { Recorder }
