'use strict'

// What a broker that is away, hangs or has no more room does to what is sent.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Cluster, memoryBroker } = require('../../cluster')
const { serve } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { clientOf, node, nodes } = require('../helpers/nodes')

test('while the broker is away those of the own node are reached, and what is dropped is told of and counted', async t => {
  const { hub, nodes: both } = await nodes(t, 2)
  const [a, b] = both
  const [near, far] = [await clientOf(t, a), await clientOf(t, b)]
  for (const { id } of [near, far]) await a.cluster.join(id, 'lobby')
  const log = new Log(a.cluster, ['up', 'down', 'error'])
  const [atNear, atFar] = [near, far].map(({ client }) => new Log(client, ['message']))
  hub.stop()
  await log.reach('down')
  assert.equal(log.of('down')[0][0].message, 'the broker was stopped')
  assert.equal(a.cluster.connected, false)
  assert.equal(a.cluster.broadcast({ at: 1 }), 1)
  assert.equal(a.cluster.to('lobby').send({ at: 2 }), 1)
  assert.equal(a.cluster.to('lobby').send({ at: 3 }), 1)
  a.cluster.send(near.id, { at: 4 })
  a.cluster.send(far.id, { at: 5 })
  await assert.rejects(a.cluster.flush(), { code: 'TLSJSON_BROKER_DOWN', sent: false })
  await assert.rejects(a.cluster.join(far.id, 'hall'), { code: 'TLSJSON_BROKER_DOWN', sent: false })
  hub.start()
  await log.reach('up')
  assert.equal(a.cluster.broadcast({ at: 6 }), 1)
  await atFar.reach('message')
  // Nothing of what was dropped comes late.
  assert.deepEqual(atFar.of('message'), [[{ at: 6 }]])
  await atNear.reach('message', 5)
  assert.deepEqual(
    atNear.of('message').map(([{ at }]) => at),
    [1, 2, 3, 4, 6],
  )
  // Of what goes to many only the first is told of; of what goes to one each.
  assert.deepEqual(
    log.of('error').map(([id, { code, sent }]) => [id, code, sent]),
    [
      [undefined, 'TLSJSON_BROKER_DOWN', false],
      [far.id, 'TLSJSON_BROKER_DOWN', false],
    ],
  )
  const { broker, dropped } = a.cluster.stats()
  assert.deepEqual(broker, { up: 2, down: 1 })
  assert.equal(dropped.down, 5)
})

test('a broker that takes nothing, before it says that it is away, is away and not full', async t => {
  const { nodes: both } = await nodes(t, 2)
  const [a, b] = both
  const { id } = await clientOf(t, b)
  const log = new Log(a.cluster, ['error'])
  const publish = a.broker.publish.bind(a.broker)
  a.broker.publish = () => false
  assert.equal(a.broker.bufferedAmount, 0)
  a.cluster.send(id, {})
  const [[, error]] = log.of('error')
  assert.deepEqual([error.code, error.sent], ['TLSJSON_BROKER_DOWN', false])
  await assert.rejects(a.cluster.request(id, {}), { code: 'TLSJSON_BROKER_DOWN', sent: false })
  assert.deepEqual(a.cluster.stats().dropped, { down: 2, full: 0, tooLong: 0 })
  assert.equal(a.cluster.needDrain, false)
  // One of two rooms has got it.
  a.broker.publish = (/** @type {string} */ channel, /** @type {string} */ text) =>
    channel.endsWith('.hall') && publish(channel, text)
  a.cluster.to(['hall', 'lobby']).send({})
  assert.deepEqual(
    log.of('error').map(([, { code, sent }]) => [code, sent]),
    [
      ['TLSJSON_BROKER_DOWN', false],
      ['TLSJSON_BUFFER_FULL', true],
    ],
  )
  a.broker.publish = publish
})

test('of what goes to many it is told again that it is dropped, once something has gone', async t => {
  const { hub, nodes: one } = await nodes(t, 1, { options: { maxBufferedBytes: 2000 } })
  const [{ cluster }] = /** @type {[any]} */ (one)
  const log = new Log(cluster, ['error'])
  hub.hang()
  const send = (/** @type {number} */ length) => cluster.broadcast('x'.repeat(length))
  for (const length of [1200, 1200, 1200]) send(length)
  assert.deepEqual(log.names, ['error'])
  send(10)
  assert.deepEqual(log.names, ['error'])
  send(1200)
  send(1200)
  assert.deepEqual(log.names, ['error', 'error'])
  assert.equal(cluster.stats().dropped.full, 4)
  hub.resume()
})

