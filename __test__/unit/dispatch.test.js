'use strict'

// How many batches are handed over in one turn of the event loop, and when what is sent in one leaves.

const assert = require('node:assert/strict')
const { AsyncResource } = require('node:async_hooks')
const { test } = require('node:test')

const { turn } = require('../helpers/events')

let clock = 0
// Taken by lib/host/host.js when it is loaded.
process.hrtime = Object.assign(() => [0, clock * 1e6], { bigint: process.hrtime.bigint })
const dispatch = require('../../lib/engine/dispatch')
const outbox = require('../../lib/engine/outbox')

let batches = 0
let left = 0
/** @type {Error | null} */
let fault = null

/** What the next batch has: the kinds of its entries, as the engine numbers them. @type {number[]} */
let kinds = []
/** What the engine was told to do with text. @type {string[]} */
const written = []

/** An engine whose batches take a millisecond each, and mostly are empty. */
const engine = {
  /**
   * @param {Uint32Array} table
   * @param {string[]} extras
   * @returns {string}
   */
  take(table, extras) {
    clock++
    batches++
    const thrown = fault
    fault = null
    if (thrown !== null) throw thrown
    table[0] = kinds.length
    kinds.forEach((kind, at) => table.set([1, kind, at], 2 + 4 * at))
    extras.push(...kinds.map(() => '{}'))
    kinds = []
    table[1] = --left > 0 ? 1 : 0
    return ''
  },
  /** @param {number} _id @param {string} text */
  write: (_id, text) => written.push(`write ${text}`),
  /** @param {number} _id @param {string} text */
  queueFirst: (_id, text) => written.push(`queue ${text}`),
  writeMany() {},
  writeLast() {},
}

dispatch.start(/** @type {any} */ (engine))

/**
 * @param {number} count how many batches wait
 * @param {number} rest milliseconds that everything else takes in each turn
 * @returns {Promise<number[]>} how many batches each turn had
 */
async function turns(count, rest) {
  left = count
  batches = 0
  dispatch.wake()
  const had = [batches]
  while (batches < count) {
    clock += rest
    const before = batches
    await turn()
    had.push(batches - before)
  }
  return had
}

test('an idle thread takes one batch in one turn', async () => {
  assert.deepEqual(await turns(4, 0), [1, 1, 1, 1])
})

test('a busy thread takes batches for as long as all else took', async () => {
  assert.deepEqual(await turns(16, 5), [1, 5, 5, 5])
})

test('what waits keeps nothing else waiting for longer than 16 batches', async () => {
  assert.deepEqual(await turns(33, 1000), [1, 16, 16])
})

test('a fault in the engine is thrown, and what comes next is handed on all the same', async () => {
  left = 3
  batches = 0
  fault = new Error('a fault')
  assert.throws(() => dispatch.wake(), { message: 'a fault' })
  assert.equal(batches, 1)
  // Nobody wakes again: the engine does not, before everything was taken.
  for (let n = 0; n < 4; n++) await turn()
  assert.equal(batches, 4)
})

test('what a call has caused is handed on behind the immediates that were there', async () => {
  left = 1
  batches = 0
  /** @type {number[]} */
  const seen = []
  setImmediate(() => seen.push(batches))
  dispatch.wake(true)
  seen.push(batches)
  await turn()
  assert.deepEqual([seen, batches], [[0, 0], 1])
})

/** As lib/engine/dispatch.js has them. */
const [LINE, SIGNAL] = [1, 2]

for (const { name, batch, at } of [
  { name: 'one line', batch: [LINE], at: 'write first' },
  { name: 'one line behind what is no line', batch: [SIGNAL, SIGNAL, LINE], at: 'write first' },
  { name: 'one line before what is no line', batch: [LINE, SIGNAL], at: 'write first' },
  { name: 'lines that came together', batch: [LINE, SIGNAL, LINE], at: 'queue first' },
]) {
  test(`what is sent first at ${name}: ${at}`, t => {
    const target = { id: 1, carrier: engine, pending: '', group: null, queued: false, tick: 0 }
    let isFirst = true
    dispatch.register(
      1,
      /** @type {any} */ ({
        resource: new AsyncResource('test'),
        signal: () => {},
        line: () => {
          if (isFirst) outbox.write(/** @type {any} */ (target), 'first')
          isFirst = false
        },
      }),
    )
    t.after(() => dispatch.forget(1))
    kinds = batch
    left = 1
    written.length = 0
    dispatch.wake()
    assert.equal(isFirst, false)
    assert.deepEqual(written, [at])
    outbox.endTick()
  })
}
