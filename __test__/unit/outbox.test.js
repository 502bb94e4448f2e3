'use strict'

// What a tick that lasts long does with what waits.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { turn } = require('../helpers/events')

let clock = 0
// Taken by lib/host/host.js when it is loaded.
process.hrtime = Object.assign(() => [0, clock * 1e6], { bigint: process.hrtime.bigint })
const outbox = require('../../lib/engine/outbox')

/** @typedef {import('../../lib/engine/outbox-types').Target} Target */

/** What the engine was given. @type {{ how: 'alone' | 'many', ids: number[], first: boolean }[]} */
let given = []

/** @type {any} */
const engine = {
  /**
   * @param {number} id
   * @param {string} _text
   * @param {boolean} first
   */
  write(id, _text, first) {
    given.push({ how: 'alone', ids: [id], first })
    return true
  },
  /**
   * @param {Uint32Array} ids
   * @param {string[]} _texts
   * @param {boolean} first
   */
  writeMany(ids, _texts, first) {
    given.push({ how: 'many', ids: [...ids], first })
  },
  queueFirst() {},
}

outbox.start(engine)

/**
 * @param {number} count
 * @returns {Target[]}
 */
function targets(count) {
  return Array.from({ length: count }, (_, id) => ({
    id,
    pending: '',
    group: null,
    tick: 0,
    queued: false,
    stats: {},
    carrier: engine,
  }))
}

/**
 * @param {number} ms How long each takes.
 * @param {Target[]} to
 * @returns {typeof given}
 */
function send(ms, to) {
  given = []
  for (const target of to) {
    outbox.write(target, '{}\n')
    clock += ms
  }
  return given
}

test('in a long tick each message to one connection is written by its own thread', async () => {
  const [target] = targets(1)
  const written = send(2, Array(100).fill(target))
  assert.equal(written.length, 100)
  assert.deepEqual([...new Set(written.map(({ how }) => how))], ['alone'])
  assert.deepEqual(written.map(({ first }) => first).indexOf(true, 1), -1)
  await turn()
})

test('however often that was, the next tick is no fan-out: its first message leaves at once', async () => {
  const [target] = targets(1)
  send(2, Array(100).fill(target))
  await turn()
  assert.deepEqual(send(0, [target]), [{ how: 'alone', ids: [0], first: true }])
  await turn()
})

test('a fan-out is written in parts of four milliseconds, by other threads', async () => {
  const all = targets(1000)
  const written = send(0.01, [...all, ...all])
  await turn()
  const parts = written.filter(({ how }) => how === 'many')
  assert.ok(parts.length >= 3 && parts.length <= 8, `${parts.length} parts in 20 ms`)
  assert.ok(written.length - parts.length <= 2, 'no more than two were written here')
  // Each connection's first message of the tick is one once.
  const firsts = parts.filter(({ first }) => first).flatMap(({ ids }) => ids)
  assert.equal(new Set(firsts).size, firsts.length)
})
