'use strict'

// What a connection keeps while its user holds back what is received.

const assert = require('node:assert/strict')
const { AsyncResource } = require('node:async_hooks')
const { test } = require('node:test')

const { PausedEvents } = require('../../lib/connection/paused-events')

function held() {
  const events = new PausedEvents(new AsyncResource('TEST'))
  events.paused = true
  return events
}

test('to hand on 200,000 that were held back takes no quadratic time', () => {
  const events = held()
  let handedOn = 0
  for (let n = 0; n < 200_000; n++) {
    events.keep({
      act() {
        assert.equal(handedOn++, n)
        // Who takes 50 at a time, as `events.on` does.
        if (n % 50 === 49) events.paused = true
      },
    })
  }
  const began = process.cpuUsage()
  while (events.wait) {
    events.paused = false
    events.proceed()
  }
  const { user, system } = process.cpuUsage(began)
  assert.equal(handedOn, 200_000)
  // It was six.
  assert.ok(user + system < 2e6, `${(user + system) / 1e6} s of CPU`)
})

test('signals pass what is held back, and all else comes in order', () => {
  const events = held()
  /** @type {string[]} */
  const log = []
  const keep = (/** @type {string} */ name, passes = false, owed = false) =>
    events.keep({ passes, owed, act: () => void log.push(name) })
  keep('1', false, true)
  keep('drain', true)
  keep('2', false, true)
  events.proceed()
  assert.deepEqual(log, ['drain'])
  assert.equal(events.owes, true)
  events.paused = false
  events.proceed()
  assert.deepEqual(log, ['drain', '1', '2'])
  assert.deepEqual([events.owes, events.wait], [false, false])
})

test('what is cleared by an event that is handed on is not, but for signals', () => {
  const events = held()
  /** @type {string[]} */
  const log = []
  const add = (/** @type {string} */ name, passes = false) => {
    const act = () => {
      log.push(name)
      if (name === '2') events.clear()
    }
    events.keep({ passes, owed: true, act })
  }
  add('1')
  add('2')
  add('3')
  add('finish', true)
  events.paused = false
  events.proceed()
  assert.deepEqual(log, ['1', '2', 'finish'])
  events.paused = true
  add('4')
  events.paused = false
  events.proceed()
  assert.deepEqual(log, ['1', '2', 'finish', '4'])
  assert.deepEqual([events.owes, events.wait], [false, false])
})
