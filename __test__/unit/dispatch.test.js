'use strict'

// How many batches are handed over in one turn of the event loop.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { turn } = require('../helpers/events')

let clock = 0
// Taken by lib/host/host.js when it is loaded.
process.hrtime = Object.assign(() => [0, clock * 1e6], { bigint: process.hrtime.bigint })
const dispatch = require('../../lib/engine/dispatch')

let batches = 0
let left = 0
/** @type {Error | null} */
let fault = null

/** An engine whose batches are empty, and take a millisecond each. */
const engine = {
  /**
   * @param {Uint32Array} table
   * @returns {string}
   */
  take(table) {
    clock++
    batches++
    const thrown = fault
    fault = null
    if (thrown !== null) throw thrown
    table[0] = 0
    table[1] = --left > 0 ? 1 : 0
    return ''
  },
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
