'use strict'

/**
 * Random programs: lists of steps that can be printed, replayed and shortened. Every step has a
 * meaning in every state, or none; which, is decided when it is taken.
 *
 * @typedef {{ op: string, slot: number, [parameter: string]: any }} Step
 * @typedef {{ seed: number, slots: number, keepAliveInterval?: number, steps: Step[] }} Program
 */

const { Random } = require('../helpers/random')
const { messages, impossible, lines } = require('./values')

const SIDES = /** @type {const} */ (['server', 'client'])

/** Answers within the listener, so that their order is that of the requests. */
const WAYS = [
  ...['echo', 'echo', 'echo', 'twice', 'detached', 'between', 'own'],
  ...['impossible', 'keep', 'keep', 'array'],
]

/** Later answers. When, among others, depends on which of them shared a record (BEHAVIOUR 1.2). */
const LATER = ['ask', 'later']

const PASSWORDS = [
  '',
  'p\u00e4ss \ud83d\ude00',
  12345,
  '12345',
  null,
  true,
  0,
  '\ud800',
  'x'.repeat(400),
]

/**
 * Makers of steps by weight.
 *
 * @type {[number, string, (random: Random) => Record<string, unknown>][]}
 */
const makers = [
  [
    12,
    'connect',
    r => ({
      interval: r.chance(0.5) ? 15 : 0,
      late: r.chance(0.3),
      greet: r.chance(0.3),
      again: r.chance(0.3),
    }),
  ],
  [14, 'send', r => ({ side: r.pick(SIDES), values: some(r, [...messages.keys()], 6) })],
  [3, 'burst', r => ({ values: some(r, [...messages.keys()], 8) })],
  [1, 'big', r => ({ side: r.pick(SIDES), size: 20_000 + r.below(120_000) })],
  [
    14,
    'request',
    r => ({ side: r.pick(SIDES), ways: r.chance(0.2) ? [r.pick(LATER)] : some(r, WAYS, 4) }),
  ],
  [2, 'ignored', r => ({ side: r.pick(SIDES), count: 1 + r.below(3) })],
  [3, 'impossible', r => ({ side: r.pick(SIDES), value: r.pick([...impossible.keys()]), asks: r.chance(0.5) })], // prettier-ignore
  [5, 'answer', r => ({ side: r.pick(SIDES), last: r.chance(0.5), twice: r.chance(0.3) })],
  [7, 'write', r => ({ side: r.pick(SIDES), lines: some(r, lines, 6), apart: r.chance(0.5) })],
  [2, 'mutate', r => ({ side: r.pick(SIDES) })],
  [2, 'strange', r => ({ id: r.pick(['text', 'unknown', 'undefined', 'nan', 'past']) })],
  [2, 'hold', r => ({ side: r.pick(SIDES), values: some(r, [...messages.keys()], 4) })],
  [1, 'cancel', r => ({ side: r.pick(SIDES) })],
  [2, 'unheard', r => ({ side: r.pick(SIDES) })],
  [2, 'interval', r => ({ interval: r.pick([0, 15, 20]) })],
  [5, 'kick', r => ({ how: r.pick(['destroy', 'destroy', 'end', 'listener', 'answer']), then: r.pick(['', '', 'send', 'request']) })], // prettier-ignore
  [5, 'leave', r => ({ how: r.pick(['disconnect', 'disconnect', 'twice', 'end', 'destroy', 'revive', 'again', 'listener']), first: r.pick(['', '', 'send', 'keep']), then: r.pick(['', 'send', 'request']) })], // prettier-ignore
  [6, 'refused', r => ({ password: r.pick(PASSWORDS), as: r.pick(['given', 'listed', 'near']) })],
  [1, 'refusedOnce', () => ({})],
  [1, 'distrust', () => ({})],
  [2, 'abort', r => ({ at: r.pick(['once', 'connect']) })],
  [3, 'password', r => ({ password: r.pick(PASSWORDS) })],
  [2, 'stop', r => ({ gentle: r.chance(0.5) })],
]

/**
 * @template T
 * @param {Random} random
 * @param {readonly T[]} list
 * @param {number} most
 * @returns {T[]}
 */
function some(random, list, most) {
  return Array.from({ length: 1 + random.below(most) }, () => random.pick(list))
}

/**
 * @param {number} seed
 * @param {number} length how many steps
 * @returns {Program}
 */
function makeProgram(seed, length) {
  const random = new Random(seed)
  const slots = random.pick([1, 2, 3, 6])
  const choices = makers.map(([weight, op, make]) => /** @type {const} */ ([weight, { op, make }]))
  /** @type {Step[]} */
  const steps = []
  let startIn = -1
  while (steps.length < length) {
    if (startIn === 0) steps.push({ op: 'start', slot: 0, samePort: random.chance(0.5) })
    startIn--
    const { op, make } = random.weighted(choices)
    if (op === 'stop' && startIn < 0) startIn = random.below(4)
    steps.push({ op, slot: random.below(slots), ...make(random) })
  }
  // Every client is there at first, so that short programs do something, too.
  const first = Array.from({ length: slots }, (_, slot) => ({ op: 'connect', slot, interval: 15 }))
  const keepAlive = random.chance(0.25) ? { keepAliveInterval: 40 } : {}
  return { seed, slots, ...keepAlive, steps: [...first, ...steps] }
}

module.exports = { makeProgram }
