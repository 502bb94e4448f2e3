'use strict'

/** @typedef {import('./sampler').Sample} Sample */

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** @param {number | undefined} value @returns {string} */
function number(value) {
  return value === undefined ? '-' : WHOLE.format(value)
}

/** @param {number} value @returns {string} */
function size(value) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let at = 0
  let rest = value
  for (; rest >= 1000 && at < units.length - 1; at++) rest /= 1000
  return `${at === 0 ? number(rest) : rest.toFixed(1)} ${units[at]}`
}

/**
 * @param {Record<string, number>} reasons
 * @returns {string} the most frequent ones
 */
function reasonsText(reasons = {}) {
  const most = Object.entries(reasons).sort(([, a], [, b]) => b - a)
  return most
    .slice(0, 3)
    .map(([code, count]) => `${code} ${number(count)}`)
    .join(', ')
}

/**
 * @param {Sample} sample
 * @returns {[name: string, text: string][]}
 */
function rows({ stats, rates, roundTrip }) {
  const { connections, handshakes, logins, messages, bytes, queued, requests, cuts, pings } = stats
  const perSecond = (/** @type {number | undefined} */ value) =>
    value === undefined ? '' : ` (${number(value)}/s)`
  const sizePerSecond = (/** @type {number | undefined} */ value) =>
    value === undefined ? '' : ` (${size(value)}/s)`
  return [
    [
      'clients',
      `${number(connections.loggedIn)} logged in, ${number(connections.open)} connected, ${number(connections.total)} in all`,
    ],
    [
      'handshakes',
      `${number(handshakes?.succeeded)} done, ${number(handshakes?.failed)} failed  ${reasonsText(handshakes?.failures)}`,
    ],
    [
      'logins',
      `${number(logins.accepted)} accepted${perSecond(rates?.logins)}, ${number(logins.refused)} refused`,
    ],
    [
      'received',
      `${number(messages.received)} messages${perSecond(rates?.received)}, ${size(bytes.received)}${sizePerSecond(rates?.bytesReceived)}`,
    ],
    [
      'sent',
      `${number(messages.sent)} messages${perSecond(rates?.sent)}, ${size(bytes.sent)}${sizePerSecond(rates?.bytesSent)}`,
    ],
    [
      'waiting',
      `${size(queued.inbound)} to be read, ${size(queued.outbound)} to be sent; ${number(messages.dropped)} dropped`,
    ],
    [
      'requests',
      `${number(requests?.sent)} of its own, ${number(requests?.pending)} waiting, ${number(requests?.timedOut)} timed out`,
    ],
    ['cut', `${number(cuts?.total)}  ${reasonsText(cuts?.reasons)}`],
    ['pings', `${number(pings?.sent)} sent, ${number(pings?.missed)} not answered`],
    ['round trip', `${roundTrip.toFixed(1)} ms`],
  ]
}

/**
 * @param {Sample} sample
 * @param {number} width columns
 * @returns {string[]} lines that fit
 */
function tableLines(sample, width) {
  return rows(sample).map(([name, text]) => `${name.padEnd(12)}${text}`.trimEnd().slice(0, width))
}

/** @param {Sample} sample @returns {string} for a pipe */
function oneLine({ at, stats, rates, roundTrip }) {
  const { connections, queued, cuts } = stats
  return [
    new Date(at).toISOString().slice(11, 19),
    `clients ${connections.loggedIn}`,
    `received ${number(rates?.received)}/s`,
    `sent ${number(rates?.sent)}/s`,
    `waiting ${size(queued.inbound + queued.outbound)}`,
    `cut ${number(cuts?.total)}`,
    `round trip ${roundTrip.toFixed(1)} ms`,
  ].join('  ')
}

module.exports = { oneLine, tableLines }
