'use strict'

const { median, percentile } = require('../lib/statistics')

/**
 * Something that deals with so many messages in a run, and the least that it could cost. Each run says how many
 * messages it has dealt with.
 * @typedef {object} Case
 * @property {string} name
 * @property {number} messages
 * @property {() => number | Promise<number>} floor
 * @property {() => number | Promise<number>} whole
 * @property {boolean} [waits] Part of the time nothing is done: the CPU's time is measured in place of the clock's.
 * @property {() => void} [prepare] Before each run of the whole; not measured.
 * @property {() => Promise<void>} [after] Behind it; not measured either.
 * @property {() => void} close
 */

/**
 * @typedef {object} Effort
 * @property {number} repeats Figures are medians of so many.
 * @property {number} time Milliseconds of one repeat.
 * @property {number} warmUp Milliseconds before the first.
 */

/**
 * @typedef {object} Result Times in nanoseconds for one message.
 * @property {string} name
 * @property {number} floor
 * @property {number} whole
 * @property {number} own What the whole takes beside the floor.
 * @property {import('../lib/statistics').Spread} ratio Of the whole to the floor, taken within each repeat; low and
 *   high are the quartiles, for of so many repeats some are always disturbed.
 */

/** @returns {number} Milliseconds of CPU time of this process. */
function busy() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * @param {Case} one
 * @param {Case['whole']} part
 * @returns {Promise<number>} Milliseconds.
 */
async function timed({ name, messages, waits }, part) {
  const clock = waits ? busy : () => performance.now()
  const began = clock()
  const counted = part()
  const count = typeof counted === 'number' ? counted : await counted
  const took = clock() - began
  if (count !== messages) throw new Error(`${name}: ${count} of ${messages} messages came through`)
  return took
}

/**
 * Runs floor and whole in turn, so that what disturbs the machine disturbs both.
 * @param {Case} one
 * @param {number} time Milliseconds; one run of each at least.
 * @returns {Promise<{ floor: number, whole: number }>} Nanoseconds for one message.
 */
async function repeat(one, time) {
  let floor = 0
  let whole = 0
  let runs = 0
  do {
    // Each goes first as often as the other.
    if (runs % 2 === 0) floor += await timed(one, one.floor)
    one.prepare?.()
    whole += await timed(one, one.whole)
    await one.after?.()
    if (runs % 2 === 1) floor += await timed(one, one.floor)
    runs++
  } while (floor + whole < time)
  const each = 1e6 / (runs * one.messages)
  return { floor: floor * each, whole: whole * each }
}

/**
 * @param {Case} one
 * @param {Effort} effort
 * @returns {Promise<Result>}
 * @throws {Error} When messages are lost.
 */
async function measure(one, { repeats, time, warmUp }) {
  await repeat(one, warmUp)
  const times = []
  for (let round = 0; round < repeats; round++) times.push(await repeat(one, time))
  const ratios = times.map(({ floor, whole }) => whole / floor)
  return {
    name: one.name,
    floor: median(times.map(({ floor }) => floor)),
    whole: median(times.map(({ whole }) => whole)),
    own: median(times.map(({ floor, whole }) => whole - floor)),
    ratio: {
      median: median(ratios),
      low: percentile(ratios, 0.25),
      high: percentile(ratios, 0.75),
    },
  }
}

module.exports = { measure }