test('a node that beats while it is asked whether it is there is not gone', async t => {
  const hub = memoryBroker()
  /** @type {any} */
  let events
  const connect = () => {
    const broker = hub.connect()
    const open = broker.open.bind(broker)
    broker.open = (given, limits) => open((events = given), limits)
    return broker
  }
  const b = await node(t, hub, { name: 'b' })
  await b.cluster.ready()
  const a = await node(t, { connect }, { name: 'a' })
  await a.cluster.ready()
  if (a.cluster.nodes.size === 0) await next(a.cluster, 'nodeUp')
  const log = new Log(a.cluster, ['nodeDown'])
  events.undelivered(`probe:${b.cluster.id}`, 'any')
  events.undelivered('probe:node-00000000', 'any')
  events.undelivered('17', 'any')
  events.undelivered('', 'any')
  assert.deepEqual([log.names, a.cluster.nodes.size], [[], 1])
})

test('rooms that are entered while the broker is away are there when it is back', async t => {
  const { hub, nodes: both } = await nodes(t, 2)
  const [a, b] = both
  const { client, local, id } = await clientOf(t, b)
  hub.stop()
  b.server.join(local, 'lobby')
  await b.cluster.join(id, 'hall')
  const up = Promise.all([next(a.cluster, 'up'), next(b.cluster, 'up')])
  hub.start()
  await up
  for (const room of ['lobby', 'hall']) {
    const heard = next(client, 'message')
    a.cluster.to(room).send({ room })
    assert.deepEqual(await heard, [{ room }])
  }
})

test('a hundred times away and back, and nothing is left behind', async t => {
  const { hub, nodes: both } = await nodes(t, 2)
  const [a, b] = both
  const { client, id } = await clientOf(t, b)
  await a.cluster.join(id, 'lobby')
  const channels = b.broker.channels.size
  for (let round = 0; round < 100; round++) {
    const down = Promise.all([next(a.cluster, 'down'), next(b.cluster, 'down')])
    hub.stop()
    await down
    const up = Promise.all([next(a.cluster, 'up'), next(b.cluster, 'up')])
    hub.start()
    await up
  }
  const heard = next(client, 'message')
  a.cluster.to('lobby').send({ still: 'here' })
  assert.deepEqual(await heard, [{ still: 'here' }])
  assert.equal(b.broker.channels.size, channels)
  assert.equal(a.cluster.stats().requests.pending, 0)
  assert.equal(a.cluster.nodes.size, 1)
})

test('a broker that hangs gets no more than maxBufferedBytes, and there is a drain when it goes on', async t => {
  const hub = memoryBroker()
  const a = await node(t, hub, { name: 'a', maxBufferedBytes: 10_000 })
  const b = await node(t, hub, { name: 'b' })
  await Promise.all([a.cluster.ready(), b.cluster.ready()])
  const { client, id } = await clientOf(t, b)
  const log = new Log(a.cluster, ['error', 'drain'])
  const heard = new Log(client, ['message'])
  hub.hang()
  let count = 0
  while (!a.cluster.needDrain) a.cluster.send(id, { at: count++, text: 'x'.repeat(500) })
  while (log.names.length === 0) a.cluster.send(id, { at: count++, text: 'x'.repeat(500) })
  const [about, { code, sent }] = log.of('error')[0]
  assert.deepEqual([about, code, sent], [id, 'TLSJSON_BUFFER_FULL', false])
  assert.ok(a.cluster.bufferedAmount <= 10_000 && a.cluster.bufferedAmount > 9000)
  assert.equal(a.cluster.stats().dropped.full, 1)
  for (const _ of [1, 2, 3]) a.cluster.broadcast({ text: 'x'.repeat(600) })
  assert.equal(log.of('error').length, 2, 'of broadcasts the first is told of')
  hub.resume()
  await log.reach('drain')
  assert.equal(a.cluster.needDrain, false)
  assert.equal(log.of('drain').length, 1)
  a.cluster.send(id, { end: true })
  await heard.until(() => heard.of('message').at(-1)?.[0].end, 'the end')
  const ats = heard.of('message').flatMap(([{ at }]) => at ?? [])
  assert.deepEqual(
    ats,
    Array.from({ length: count - 1 }, (_, at) => at),
  )
})

test('what is longer than the broker takes is sent to nobody', async t => {
  const hub = memoryBroker({ maxMessageBytes: 1000 })
  const [a, b] = (await nodes(t, 2, { hub })).nodes
  const [near, far] = [await clientOf(t, a), await clientOf(t, b)]
  await a.cluster.join(near.id, 'lobby')
  const log = new Log(a.cluster, ['error'])
  const atNear = new Log(near.client, ['message'])
  const long = { text: 'ä'.repeat(500) }
  assert.equal(a.cluster.broadcast(long), 0)
  assert.equal(a.cluster.to('lobby').send(long), 0)
  a.cluster.send(far.id, long)
  // To a client of the own node it does not go by way of the broker.
  a.cluster.send(near.id, long)
  await atNear.reach('message')
  assert.deepEqual(
    log.of('error').map(([id, { code, sent }]) => [id, code, sent]),
    [undefined, undefined, far.id].map(id => [id, 'TLSJSON_MESSAGE_TOO_LONG', false]),
  )
  assert.equal(a.cluster.stats().dropped.tooLong, 3)
  assert.throws(() => a.cluster.to('lobby').request(long), { code: 'TLSJSON_MESSAGE_TOO_LONG' })
})

