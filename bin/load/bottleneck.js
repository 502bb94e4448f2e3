'use strict'

const { milliseconds } = require('./text')

/** @typedef {import('./recorder').Results} Results */

/** From this share on, the event loop of the generator has no time left to measure with. */
const BUSY = 0.95

/** Milliseconds: a generator later than this does not keep its rate. */
const LATE = 5

/** Milliseconds from which on lateness may be most of the latency. */
const NOTICEABLE = 1

/** A generator that reaches less of its rate than this cannot keep it. */
const REACHED = 0.98

/**
 * Whether the figures are those of the generator, not of the server.
 *
 * @param {Results} results
 * @param {{ busy: number, rate?: number }} generator the share of time in which its event loop was busy; the rate to keep
 * @returns {string | undefined} what shows it
 */
function bottleneck({ lateness, latency, rate: reached, errors, seconds }, { busy, rate }) {
  if (rate === undefined) {
    if (busy < BUSY) return undefined
    return `its event loop was busy for ${(100 * busy).toFixed(0)} % of the time`
  }
  const late = lateness?.percentile(99) ?? 0
  const own = latency?.percentile(99) ?? Infinity
  if (late > LATE || (late > NOTICEABLE && late > own / 2)) {
    return `it began requests up to ${milliseconds(late)} (p99) after they were due`
  }
  if ((reached + errors / seconds) / rate < REACHED && lateness === undefined) {
    return 'it did not keep the rate'
  }
  return undefined
}

module.exports = { bottleneck }
