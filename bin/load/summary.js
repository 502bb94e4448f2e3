'use strict'

const { milliseconds, whole } = require('./text')

/** @typedef {import('./recorder').Results} Results */
/** @typedef {import('./recorder').Latency} Latency */

const PERCENTILES = [50, 75, 90, 99, 99.9, 99.99]

/**
 * @typedef {object} Run
 * @property {'request' | 'message'} mode
 * @property {number} connections
 * @property {number} openedMs
 * @property {number} lost
 * @property {number} [rate] to keep, per second
 * @property {number} busy
 * @property {number} heldUpMs
 * @property {string | undefined} bottleneck
 * @property {{ text: string, value: number | undefined, holds: boolean }[]} expected
 */

/**
 * @param {Latency | undefined} latency
 * @returns {Record<string, number> | null} milliseconds
 */
function figures(latency) {
  if (latency === undefined) return null
  const { min, mean, max } = latency
  const at = PERCENTILES.map(each => [`p${each}`, latency.percentile(each)])
  return rounded({ min, mean, ...Object.fromEntries(at), max })
}

/** @param {Record<string, number>} object @returns {Record<string, number>} to a microsecond */
function rounded(object) {
  return Object.fromEntries(Object.entries(object).map(([key, ms]) => [key, Number(ms.toFixed(3))]))
}

/**
 * @param {Run} run
 * @param {Results} results
 * @returns {Record<string, unknown>} for --json
 */
function summaryObject(run, { seconds, count, rate, errors, codes, latency, lateness, rows }) {
  return {
    ...run,
    ...{ seconds, count, reached: rate, errors, codes },
    latencyMs: figures(latency),
    latenessMs: figures(lateness),
    intervals: rows,
  }
}

/**
 * @param {Run} run
 * @param {Results} results
 * @returns {string} for people
 */
function summaryText(run, { seconds, count, rate, errors, codes, latency, lateness }) {
  const { mode, connections, openedMs, lost, busy, heldUpMs, expected } = run
  const kept = run.rate === undefined ? '' : ` of ${whole(run.rate)}/s`
  const failed = Object.entries(codes).map(([code, many]) => `${whole(many)} ${code}`)
  const lines = [
    ['connections', `${whole(connections)}, opened in ${milliseconds(openedMs)}`],
    ...(lost > 0 ? [['lost', `${whole(lost)} of them`]] : []),
    [`${mode}s`, `${whole(count)} in ${seconds.toFixed(1)} s: ${whole(rate)}/s${kept}`],
    ['errors', errors === 0 ? 'none' : failed.join(', ')],
  ]
  if (latency !== undefined) {
    const since = run.rate === undefined ? 'begun' : 'due'
    const at = PERCENTILES.map(each => `p${each} ${milliseconds(latency.percentile(each))}`)
    lines.push(['latency', `from when each was ${since}; mean ${milliseconds(latency.mean)}`])
    lines.push(['', at.slice(0, 3).join('   ')])
    lines.push(['', [...at.slice(3), `max ${milliseconds(latency.max)}`].join('   ')])
  }
  const own =
    lateness === undefined
      ? `busy for ${(100 * busy).toFixed(0)} % of the time, held up for ${milliseconds(heldUpMs)} (p99)`
      : `late by ${milliseconds(lateness.percentile(50))} (p50), ${milliseconds(lateness.percentile(99))} (p99)`
  lines.push(['generator', own])
  for (const { text, value, holds } of expected) {
    const seen = value === undefined ? 'nothing measured' : DIGITS.format(value)
    lines.push(['expected', `${text}: ${holds ? 'yes' : `no, it was ${seen}`}`])
  }
  return lines.map(([name = '', text]) => `${name.padEnd(13)}${text}`).join('\n')
}

const DIGITS = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

module.exports = { summaryObject, summaryText }
