'use strict'

/**
 * @param {ArrayLike<number>} values
 * @param {number} share between 0 and 1: 0.5 is the median, 0.99 the 99th percentile
 * @returns {number} by the nearest rank, so that it is always a value that was measured
 */
function percentile(values, share) {
  if (values.length === 0) throw new Error('no values to take a percentile of')
  const sorted = Float64Array.from(values).sort()
  const rank = Math.ceil(share * sorted.length)
  return sorted[Math.max(0, rank - 1)]
}

/**
 * @param {number[]} values
 * @returns {number} the middle value, or the mean of the two middle ones
 */
function median(values) {
  if (values.length === 0) throw new Error('no values to take a median of')
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} low the smallest value
 * @property {number} high the largest value
 */

/**
 * @param {number[]} values
 * @returns {Spread}
 */
function spread(values) {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) }
}

module.exports = { percentile, median, spread }
