'use strict'

/**
 * What random programs send: by name, since a program is printed and replayed.
 */

const { readable, skipped, writable } = require('../fixtures/payloads')

/**
 * Objects whose own ids or keys decide how the peer takes them. Response ids are high, so that none
 * belongs to a request that is pending.
 *
 * @type {[string, () => unknown][]}
 */
const keyed = [
  ['an own requestId', () => ({ requestId: 'own', a: 1 })],
  ['a requestId of 0', () => ({ requestId: 0, a: 1 })],
  ['an unknown responseId', () => ({ responseId: 900_001 })],
  ['a responseId that is text', () => ({ responseId: '1' })],
  ['both ids', () => ({ responseId: 900_002, requestId: [1], b: 1 })],
  ['a ping', () => ({ __ping: 'mine', a: 1 })],
  ['a pong', () => ({ __pong: 65_535, a: 1 })],
  ['a ping of 0', () => ({ __ping: 0 })],
  ['a pong of false', () => ({ __pong: false })],
  ['a password', () => ({ password: 'not a login' })],
  ['an error', () => ({ error: 'incorrect password' })],
  ['authenticated', () => ({ authenticated: true })],
  ['ids inside', () => ({ a: { requestId: 1, responseId: 1 } })],
  ['a small object', () => ({ type: 'move', x: 1.5, y: -2, tags: ['a', 'b'] })],
  ['another small object', () => ({ chat: 'héllo wörld \u{1f600}' })],
]

/** What is too large to share a turn with others: see `big`. */
const LARGE = new Set(['all of Latin and some more', '64 KiB'])

/** @type {Map<string, () => unknown>} */
const messages = new Map([...keyed, ...writable().filter(([name]) => !LARGE.has(name))])

/** @type {any} */
const circular = {}
circular.self = circular

/**
 * What cannot be sent, or not as what it is.
 *
 * @type {Map<string, () => unknown>}
 */
const impossible = new Map(
  /** @type {[string, () => unknown][]} */ ([
    ['undefined', () => undefined],
    ['a function', () => () => {}],
    ['a symbol', () => Symbol('s')],
    ['a bigint', () => 1n],
    ['a bigint inside', () => ({ n: 1n })],
    ['a circle', () => ({ circular })],
    ['a toJSON that throws', () => ({ toJSON: () => raise('toJSON') })],
    ['a getter that throws', () => Object.defineProperty({}, 'x', { get: () => raise('getter'), enumerable: true })], // prettier-ignore
    ['null', () => null],
    ['a number', () => 5],
    ['text', () => 'text'],
    ['a frozen object', () => Object.freeze({ a: 1 })],
    ['a sealed object', () => Object.seal({ a: 1 })],
    ['an array', () => ['an', 'array']],
    ['toJSON that returns undefined', () => ({ toJSON: () => undefined })],
  ]),
)

/** Which of those the original sends as requests though they cannot carry an id. */
const unanswerable = new Set(['a function', 'an array', 'toJSON that returns undefined'])

/**
 * @param {string} where
 * @returns {never}
 */
function raise(where) {
  throw new RangeError(`thrown by the user's ${where}`)
}

/**
 * Text of a length that no multiple of the TLS record size comes near: the original delivers a
 * message twice whose record ends right before the newline (BEHAVIOUR 1.4).
 *
 * @param {number} size
 * @returns {{ big: string }}
 */
function big(size) {
  const rest = size % 16_384
  const safe = size - rest + Math.min(Math.max(rest, 2000), 14_000)
  return { big: 'lorem ipsum '.repeat(Math.ceil(safe / 12)).slice(0, safe) }
}

/** Lines that a peer may write; those over 16 KiB would be cut into records. */
const lines = [...readable, ...skipped].filter(line => Buffer.byteLength(line) < 2000)

module.exports = { messages, impossible, unanswerable, big, lines }
