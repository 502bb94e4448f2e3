'use strict'

/**
 * What every broker does when its server is gone, hangs and comes back.
 */

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { Ear, PING_INTERVAL, openBroker, subjects } = require('../../helpers/broker-subjects')
const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { bounded } = require('../../helpers/events')

const MEGABYTE = 1024 * 1024

for (const { name, server, make } of subjects) {
  describe(name, { skip: withoutBrokers, concurrency: false }, () => {
    test('a server that is killed is told of at once, and nothing is taken or kept', async t => {
      const process = await startBroker(t, server)
      const ear = await openBroker(t, make(process.url), ['a'])
      await process.kill()
      const [[error]] = await ear.hears('down')
      assert.equal(error.code, 'TLSJSON_BROKER_DOWN')
      assert.equal(ear.broker.publish('a', 'while it is down'), false)
      assert.equal(ear.broker.bufferedAmount, 0)
      await assert.rejects(async () => ear.broker.flush(), { code: 'TLSJSON_BROKER_DOWN' })
    })

    test('after a restart subscriptions are there before up, and nothing old comes', async t => {
      const process = await startBroker(t, server)
      const from = await openBroker(t, make(process.url))
      const to = await openBroker(t, make(process.url), ['before', 'left'])
      await process.kill()
      await Promise.all([from.hears('down'), to.hears('down')])
      from.broker.publish('before', 'stale')
      // Resolves at once: there is nobody who could confirm it.
      await bounded(Promise.resolve(to.broker.subscribe('meanwhile')), 'a subscription')
      to.broker.unsubscribe('left')
      await process.start()
      await Promise.all([from.hears('up', 2), to.hears('up', 2)])
      for (const channel of ['left', 'before', 'meanwhile']) {
        from.broker.publish(channel, `at ${channel}`)
      }
      await to.hears('message', 2)
      await from.broker.flush()
      assert.deepEqual(to.texts, ['at before', 'at meanwhile'])
    })

    test('where there is no server, it is told once, and opened when there is', async t => {
      const process = await startBroker(t, server, { start: false })
      const ear = new Ear(t, make(process.url))
      const opened = ear.open()
      const [[error]] = await ear.hears('down')
      assert.equal(error.code, 'TLSJSON_BROKER_DOWN')
      assert.match(error.message, /ECONNREFUSED|CONNECTION_REFUSED|connection refused/)
      await process.start()
      await opened
      assert.deepEqual([ear.of('down').length, ear.of('up').length], [1, 1])
      assert.equal(ear.broker.publish('a', 'text'), true)
    })

    test('closed while it connects, it does not open', async t => {
      const process = await startBroker(t, server, { start: false })
      const ear = new Ear(t, make(process.url))
      const opened = ear.open()
      const rejected = assert.rejects(opened, { code: 'TLSJSON_BROKER_DOWN' })
      await ear.hears('down')
      await bounded(ear.broker.close(), 'the end')
      await bounded(rejected, 'the end of open')
      await process.start()
      assert.deepEqual(ear.of('up'), [])
    })

    test('what a server that hangs leaves unconfirmed is bounded, and told when it goes on', async t => {
      const process = await startBroker(t, server)
      const limit = 4 * MEGABYTE
      const ear = await openBroker(t, make(process.url), [], limit)
      process.stop()
      const text = 'x'.repeat(100_000)
      let taken = 0
      while (ear.broker.publish('a', text)) taken++
      const { bufferedAmount } = ear.broker
      assert.ok(bufferedAmount <= limit, `${bufferedAmount} bytes`)
      assert.ok(bufferedAmount > limit / 2, `${bufferedAmount} bytes`)
      assert.ok(taken * text.length > limit / 2, `${taken} messages`)
      assert.deepEqual(ear.of('drain'), [])
      process.resume()
      await ear.hears('drain')
      assert.ok(ear.broker.bufferedAmount <= limit / 2)
      assert.equal(ear.broker.publish('a', text), true)
      await ear.broker.flush()
      assert.deepEqual([ear.of('drain').length, ear.of('down').length], [1, 0])
    })

    test('a server that hangs for long is given up, also with full buffers', async t => {
      const process = await startBroker(t, server)
      const ear = await openBroker(t, make(process.url, { pingInterval: PING_INTERVAL }), ['a'])
      process.stop()
      while (ear.broker.publish('b', 'x'.repeat(100_000)));
      await ear.hears('down')
      assert.equal(ear.broker.bufferedAmount, 0)
      process.resume()
      await ear.hears('up', 2)
      const other = await openBroker(t, make(process.url))
      other.broker.publish('a', 'again')
      await ear.hears('message')
      assert.deepEqual(ear.texts, ['again'])
      // It was refused, and there is room again.
      await ear.hears('drain')
    })

    test('a server that hangs does not hold up closing', async t => {
      const process = await startBroker(t, server)
      const ear = await openBroker(t, make(process.url), ['a'])
      process.stop()
      while (ear.broker.publish('b', 'x'.repeat(100_000)));
      const began = performance.now()
      await ear.broker.close()
      const ms = performance.now() - began
      assert.ok(ms < 5000, `${ms} ms`)
      assert.equal(ear.broker.bufferedAmount, 0)
    })
  })
}
