'use strict'

// A picture of a load: what was reached, and how long it took, second by second.

/** @typedef {import('./recorder').Row} Row */

const WIDTH = 800
const HEIGHT = 220
const LEFT = 70
const RIGHT = 20
const TOP = 40
const GAP = 60

/** Colours that are told apart with any eyes: https://personal.sron.nl/~pault/ */
const COLOURS = { rate: '#0077bb', p50: '#009988', p99: '#ee7733', max: '#cc3311' }

/**
 * @param {number} most
 * @returns {number[]} values for the lines of a scale from 0, at most six
 */
function ticks(most) {
  const rough = (most || 1) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= rough) ?? rough
  const count = Math.ceil((most || 1) / step)
  return Array.from({ length: count + 1 }, (_, at) => at * step)
}

/**
 * @param {number} value
 * @returns {string}
 */
function label(value) {
  return value >= 1000
    ? `${Number((value / 1000).toPrecision(4))}k`
    : String(Number(value.toPrecision(4)))
}

/** @param {string} text @returns {string} */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} colour
 * @property {(number | null)[]} values
 */

/**
 * @param {string} title
 * @param {number[]} times seconds
 * @param {Line[]} lines
 * @param {number} top
 * @returns {string}
 */
function plot(title, times, lines, top) {
  const most = Math.max(0, ...lines.flatMap(({ values }) => values.map(value => value ?? 0)))
  const scale = ticks(most)
  const highest = /** @type {number} */ (scale.at(-1))
  const last = Math.max(1, ...times)
  const x = (/** @type {number} */ time) => LEFT + (time / last) * (WIDTH - LEFT - RIGHT)
  const y = (/** @type {number} */ value) => top + HEIGHT - (value / highest) * HEIGHT
  const parts = [`<text x="${LEFT}" y="${top - 12}" font-weight="bold">${escaped(title)}</text>`]
  for (const value of scale) {
    const at = y(value).toFixed(1)
    parts.push(`<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="#ddd"/>`)
    parts.push(`<text x="${LEFT - 8}" y="${at}" dy="4" text-anchor="end">${label(value)}</text>`)
  }
  for (const value of ticks(last).filter(each => each <= last)) {
    const at = `x="${x(value).toFixed(1)}" y="${top + HEIGHT + 18}"`
    parts.push(`<text ${at} text-anchor="middle">${label(value)} s</text>`)
  }
  for (const [at, { name, colour, values }] of lines.entries()) {
    const points = values.flatMap((value, index) =>
      value === null ? [] : [`${x(times[index] ?? 0).toFixed(1)},${y(value).toFixed(1)}`],
    )
    parts.push(
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    )
    // One value makes no line.
    if (points.length === 1) {
      const [cx, cy] = String(points[0]).split(',')
      parts.push(`<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`)
    }
    if (lines.length > 1) {
      const place = WIDTH - RIGHT - 60 * (lines.length - at)
      parts.push(`<text x="${place}" y="${top - 12}" fill="${colour}">${name}</text>`)
    }
  }
  return parts.join('\n')
}

/**
 * @param {Row[]} rows
 * @param {string} title
 * @returns {string} a picture that stands for itself
 */
function loadPicture(rows, title) {
  const times = rows.map(({ at }) => at)
  const rate = { name: 'rate', colour: COLOURS.rate, values: rows.map(row => row.rate) }
  const latencies = /** @type {const} */ (['p50', 'p99', 'max']).map(name => ({
    ...{ name, colour: COLOURS[name], values: rows.map(row => row[name]) },
  }))
  const plots = [plot(`${title}: per second`, times, [rate], TOP)]
  const hasLatency = rows.some(({ p50 }) => p50 !== null)
  if (hasLatency) plots.push(plot('Latency in milliseconds', times, latencies, TOP + HEIGHT + GAP))
  const height = TOP + plots.length * HEIGHT + (plots.length - 1) * GAP + 30
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<g font-family="system-ui, sans-serif" font-size="13" fill="#222">`,
    ...plots,
    '</g>',
    '</svg>\n',
  ].join('\n')
}

module.exports = { loadPicture }
