'use strict'

/**
 * What every broker does, by the types in types/cluster-broker.d.ts.
 */

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { Ear, openBroker, subjects } = require('../../helpers/broker-subjects')
const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { turn } = require('../../helpers/events')
const { uncaught } = require('../../helpers/uncaught')

/** Texts that something on the way might change. */
const TEXTS = [
  '',
  ' ',
  '\n',
  '\u0001a\nb',
  '\ufeff{"begins":"with a byte order mark"}',
  '{"héllo":"wörld 🎲 \u2028"}\n{"second":"line"}',
  'x'.repeat(300_000),
]

for (const { name, server, make } of subjects) {
  describe(name, { skip: withoutBrokers, concurrency: false }, () => {
    test('texts arrive as they were, in order over all channels', async t => {
      const { url } = await startBroker(t, server)
      const { broker: from } = await openBroker(t, make(url))
      const to = await openBroker(t, make(url), ['a.b', 'c_d-1', 'e'])
      const channels = ['a.b', 'c_d-1', 'e']
      const sent = TEXTS.concat(Array.from({ length: 3000 }, (_, n) => `${n}`)).map((text, n) => [
        channels[n % 3],
        text,
      ])
      for (const [channel = '', text = ''] of sent) assert.equal(from.publish(channel, text), true)
      await from.flush()
      const messages = await to.hears('message', sent.length)
      assert.deepEqual(
        messages.map(([channel, text]) => [channel, text]),
        sent,
      )
      assert.deepEqual([...new Set(messages.map(([, , tag]) => tag))], [undefined])
    })

    test('nothing comes back to the node that published it', async t => {
      const { url } = await startBroker(t, server)
      const one = await openBroker(t, make(url), ['all'])
      const other = await openBroker(t, make(url), ['all'])
      one.broker.publish('all', 'from one')
      await other.hears('message')
      other.broker.publish('all', 'from other')
      await one.hears('message')
      assert.deepEqual([one.texts, other.texts], [['from other'], ['from one']])
    })

    test('a tag goes to the receiver, or comes back if nobody listens', async t => {
      const { url } = await startBroker(t, server)
      const from = await openBroker(t, make(url))
      const to = await openBroker(t, make(url), ['node.1'])
      const tags = ['1', 'a-b_C', 'with.dots and *>% signs', 'ünïcödé\n']
      for (const tag of tags) {
        from.broker.publish('node.1', `for ${tag}`, tag)
        from.broker.publish('node.2', `for nobody, ${tag}`, tag)
      }
      assert.deepEqual(
        await to.hears('message', tags.length),
        tags.map(tag => ['node.1', `for ${tag}`, tag]),
      )
      assert.deepEqual(
        await from.hears('undelivered', tags.length),
        tags.map(tag => [tag, 'node.2']),
      )
      await from.broker.flush()
      assert.equal(from.of('undelivered').length, tags.length)
    })

    test('without a subscription nothing comes, and a second one ends the first', async t => {
      const { url } = await startBroker(t, server)
      const { broker: from } = await openBroker(t, make(url))
      const to = await openBroker(t, make(url), ['kept', 'left'])
      to.broker.unsubscribe('left')
      to.broker.unsubscribe('never')
      await to.broker.subscribe('kept')
      for (const channel of ['left', 'kept', 'other']) from.publish(channel, channel)
      await from.flush()
      await to.broker.subscribe('left')
      from.publish('left', 'again')
      await to.hears('message', 2)
      assert.deepEqual(to.texts, ['kept', 'again'])
    })

    test('what is left and wanted again at once comes, and what is left again does not', async t => {
      const { url } = await startBroker(t, server)
      const { broker: from } = await openBroker(t, make(url))
      const to = await openBroker(t, make(url), ['kept', 'left'])
      for (let round = 0; round < 5; round++) {
        to.broker.unsubscribe('left')
        await to.broker.subscribe('left')
        from.publish('left', `${round}`)
        await to.hears('message', round + 1)
      }
      to.broker.unsubscribe('left')
      const subscribed = to.broker.subscribe('left')
      to.broker.unsubscribe('left')
      await subscribed
      // Behind all that was said before.
      await to.broker.subscribe('last')
      for (const channel of ['left', 'last']) from.publish(channel, channel)
      await to.hears('message', 6)
      assert.deepEqual(to.texts, ['0', '1', '2', '3', '4', 'last'])
    })

    test('what is confirmed is no longer buffered', async t => {
      const { url } = await startBroker(t, server)
      const { broker } = await openBroker(t, make(url))
      assert.equal(broker.bufferedAmount, 0)
      for (let n = 0; n < 100; n++) broker.publish('a', 'x'.repeat(1000))
      assert.ok(broker.bufferedAmount >= 100_000, `${broker.bufferedAmount} bytes`)
      await broker.flush()
      assert.equal(broker.bufferedAmount, 0)
    })

    test('what a listener throws is uncaught, and the next message comes', async t => {
      const { url } = await startBroker(t, server)
      const { broker: from } = await openBroker(t, make(url))
      const to = new Ear(t, make(url))
      const hear = to.events.message
      to.events.message = (/** @type {string[]} */ ...args) => {
        hear(...args)
        if (args[1] === 'throw') throw new Error('thrown by a listener')
      }
      await to.open()
      await to.broker.subscribe('a')
      const thrown = uncaught(t)
      from.publish('a', 'throw')
      from.publish('a', 'next')
      assert.equal((await thrown).message, 'thrown by a listener')
      await to.hears('message', 2)
      from.publish('a', 'last')
      await to.hears('message', 3)
      assert.deepEqual(to.of('down'), [])
    })

    test('a closed broker tells nothing, takes nothing and is connected to nothing', async t => {
      const { url } = await startBroker(t, server)
      const one = await openBroker(t, make(url), ['a'])
      const other = await openBroker(t, make(url), ['b'])
      for (let n = 0; n < 1000; n++) one.broker.publish('b', `${n}`)
      await one.broker.close()
      // What was published before is written.
      await other.hears('message', 1000)
      const heard = one.entries.length
      assert.equal(one.broker.publish('b', 'late'), false)
      await assert.rejects(async () => one.broker.flush(), { code: 'TLSJSON_BROKER_DOWN' })
      other.broker.publish('a', 'to nobody', 'tag')
      assert.deepEqual(await other.hears('undelivered'), [['tag', 'a']])
      assert.equal(one.entries.length, heard)
      await one.broker.close()
      await other.broker.close()
      await noSockets()
    })
  })
}

/** Sockets that were ended are closed some turns later. */
async function noSockets() {
  const sockets = () => process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap')
  for (let turns = 0; turns < 50 && sockets().length > 0; turns++) await turn()
  assert.deepEqual(sockets(), [])
}
