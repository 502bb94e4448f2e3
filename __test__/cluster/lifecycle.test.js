'use strict'

// A cluster from its making to its end: options, shutdown of its server, close.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Cluster, memoryBroker, nats, redis } = require('../../cluster')
const { Server } = require('../../index')
const { freePort } = require('../helpers/free-port')
const { serverConfig, serve } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { clientOf, node, nodes } = require('../helpers/nodes')

const hub = memoryBroker()

/** @param {any} server @param {any} [options] */
const make = (server, options) => new Cluster(server, options)

test('what is no server, no broker or no option is refused, with what is wanted', async t => {
  const server = new Server(serverConfig())
  const broker = hub.connect()
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }
  const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }
  for (const odd of [undefined, null, 7, {}, 'server', new (require('node:net').Server)()]) {
    assert.throws(() => make(odd, { broker }), type)
  }
  for (const odd of [undefined, null, 7, 'options']) assert.throws(() => make(server, odd), type)
  for (const odd of [undefined, null, 'nats://x', {}, { open() {} }, memoryBroker()]) {
    assert.throws(() => make(server, { broker: odd }), value)
  }
  const odd = {
    name: ['', 'a b', 'a.b', 'a:b', 'x'.repeat(65), 7, null],
    prefix: ['', '.', 'a.', '.a', 'a..b', 'a b', '*', '>', 7],
    heartbeatInterval: [0, -1, NaN, '5', Infinity],
    heartbeatTimeout: [0, 3999, NaN, '10000'],
    maxBufferedBytes: [0, -1, NaN, '1'],
    maxRequests: [0, NaN, '1'],
    info: [() => {}, Symbol('x'), 'x'.repeat(1100)],
    describe: [7, {}, 'id'],
  }
  for (const [option, values] of Object.entries(odd)) {
    for (const given of values) {
      assert.throws(
        () => make(server, { broker, [option]: given }),
        error =>
          /** @type {any} */ (error).code === value.code &&
          /** @type {any} */ (error).message.includes(option),
        `${option}: ${String(given)}`,
      )
    }
  }
  // None of these has taken either.
  const cluster = make(server, {
    broker,
    name: 'a',
    maxBufferedBytes: Infinity,
    heartbeatTimeout: 4000,
  })
  t.after(() => cluster.close())
  assert.throws(() => make(server, { broker: hub.connect() }), value)
  const other = new Server(serverConfig())
  assert.throws(() => make(other, { broker }), value)
  assert.match(cluster.id, /^a-[0-9a-f]{8}$/)
  assert.equal(cluster.idOf(0), `${cluster.id}:0`)
  await cluster.close()
  // A server can be put into another one afterwards.
  await make(server, { broker: hub.connect() }).close()
})

test('clusters with different prefixes have nothing to do with one another', async t => {
  const a = await node(t, hub, { prefix: 'one' })
  const b = await node(t, hub, { prefix: 'two.three' })
  await Promise.all([a.cluster.ready(), b.cluster.ready()])
  await clientOf(t, b)
  assert.deepEqual(await a.cluster.count(), { clients: 0, missing: [] })
  assert.equal(a.cluster.nodes.size, 0)
  assert.equal(b.cluster.stats().received.messages, 0)
})

test('no room of a cluster has the channel that another has for all nodes', async t => {
  const own = memoryBroker()
  const a = await node(t, own, { prefix: 'one' })
  const b = await node(t, own, { prefix: 'one.room' })
  await Promise.all([a.cluster.ready(), b.cluster.ready()])
  const { client, id } = await clientOf(t, a)
  for (const room of ['all', 'beats']) await a.cluster.join(id, room)
  const log = new Log(client, ['message'])
  b.cluster.broadcast({ for: 'others' })
  await b.cluster.flush()
  const c = await node(t, own, { prefix: 'one' })
  await c.cluster.ready()
  for (const room of ['all', 'beats']) c.cluster.to(room).send({ room })
  await log.reach('message', 2)
  assert.deepEqual(log.of('message').flat(), [{ room: 'all' }, { room: 'beats' }])
  assert.deepEqual([...a.cluster.nodes.keys()], [c.cluster.id])
})

test('a server that is shut down is draining, finishes what is under way, and has left', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const { client, id } = await clientOf(t, b)
  const log = new Log(a.cluster, ['nodeDown'])
  client.on('request', async (/** @type {any} */ _, /** @type {any} */ res) => {
    const over = b.server.shutdown({ spread: 0 })
    while (!a.cluster.nodes.get(b.cluster.id).draining) await a.cluster.count()
    res.send({ last: true })
    await over
  })
  assert.deepEqual(await a.cluster.request(id, {}), { last: true })
  const [[{ id: left }, reason]] = await log.reach('nodeDown')
  assert.deepEqual([left, reason], [b.cluster.id, 'left'])
  await b.cluster.close()
  assert.equal(b.cluster.connected, false)
})

