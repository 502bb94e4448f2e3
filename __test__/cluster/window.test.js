'use strict'

// How much may be unconfirmed.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Window } = require('../../lib/cluster/brokers/window')

test('a window takes what fits, to the byte, and alone what would never fit', () => {
  let drained = 0
  const window = new Window(100, () => drained++)
  assert.equal(window.take(60), true)
  assert.equal(window.take(40), true)
  assert.equal(window.take(1), false)
  assert.equal(window.bytes, 100)
  // Half of it has to be free.
  window.confirm(49)
  assert.equal(drained, 0)
  window.confirm(1)
  assert.equal(drained, 1)
  window.confirm(50)
  assert.equal(drained, 1)
  assert.equal(window.take(1000), true)
  assert.equal(window.take(1), false)
  // A connection that is lost tells nothing; the next one does.
  window.clear()
  assert.deepEqual([window.bytes, drained], [0, 1])
  window.reopen()
  window.reopen()
  assert.equal(drained, 2)
})
