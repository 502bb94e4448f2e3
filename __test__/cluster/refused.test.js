'use strict'

// A broker that does not let a node subscribe to everything.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Cluster, memoryBroker } = require('../../cluster')
const { Channels } = require('../../lib/cluster/names')
const { serve } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { clientOf, node } = require('../helpers/nodes')

/** @typedef {import('node:test').TestContext} TestContext */

const channels = new Channels('tls-json')
const denied = new Error('not allowed here')

/**
 * A hub whose connections refuse channels.
 *
 * @param {...string} refused
 */
function guarded(...refused) {
  const hub = memoryBroker()
  const closed = new Set(refused)
  const connect = () => {
    const broker = hub.connect()
    const subscribe = broker.subscribe.bind(broker)
    broker.subscribe = async channel => {
      if (closed.has(channel)) throw denied
      await subscribe(channel)
    }
    return broker
  }
  return { connect, closed }
}

/** @param {any} error @param {string} channel @param {string} [room] */
function isRefusal(error, channel, room) {
  assert.deepEqual([error.code, error.sent], ['TLSJSON_BROKER_REFUSED', false])
  for (const part of [channel, room ?? '', denied.message, 'tls-json.']) {
    assert.ok(error.message.includes(part), `${error.message}: ${part}`)
  }
  return true
}

/** @param {any} error */
const isOfLobby = error => isRefusal(error, channels.room('lobby'), '"lobby"')

/** @param {TestContext} t @param {{ connect: () => any }} hub */
async function pair(t, hub) {
  const [a, b] = [await node(t, hub, { name: 'a' }), await node(t, hub, { name: 'b' })]
  await Promise.all([a.cluster.ready(), b.cluster.ready()])
  return { a, b }
}

test('who is not let hear of a room is not put into it, from wherever', async t => {
  const hub = guarded(channels.room('lobby'))
  const { a, b } = await pair(t, hub)
  const { id, client } = await clientOf(t, b)
  const logs = [a, b].map(({ cluster }) => new Log(cluster, ['error']))
  for (const { cluster } of [a, b]) {
    await assert.rejects(cluster.join(id, 'lobby'), error => isOfLobby(error))
    assert.equal(b.server.rooms.size, 0)
    assert.equal(b.server.clients.size, 1)
  }
  // Who has called is told by the promise, and that is all.
  for (const { names } of logs) assert.deepEqual(names, [])
  await b.cluster.join(id, 'hall')
  hub.closed.clear()
  await a.cluster.join(id, 'lobby')
  const heard = next(client, 'message')
  a.cluster.to('lobby').send({ in: 'lobby' })
  assert.deepEqual(await heard, [{ in: 'lobby' }])
})

test('a cause of the broker that is no error, and a long name, are told all the same', async t => {
  const hub = memoryBroker()
  const { b } = await pair(t, hub)
  const { id } = await clientOf(t, b)
  const odd = /** @type {any} */ ('text')
  b.broker.subscribe = () => Promise.reject(odd)
  const room = 'r'.repeat(1e6)
  await assert.rejects(b.cluster.join(id, room), ({ code, message, cause }) => {
    assert.equal(cause, 'text')
    assert.match(message, /\(text\)/)
    return code === 'TLSJSON_BROKER_REFUSED' && message.length < 1000
  })
})

test('a room of which the server alone has said it is told of, and asked for again', async t => {
  const hub = guarded(channels.room('lobby'))
  const { a, b } = await pair(t, hub)
  const [first, second] = [await clientOf(t, b), await clientOf(t, b)]
  const told = next(b.cluster, 'error')
  b.server.join(first.local, 'lobby')
  const [id, error] = await told
  assert.equal(id, undefined)
  isOfLobby(error)
  await assert.rejects(a.cluster.join(second.id, 'lobby'), isOfLobby)
  // Who was in it before stays.
  await assert.rejects(b.cluster.join(first.id, 'lobby'), isOfLobby)
  assert.deepEqual([...b.server.rooms.get('lobby')], [first.local])
  hub.closed.clear()
  await b.cluster.join(second.id, 'lobby')
  const heard = [first, second].map(({ client }) => next(client, 'message'))
  a.cluster.to('lobby').send({ in: 'lobby' })
  await Promise.all(heard)
})