test('what ready cannot use is refused, whether it has to wait or not', async t => {
  const own = memoryBroker()
  own.stop()
  const { cluster } = await node(t, own)
  const refused = async () => {
    await assert.rejects(cluster.ready(5), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(cluster.ready(null), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(cluster.ready({ timeout: -1 }), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(cluster.ready({ signal: 'no' }), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  await refused()
  own.start()
  await cluster.ready()
  await refused()
  await cluster.close()
  await refused()
})

test('after close the server goes on alone', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const [near, far] = [await clientOf(t, a), await clientOf(t, b)]
  await a.cluster.join(near.id, 'lobby')
  const pending = a.cluster.request(far.id, {})
  await next(far.client, 'request')
  const first = a.cluster.close()
  await assert.rejects(pending, {
    code: 'TLSJSON_NOT_CONNECTED',
    message: 'The cluster is closed',
    sent: true,
  })
  await Promise.all([first, a.cluster.close(), a.cluster[Symbol.asyncDispose]?.()])
  const log = new Log(a.cluster, ['error', 'up', 'down', 'nodeDown'])
  const heard = new Log(near.client, ['message'])
  a.cluster.send(near.id, { at: 1 })
  assert.equal(a.cluster.broadcast({ at: 2 }), 1)
  assert.equal(a.cluster.to('lobby').send({ at: 3 }), 1)
  a.cluster.send(far.id, { at: 4 })
  await heard.reach('message', 3)
  const closed = { code: 'TLSJSON_NOT_CONNECTED', sent: false }
  await assert.rejects(a.cluster.request(far.id, {}), closed)
  await assert.rejects(a.cluster.ready(), closed)
  await assert.rejects(a.cluster.flush())
  assert.deepEqual(log.names, ['error', 'error'])
  assert.equal(a.broker.channels.size > 0, true)
  b.cluster.broadcast({ at: 5 })
  await b.cluster.flush()
  assert.equal(heard.of('message').length, 3)
})

test('a broker that hangs does not hold close', async t => {
  const own = memoryBroker()
  const [a] = (await nodes(t, 1, { hub: own })).nodes
  own.hang()
  await a.cluster.close()
  own.resume()
})

test('close while there is no broker yet is no error', async t => {
  const address = `127.0.0.1:${await freePort()}`
  for (const broker of [nats(address), redis(`redis://${address}`)]) {
    const { server } = await serve(t)
    const cluster = make(server, { broker })
    const log = new Log(cluster, ['error'])
    await next(cluster, 'down')
    await cluster.close()
    assert.deepEqual(log.names, [])
    assert.deepEqual(cluster.stats().errors, { total: 0, unheard: 0 })
  }
})

test('a broker that cannot be closed is told of, also where a shutdown closes it', async t => {
  const { server } = await serve(t)
  const broker = /** @type {any} */ (hub.connect())
  const reason = new Error('cannot be closed')
  const cluster = make(server, {
    broker: Object.assign(broker, { close: () => Promise.reject(reason) }),
  })
  await cluster.ready()
  const told = next(cluster, 'error')
  await server.shutdown()
  assert.deepEqual(await told, [undefined, reason])
  await assert.rejects(cluster.close(), error => error === reason)
})

test('close gives up what clients were asked for other nodes without a time limit', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const { client, id } = await clientOf(t, b)
  const asked = a.cluster.request(id, {}, { timeout: Infinity })
  const lost = assert.rejects(asked, { code: 'TLSJSON_NODE_LOST', sent: true })
  await next(client, 'request')
  assert.equal(b.server.stats().requests.pending, 1)
  await b.cluster.close()
  await lost
  assert.equal(b.server.stats().requests.pending, 0)
})

test('what a listener throws is uncaught, and harms neither cluster nor broker', async t => {
  const own = memoryBroker()
  const [a, b] = (await nodes(t, 2, { hub: own })).nodes
  const { client, id } = await clientOf(t, b)
  /** @type {string[]} */
  const thrown = []
  process.setUncaughtExceptionCaptureCallback(error => thrown.push(error.message))
  t.after(() => process.setUncaughtExceptionCaptureCallback(null))
  for (const event of ['nodeUp', 'nodeDown', 'up', 'down', 'error']) {
    a.cluster.on(event, () => {
      throw new Error(event)
    })
  }
  // In a call of the program's it is the call that throws, as with a server.
  assert.throws(() => a.cluster.send(a.cluster.idOf(99), {}), { message: 'error' })
  a.cluster.send(b.cluster.idOf(99), {})
  const c = await node(t, own, { name: 'c' })
  await c.cluster.ready()
  await c.cluster.close()
  own.stop()
  own.start()
  const heard = next(client, 'message')
  b.cluster.broadcast({ still: 'here' })
  await heard
  const again = next(client, 'message')
  a.cluster.send(id, { and: 'here' })
  await again
  assert.deepEqual(thrown.sort(), ['down', 'error', 'nodeDown', 'nodeUp', 'up'])
})

test('a Proxy around a cluster, and around its server, does the same', async t => {
  const { server } = await serve(t)
  const proxied = new Proxy(server, {})
  const cluster = new Proxy(make(proxied, { broker: hub.connect(), prefix: 'proxy' }), {})
  t.after(() => cluster.close())
  await cluster.ready()
  const { client, id } = await clientOf(t, { server, cluster, broker: null })
  client.on('request', (/** @type {any} */ _, /** @type {any} */ res) => res.send({ ok: true }))
  assert.deepEqual(await cluster.request(id, {}), { ok: true })
  await cluster.join(id, 'lobby')
  const heard = next(client, 'message')
  assert.equal(cluster.to('lobby').send({ in: 'lobby' }), 1)
  await heard
  assert.deepEqual(await cluster.count('lobby'), { clients: 1, missing: [] })
  for await (const { rooms } of cluster.clients()) assert.deepEqual(rooms, ['lobby'])
  assert.equal(cluster.stats().connected, true)
})
