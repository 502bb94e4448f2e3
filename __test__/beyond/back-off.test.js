'use strict'

// `reconnect`: waits that grow and are spread, so that clients which lose their server together do not come back together.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { bounded, Log, next } = require('../helpers/events')
const { dial, join, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Client, isOriginal } = require('../helpers/subject')
const { clientConfig } = require('../helpers/ends')

const skip = isOriginal && 'the original has one interval'

const EVENTS = ['authenticated', 'reconnectAttempt', 'close', 'error']

/**
 * @param {any} options
 * @param {() => number} [random]
 * @returns {import('../../lib/client/back-off').BackOff}
 */
function backOff(options, random) {
  const { BackOff } = require('../../lib/client/back-off')
  return new BackOff(options, random)
}

/**
 * @param {any} options
 * @param {number} many
 * @param {() => number} [random]
 * @param {number} [servers]
 */
function waits(options, many, random, servers) {
  const one = backOff(options, random)
  return Array.from({ length: many }, () => {
    const wait = one.wait(servers)
    one.attempted()
    return wait
  })
}

test('waits grow from min to max', { skip }, () => {
  const none = { min: 100, max: 1000, jitter: 'none' }
  assert.deepEqual(waits(none, 6), [100, 200, 400, 800, 1000, 1000])
  assert.deepEqual(waits({ ...none, factor: 10 }, 3), [100, 1000, 1000])
  assert.deepEqual(waits({ ...none, factor: 1 }, 3), [100, 100, 100])
  assert.equal(waits({ min: 1, factor: 1e300 }, 4, () => 1)[3], 30_000)
})

test('with jitter each lies anywhere between min and what it has grown to', { skip }, () => {
  const options = { min: 100, max: 1000 }
  assert.deepEqual(
    waits(options, 5, () => 0),
    [100, 100, 100, 100, 100],
  )
  assert.deepEqual(
    waits(options, 5, () => 1),
    [200, 400, 800, 1000, 1000],
  )
  assert.deepEqual(
    waits(options, 3, () => 0.5),
    [150, 250, 450],
  )
})

test('with several servers they grow when all have been tried', { skip }, () => {
  const options = { min: 100, max: 1000, jitter: 'none' }
  assert.deepEqual(waits(options, 6, undefined, 3), [100, 100, 100, 200, 200, 200])
})

test('a login begins anew, and after so many attempts there is none', { skip }, () => {
  const one = backOff({ min: 10, jitter: 'none', attempts: 2 })
  const made = () => {
    one.attempted()
    return one.wait()
  }
  assert.deepEqual([one.wait(), made(), made(), one.isUsedUp], [10, 20, 0, true])
  one.reset()
  assert.deepEqual([one.wait(), one.isUsedUp], [10, false])
})

test('what is of no use is refused', { skip }, () => {
  const wrong = [
    [null, 'reconnect'],
    [true, 'reconnect'],
    [[], 'reconnect'],
    [{ delay: 5 }, 'delay'],
    [{ min: 0 }, 'reconnect.min'],
    [{ min: '5' }, 'reconnect.min'],
    [{ min: 10, max: 5 }, 'reconnect.max'],
    [{ max: Infinity }, 'reconnect.max'],
    [{ factor: 0.5 }, 'reconnect.factor'],
    [{ jitter: 'half' }, 'reconnect.jitter'],
    [{ attempts: 0 }, 'reconnect.attempts'],
    [{ attempts: 1.5 }, 'reconnect.attempts'],
  ]
  for (const [reconnect, named] of wrong) {
    const make = () => new Client(clientConfig(1, { reconnect }))
    assert.throws(make, error => {
      assert.ok(error instanceof TypeError)
      assert.equal(/** @type {any} */ (error).code, 'ERR_INVALID_ARG_VALUE')
      assert.ok(error.message.includes(String(named)), error.message)
      return true
    })
  }
})

