'use strict'

/**
 * A hundred restarts of a broker's server: each is told, after each everything works, and nothing is left behind.
 */

const assert = require('node:assert/strict')
const v8 = require('node:v8')
const { test } = require('node:test')
const { runInNewContext } = require('node:vm')

const { openBroker, subjects } = require('../../helpers/broker-subjects')
const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { census } = require('../../helpers/census')

v8.setFlagsFromString('--expose-gc')
globalThis.gc = runInNewContext('gc')

const RESTARTS = 100

/** After so many everything that is made once has been made. */
const SETTLED = 30

/** What the heap may have grown by since, in MB. */
const GROWTH = 1

for (const { name, server, make } of subjects) {
  test(`${name}: nothing is left of ${RESTARTS} restarts`, { skip: withoutBrokers }, async t => {
    const process = await startBroker(t, server)
    const from = await openBroker(t, make(process.url))
    const channels = Array.from({ length: 20 }, (_, n) => `channel.${n}`)
    const to = await openBroker(t, make(process.url), channels)
    let settled
    for (let restart = 1; restart <= RESTARTS; restart++) {
      for (const ear of [from, to]) ear.entries.length = 0
      await process.kill()
      await Promise.all([from.hears('down'), to.hears('down')])
      assert.equal(from.broker.publish('channel.0', 'stale'), false)
      await process.start()
      await Promise.all([from.hears('up'), to.hears('up')])
      for (const channel of channels) from.broker.publish(channel, `${restart}`, `${restart}`)
      await to.hears('message', channels.length)
      await from.broker.flush()
      assert.deepEqual([from.of('up').length, to.of('up').length], [1, 1])
      assert.deepEqual([...new Set(to.texts)], [`${restart}`])
      if (restart === SETTLED) settled = await census()
    }
    const left = await census()
    assert.ok(settled)
    const growth = left.heap - settled.heap
    t.diagnostic(`the heap has grown by ${growth.toFixed(2)} MB, to ${left.heap} MB`)
    assert.ok(growth < GROWTH, `${growth} MB`)
    assert.deepEqual(lasting(left), lasting(settled))
    assert.equal(left.descriptors, settled.descriptors)
  })
}

/**
 * @param {import('../../helpers/census').Census} census
 * @returns {string[]} what holds the process for more than this turn
 */
function lasting({ handles }) {
  return handles.filter(name => name !== 'Immediate')
}
