'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Waiting } = require('../../lib/protocol/waiting')

/** @param {number} requestId @returns {any} */
const request = id => ({ id })

/** @param {Waiting<any>} waiting */
const ids = waiting => waiting.all().map(({ id }) => id)

test('a request is found by its id until it is removed', () => {
  const waiting = new Waiting()
  const one = request(1)
  waiting.add(one)
  assert.equal(waiting.get(1), one)
  assert.equal(waiting.has(1), true)
  assert.equal(waiting.size, 1)
  waiting.remove(one)
  assert.equal(waiting.get(1), undefined)
  assert.equal(waiting.has(1), false)
  assert.equal(waiting.size, 0)
})

test('one that takes its time is found behind any number of others', () => {
  const waiting = new Waiting()
  const slow = request(5)
  waiting.add(slow)
  for (let id = 6; id < 5000; id++) {
    const quick = request(id)
    waiting.add(quick)
    assert.equal(waiting.get(5), slow)
    assert.equal(waiting.get(id), quick)
    waiting.remove(quick)
  }
  assert.deepEqual(ids(waiting), [5])
  waiting.remove(slow)
  assert.equal(waiting.size, 0)
  assert.equal(waiting.get(5), undefined)
})

test('what a peer may say as an id finds nothing, and throws nothing', () => {
  const waiting = new Waiting()
  for (let id = 0; id < 40; id++) waiting.add(request(id))
  const lines = '["1", 1.5, -1, 1e300, 4294967297, true, null, [1], {"valueOf":1,"toString":1}, {}]'
  for (const id of [...JSON.parse(lines), undefined, NaN, Infinity]) {
    assert.equal(waiting.get(id), undefined, String(JSON.stringify(id)))
  }
})

test('ids beyond 32 bits are told apart', () => {
  const waiting = new Waiting()
  const high = request(2 ** 32 + 1)
  const highest = request(2 ** 52 + 1)
  waiting.add(request(1))
  waiting.add(high)
  waiting.add(highest)
  assert.equal(waiting.get(2 ** 32 + 1), high)
  assert.equal(waiting.get(2 ** 52 + 1), highest)
  assert.deepEqual(ids(waiting), [1, 2 ** 32 + 1, 2 ** 52 + 1])
})

test('it holds what a Map would, whatever is settled first', () => {
  // A fixed sequence: 48271 is a generator modulo the prime 2^31 - 1.
  let state = 7
  const random = (/** @type {number} */ below) => (state = (state * 48271) % 0x7fffffff) % below
  const waiting = new Waiting()
  /** @type {Map<number, any>} */
  const map = new Map()
  let id = 1
  for (const most of [3, 200, 5000, 20, 0]) {
    for (let step = 0; step < 3 * most + 50; step++) {
      if (map.size < most && random(3) > 0) {
        map.set(id, request(id))
        waiting.add(map.get(id))
        id++
      } else if (map.size > 0) {
        const all = [...map.keys()]
        const some = all[random(2) === 0 ? 0 : random(all.length)]
        assert.equal(waiting.get(some), map.get(some))
        waiting.remove(map.get(some))
        map.delete(some)
        assert.equal(waiting.get(some), undefined)
      }
      assert.equal(waiting.size, map.size)
    }
    assert.deepEqual(waiting.all(), [...map.values()])
  }
  for (const pending of map.values()) waiting.remove(pending)
  assert.equal(waiting.size, 0)
  assert.deepEqual(waiting.all(), [])
})
