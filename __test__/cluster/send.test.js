'use strict'

// What a cluster sends to clients of other nodes: to one, to a room, to all.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Log, next } = require('../helpers/events')
const { clientOf, nodes } = require('../helpers/nodes')

test('a message reaches a client of another node, and one of the own', async t => {
  const { nodes: all } = await nodes(t, 2)
  const [a, b] = all
  const [near, far] = [await clientOf(t, a), await clientOf(t, b)]
  const heard = Promise.all([next(near.client, 'message'), next(far.client, 'message')])
  a.cluster.send(near.id, { to: 'near' })
  a.cluster.send(far.id, { to: 'far' })
  assert.deepEqual(await heard, [[{ to: 'near' }], [{ to: 'far' }]])
})

test('a broadcast reaches all clients of all nodes, once each', async t => {
  const { nodes: all } = await nodes(t, 3)
  const clients = []
  for (const one of all) clients.push(await clientOf(t, one), await clientOf(t, one))
  const logs = clients.map(({ client }) => new Log(client, ['message']))
  assert.equal(all[0].cluster.broadcast({ news: 1 }), 2)
  all[0].cluster.broadcast({ news: 2 })
  for (const log of logs) {
    assert.deepEqual(await log.reach('message', 2), [[{ news: 1 }], [{ news: 2 }]])
  }
})

test('a room is that of all nodes, whatever it is called', async t => {
  const { nodes: all } = await nodes(t, 2)
  const [a, b] = all
  const [near, far, other] = [await clientOf(t, a), await clientOf(t, b), await clientOf(t, b)]
  const log = new Log(other.client, ['message'])
  const names = ['lobby', '*', '>', 'a.b', ' ', '\n', '_002a', 'ä'.repeat(300), '\ud800', '\ud801']
  for (const name of names) {
    a.server.join(near.local, name)
    b.server.join(far.local, name)
    await b.cluster.flush()
    const heard = Promise.all([next(near.client, 'message'), next(far.client, 'message')])
    assert.equal(a.cluster.to(name).send({ name }), 1)
    const [[message]] = await heard
    assert.equal(message.name.length, name.length)
    a.server.leave(near.local, name)
    b.server.leave(far.local, name)
  }
  a.cluster.send(other.id, { end: true })
  await log.reach('message')
  assert.deepEqual(log.of('message'), [[{ end: true }]])
})

test('who is in several rooms gets a message to all of them once, and who is excepted none', async t => {
  const { nodes: all } = await nodes(t, 2)
  const [a, b] = all
  const [near, far, other] = [await clientOf(t, a), await clientOf(t, b), await clientOf(t, b)]
  for (const room of ['red', 'blue']) {
    a.server.join(near.local, room)
    b.server.join(far.local, room)
  }
  b.server.join(other.local, 'blue')
  await b.cluster.flush()
  const logs = [near, far, other].map(({ client }) => new Log(client, ['message']))
  assert.equal(a.cluster.to(['red', 'blue']).send({ to: 'all' }), 1)
  assert.equal(a.cluster.to(['red', 'blue']).except(near.id, far.id).send({ to: 'other' }), 0)
  a.cluster.broadcast({ end: true })
  for (const [at, log] of logs.entries()) {
    const expected = at < 2 ? [{ to: 'all' }] : [{ to: 'all' }, { to: 'other' }]
    await log.reach('message', expected.length + 1)
    assert.deepEqual(log.of('message').flat(), [...expected, { end: true }])
  }
})

test("who is not there is told of by 'error' at the sender", async t => {
  const { nodes: all } = await nodes(t, 2)
  const [a, b] = all
  for (const id of [a.cluster.idOf(7), b.cluster.idOf(7)]) {
    const told = next(a.cluster, 'error')
    a.cluster.send(id, { any: 'thing' })
    const [about, error] = await told
    assert.equal(about, id)
    assert.equal(error.code, 'TLSJSON_NOT_CONNECTED')
    assert.equal(error.sent, false)
  }
  assert.equal(b.cluster.stats().absent, 1)
})

test('what is sent to a client keeps its order, over send, room and broadcast', async t => {
  const { nodes: all } = await nodes(t, 2)
  const [a, b] = all
  const { client, id, local } = await clientOf(t, b)
  b.server.join(local, 'room')
  await b.cluster.flush()
  const log = new Log(client, ['message'])
  const count = 3000
  for (let at = 0; at < count; at += 3) {
    a.cluster.send(id, { at })
    a.cluster.to('room').send({ at: at + 1 })
    a.cluster.broadcast({ at: at + 2 })
  }
  a.cluster.send(id, { at: count })
  const messages = await log.reach('message', count + 1)
  assert.deepEqual(
    messages.map(([message]) => message.at),
    Array.from({ length: count + 1 }, (_, at) => at),
  )
})