test('it wins over reconnectInterval, and a login begins it anew', { skip }, async t => {
  const { server, port } = await serve(t)
  server.on('authenticated', (/** @type {any} */ _id, /** @type {any} */ socket) => socket.end())
  const client = dial(t, port, { reconnect: { min: 1, max: 5 }, reconnectInterval: 50_000 })
  const log = new Log(client, EVENTS)
  await log.reach('authenticated', 8)
  assert.equal(log.of('error').length, 0)
})

test('when the attempts are used up that is told, and nothing follows', { skip }, async t => {
  const client = dial(t, await freePort(), { reconnect: { min: 1, max: 2, attempts: 3 } })
  const log = new Log(client, EVENTS)
  const ready = client.ready().catch((/** @type {any} */ error) => error)
  await log.reach('error', 2)
  assert.deepEqual(log.names, [
    'error',
    'close',
    'reconnectAttempt',
    'reconnectAttempt',
    'reconnectAttempt',
    'error',
  ])
  const [[first], [last]] = /** @type {any} */ (log.of('error'))
  assert.equal(first.code, 'ECONNREFUSED')
  assert.equal(last.code, 'TLSJSON_RECONNECT_FAILED')
  assert.equal(last.cause.code, 'ECONNREFUSED')
  assert.match(last.message, /3 attempts/)
  assert.equal(await bounded(ready, 'ready'), last)
  await assert.rejects(client.ready(), { code: 'TLSJSON_NOT_CONNECTED' })
  // Whoever asks for it begins anew.
  client.connect()
  await log.reach('error', 3)
  assert.equal(log.of('reconnectAttempt').length, 6)
})

test('disconnect ends it', { skip }, async t => {
  const { client, server } = await join(t, { client: { reconnect: { min: 1, max: 1 } } })
  // Either may be told first.
  const ends = Promise.all([next(client, 'close'), next(server, 'close')])
  client.disconnect()
  await ends
  assert.equal(process.getActiveResourcesInfo().includes('never'), false)
  await assert.rejects(client.ready(), { code: 'TLSJSON_NOT_CONNECTED' })
})

/** Numbers from 0 to 1, the same in each run. */
function numbers() {
  let last = 1
  return () => (last = (Math.imul(last, 1664525) + 1013904223) >>> 0) / 2 ** 32
}

/**
 * When clients that have lost their server together, and are refused until it is back, come to it.
 *
 * @param {number} clients
 * @param {number} outage in seconds
 * @returns {{ arrivals: number[], attempts: number[] }} how many come, and how many try, in each second
 */
function comeBack(clients, outage) {
  const random = numbers()
  /** @type {number[]} */
  const arrivals = []
  /** @type {number[]} */
  const attempts = []
  for (let client = 0; client < clients; client++) {
    const one = backOff({}, random)
    let time = 0
    do {
      time += one.wait() / 1000
      one.attempted()
      attempts[Math.floor(time)] = (attempts[Math.floor(time)] ?? 0) + 1
    } while (time < outage)
    const second = Math.floor(time - outage)
    arrivals[second] = (arrivals[second] ?? 0) + 1
  }
  return { arrivals: Array.from(arrivals, count => count ?? 0), attempts }
}

for (const outage of [15, 60, 300]) {
  test(`10,000 clients come back after ${outage} s without a herd`, { skip }, () => {
    const { arrivals } = comeBack(10_000, outage)
    const mean = 10_000 / arrivals.length
    assert.ok(arrivals.length >= 25 && arrivals.length <= 30, `in ${arrivals.length} s`)
    assert.ok(Math.max(...arrivals) <= 3 * mean, `${Math.max(...arrivals)} in a second`)
  })
}

test('while their server is away 10,000 clients try less and less', { skip }, () => {
  const { attempts } = comeBack(10_000, 300)
  const late = attempts.slice(60, 300)
  const mean = late.reduce((sum, count) => sum + count, 0) / late.length
  // A wait of 15.5 s on an average.
  assert.ok(mean > 600 && mean < 700, `${mean} a second`)
  assert.ok(Math.max(...late) <= 1.5 * mean, `${Math.max(...late)} in a second`)
})
