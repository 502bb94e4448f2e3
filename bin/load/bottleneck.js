'use strict'

const { milliseconds } = require('./text')

/** @typedef {import('./recorder').Results} Results */

/** From this share on, the event loop of the generator has no time left to measure with. */
const BUSY = 0.95

/** Milliseconds: a generator later than this does not keep its rate, or cannot say what it sends. */
const LATE = 5

/** Milliseconds from which on lateness may be most of the latency. */
const NOTICEABLE = 1

/** The same of a timer, which is late by up to a millisecond wherever it runs. */
const NOTICEABLE_OF_TIMER = 2

/** A generator that reaches less of its rate than this cannot keep it. */
const REACHED = 0.98

/**
 * @typedef {object} Generator
 * @property {number} busy the share of time in which its event loop was busy
 * @property {number} heldUpMs by which its event loop was late (p99): because of itself, or because others had the cores
 * @property {number} [rate] to keep
 */

/**
 * Whether the figures are those of the generator, not of the server.
 *
 * @param {Results} results
 * @param {Generator} generator
 * @returns {string | undefined} what shows it
 */
function bottleneck(
  { lateness, latency, rate: reached, errors, seconds },
  { busy, heldUpMs, rate },
) {
  const own = latency?.percentile(99) ?? Infinity
  if (rate === undefined) {
    if (busy >= BUSY) return `its event loop was busy for ${(100 * busy).toFixed(0)} % of the time`
    const enough = latency === undefined ? LATE : Math.max(NOTICEABLE_OF_TIMER, own / 2)
    if (heldUpMs <= enough) return undefined
    return `its event loop was held up for ${milliseconds(heldUpMs)} (p99)`
  }
  const late = lateness?.percentile(99) ?? 0
  if (late > LATE || (late > NOTICEABLE && late > own / 2)) {
    return `it began requests up to ${milliseconds(late)} (p99) after they were due`
  }
  if ((reached + errors / seconds) / rate < REACHED && lateness === undefined) {
    return 'it did not keep the rate'
  }
  return undefined
}

module.exports = { bottleneck }