test('who joins waits for the subscription of now, not for one of before', async t => {
  const hub = memoryBroker()
  const { a, b } = await pair(t, hub)
  const [first, second] = [await clientOf(t, a), await clientOf(t, a)]
  /** @type {(() => void)[]} */
  const confirm = []
  a.broker.subscribe = () => new Promise(resolve => confirm.push(() => resolve(undefined)))
  const before = a.cluster.join(first.id, 'lobby')
  await a.cluster.leave(first.id, 'lobby')
  const again = a.cluster.join(first.id, 'lobby')
  confirm[0]?.()
  await before
  let isIn = false
  const joined = a.cluster.join(second.id, 'lobby').then(() => (isIn = true))
  await b.cluster.count()
  assert.equal(isIn, false)
  confirm[1]?.()
  await Promise.all([again, joined])
  await a.cluster.join(second.id, 'lobby')
  assert.equal(confirm.length, 2)
})

test('what comes before everything is subscribed to is passed over', async t => {
  const hub = memoryBroker()
  const other = await node(t, hub, { name: 'other' })
  await other.cluster.ready()
  const broker = hub.connect()
  const subscribe = broker.subscribe.bind(broker)
  let confirm = () => {}
  broker.subscribe = async channel => {
    await subscribe(channel)
    if (channel === channels.beats)
      await new Promise(resolve => (confirm = () => resolve(undefined)))
  }
  const { cluster } = await node(t, { connect: () => broker })
  const log = new Log(cluster, ['up', 'nodeUp'])
  while (!broker.channels.has(channels.all)) await other.cluster.flush()
  other.cluster.broadcast({ too: 'early' })
  await other.cluster.flush()
  assert.deepEqual([log.names, cluster.connected], [[], false])
  assert.equal(cluster.stats().received.messages, 0)
  confirm()
  await cluster.ready()
  other.cluster.broadcast({ in: 'time' })
  await other.cluster.flush()
  assert.ok(cluster.stats().received.messages > 0)
})

test('one room that is refused at the beginning does not hold the rest', async t => {
  const hub = guarded(channels.room('lobby'))
  const { server } = await serve(t)
  const broker = hub.connect()
  const cluster = /** @type {any} */ (new Cluster(server, { broker }))
  t.after(() => cluster.close())
  const told = next(cluster, 'error')
  const one = await clientOf(t, { server, cluster, broker })
  server.join(one.local, 'hall')
  server.join(one.local, 'lobby')
  await cluster.ready()
  isOfLobby((await told)[1])
  const other = await node(t, hub)
  await other.cluster.ready()
  const heard = next(one.client, 'message')
  other.cluster.to(['lobby', 'hall']).send({ in: 'hall' })
  assert.deepEqual(await heard, [{ in: 'hall' }])
})

for (const name of /** @type {const} */ (['all', 'beats'])) {
  test(`without the channel ${name} there is no cluster, and ready says why`, async t => {
    const { server } = await serve(t)
    const broker = guarded(channels[name]).connect()
    const cluster = /** @type {any} */ (new Cluster(server, { broker }))
    const log = new Log(cluster, ['error', 'up'])
    const isWhy = (/** @type {any} */ error) => isRefusal(error, channels[name])
    await assert.rejects(cluster.ready(), isWhy)
    await assert.rejects(cluster.ready(), isWhy)
    assert.equal(cluster.connected, false)
    assert.deepEqual(log.names, ['error'])
    isWhy(log.of('error')[0][1])
    // What is sent now says it, too.
    await assert.rejects(cluster.flush(), ({ code, cause }) => {
      return code === 'TLSJSON_BROKER_DOWN' && isWhy(cause)
    })
    await cluster.close()
  })
}

test('what a broker says beside that is an error with a code', async t => {
  const hub = memoryBroker()
  const { server } = await serve(t)
  const broker = hub.connect()
  const open = broker.open.bind(broker)
  /** @type {any} */
  let events
  broker.open = (given, limits) => open((events = given), limits)
  const cluster = /** @type {any} */ (new Cluster(server, { broker }))
  t.after(() => cluster.close())
  await cluster.ready()
  const log = new Log(cluster, ['error'])
  const { id, local } = await clientOf(t, { server, cluster, broker })
  await cluster.join(id, 'lobby')
  events.error(denied)
  events.error(denied, channels.room('lobby'))
  const [other, ofRoom] = log.of('error').map(([, error]) => error)
  assert.deepEqual([other.code, other.sent], ['TLSJSON_BROKER_REFUSED', false])
  assert.match(other.message, /not allowed here/)
  assert.equal(other.cause, denied)
  isOfLobby(ofRoom)
  // It is asked for again by the next who joins.
  let asked = 0
  broker.subscribe = async channel => {
    if (channel === channels.room('lobby')) asked++
  }
  await cluster.join(id, 'lobby')
  await cluster.join(id, 'lobby')
  assert.equal(asked, 1)
  assert.deepEqual([...server.rooms.get('lobby')], [local])
})
