'use strict'

const { UsageError } = require('../cli/usage-error')
const { duration, rate } = require('../cli/values')

/** @typedef {import('./recorder').Results} Results */

/**
 * @typedef {object} Expectation
 * @property {string} text as it was written
 * @property {(results: Results) => number | undefined} measure undefined where nothing was measured
 * @property {(value: number) => boolean} holds
 */

/** @type {Record<string, (value: number, limit: number) => boolean>} */
const COMPARE = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
}

/**
 * @param {string} what p50, p99.9, mean, max, rate, errors
 * @param {string} limit
 * @returns {{ measure: Expectation['measure'], limit: number } | undefined}
 */
function measured(what, limit) {
  const [, percentile] = /^p(\d{1,2}(?:\.\d+)?)$/.exec(what) ?? []
  if (percentile !== undefined) {
    const at = Number(percentile)
    return { measure: ({ latency }) => latency?.percentile(at), limit: duration(limit) }
  }
  if (what === 'mean' || what === 'max') {
    return { measure: ({ latency }) => latency?.[what], limit: duration(limit) }
  }
  if (what === 'rate') return { measure: ({ rate: reached }) => reached, limit: rate(limit) }
  if (what !== 'errors') return undefined
  const [, number, isShare] = /^(\d+(?:\.\d+)?)(%?)$/.exec(limit) ?? []
  if (number === undefined) throw new UsageError(`${limit} is no number of errors`)
  return {
    measure: ({ errors, count }) =>
      isShare ? (100 * errors) / Math.max(1, errors + count) : errors,
    limit: Number(number),
  }
}

/**
 * @param {string} text such as p99<20ms, rate>5000/s, errors<0.1%
 * @returns {Expectation}
 */
function readExpectation(text) {
  const [, what = '', sign = '', limit = ''] =
    /^([a-z][\w.]*)\s*(<=|>=|<|>)\s*(\S+)$/.exec(text) ?? []
  const compare = Object.hasOwn(COMPARE, sign) ? COMPARE[sign] : undefined
  const found = measured(what, limit)
  if (compare === undefined || found === undefined) {
    throw new UsageError(`${text} is nothing to expect; write p99<20ms, rate>5000/s or errors<0.1%`)
  }
  return { text, measure: found.measure, holds: value => compare(value, found.limit) }
}

module.exports = { readExpectation }