test('before the broker was ever there it is as if it were away', async t => {
  const hub = memoryBroker()
  hub.stop()
  const a = await node(t, hub, { name: 'a' })
  const { client } = await clientOf(t, a)
  const told = next(a.cluster, 'error')
  const heard = next(client, 'message')
  assert.equal(a.cluster.broadcast({ early: true }), 1)
  assert.deepEqual(await heard, [{ early: true }])
  assert.equal((await told)[1].code, 'TLSJSON_BROKER_DOWN')
  await assert.rejects(a.cluster.ready({ timeout: 20 }), {
    code: 'TLSJSON_CONNECT_TIMEOUT',
    message: 'The broker was not connected within 20 ms (the timeout of ready)',
    sent: false,
  })
  const reason = new Error('enough')
  await assert.rejects(
    a.cluster.ready({ signal: AbortSignal.abort(reason) }),
    error => error === reason,
  )
  const ready = a.cluster.ready()
  hub.start()
  await ready
  await a.cluster.ready()
  assert.equal(a.cluster.connected, true)
})

test('a broker that there never can be is told of', async t => {
  const { server } = await serve(t)
  const reason = Object.assign(new Error('not installed'), { code: 'TLSJSON_NO_BROKER_CLIENT' })
  const broker = { ...memoryBroker().connect(), open: () => Promise.reject(reason) }
  for (const method of ['publish', 'subscribe', 'unsubscribe', 'flush', 'close']) {
    Object.assign(broker, { [method]: async () => {} })
  }
  const cluster = new Cluster(server, { broker: /** @type {any} */ (broker) })
  const told = next(cluster, 'error')
  await assert.rejects(cluster.ready(), error => error === reason)
  assert.deepEqual(await told, [undefined, reason])
  await assert.rejects(cluster.ready(), error => error === reason)
  await cluster.close()
})

test('an error that nobody listens for ends no process: it is warned of, once', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  /** @type {any[]} */
  const warnings = []
  const listener = (/** @type {any} */ warning) => warnings.push(warning)
  process.on('warning', listener)
  t.after(() => process.off('warning', listener))
  a.cluster.send(a.cluster.idOf(99), {})
  a.cluster.send(b.cluster.idOf(99), {})
  await a.cluster.flush()
  await a.cluster.count()
  assert.deepEqual(a.cluster.stats().errors, { total: 2, unheard: 2 })
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['TLSJSON_NOT_CONNECTED'],
  )
  assert.match(warnings[0].message, /Listen to 'error' of the Cluster/)
})

test('what there is room for at one of several rooms may have been sent', async t => {
  const hub = memoryBroker()
  const a = await node(t, hub, { name: 'a', maxBufferedBytes: 1500 })
  const b = await node(t, hub, { name: 'b' })
  await Promise.all([a.cluster.ready(), b.cluster.ready()])
  const { client, id } = await clientOf(t, b)
  await b.cluster.join(id, 'one')
  await a.cluster.flush()
  const log = new Log(a.cluster, ['error', 'drain'])
  const heard = next(client, 'message')
  a.cluster.to(['one', 'two']).send({ text: 'x'.repeat(900) })
  const [, { code, sent }] = log.of('error')[0]
  assert.deepEqual([code, sent], ['TLSJSON_BUFFER_FULL', true])
  await heard
})

test('a broker that goes while a node subscribes for the first time is waited for', async t => {
  const hub = memoryBroker()
  hub.hang()
  const a = await node(t, hub, { name: 'a' })
  const log = new Log(a.cluster, ['error'])
  const subscribed = a.broker.subscribe('tls-json.more')
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(a.broker.up, true)
  hub.stop()
  await subscribed
  hub.resume()
  const ready = a.cluster.ready()
  hub.start()
  await ready
  assert.deepEqual(log.names, [])
})

test('a message that is longer than maxBufferedBytes goes alone', async t => {
  const hub = memoryBroker()
  const a = await node(t, hub, { name: 'a', maxBufferedBytes: 300 })
  const b = await node(t, hub, { name: 'b' })
  await Promise.all([a.cluster.ready(), b.cluster.ready()])
  const { client } = await clientOf(t, b)
  await a.cluster.flush()
  const heard = next(client, 'message')
  const log = new Log(a.cluster, ['error'])
  a.cluster.broadcast({ text: 'x'.repeat(500) })
  assert.deepEqual(log.names, [])
  await heard
})
