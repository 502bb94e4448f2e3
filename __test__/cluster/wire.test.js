'use strict'

// What nodes of different versions, and others who use the same broker, say: what is not known is passed over.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { memoryBroker } = require('../../cluster')
const { Log, next } = require('../helpers/events')
const { clientOf, nodes } = require('../helpers/nodes')
const { Writer } = require('../helpers/writer')

test('who has given a request up hears no more of it', async t => {
  const writer = new Writer()
  await writer.open()
  const [a] = (await nodes(t, 1, { hub: writer.hub })).nodes
  const { client, local } = await clientOf(t, a)
  const toA = writer.channels.node(a.cluster.id)
  const request = { kind: 'call', act: 'request', to: local }
  const first = next(client, 'request')
  await writer.write(toA, { ...request, id: 1 }, '{}')
  const [, given] = await first
  await writer.write(toA, { kind: 'drop', id: 1 })
  assert.equal(a.server.stats().requests.pending, 0)
  const second = next(client, 'request')
  await writer.write(toA, { ...request, id: 2 }, '{}')
  const [, res] = await second
  given.send({ too: 'late' })
  res.send({ in: 'time' })
  while (!writer.heard.some(({ kind, id }) => kind === 'reply' && id === 2)) await a.cluster.flush()
  assert.deepEqual(
    writer.heard
      .filter(({ kind }) => kind !== 'beat')
      .map(({ kind, id, payload }) => [kind, id, payload]),
    [['reply', 2, '{"in":"time"}']],
  )
})

test('a message of a future version is understood as far as it is known', async t => {
  const writer = new Writer()
  await writer.open()
  const [a] = (await nodes(t, 1, { hub: writer.hub })).nodes
  const { client, local, id } = await clientOf(t, a)
  await a.cluster.join(id, 'lobby')
  const { all, beats } = writer.channels
  const toA = writer.channels.node(a.cluster.id)
  const up = next(a.cluster, 'nodeUp')
  const fields = { zone: 'eu', nested: { any: ['thing'] } }
  await writer.write(beats, { kind: 'beat', clients: 3, every: 1000, load: 0.5, ...fields })
  const [{ clients }] = await up
  assert.equal(clients, 3)

  const log = new Log(client, ['message'])
  await writer.write(all, { kind: 'all', compressed: false, ...fields }, '{"at":1}')
  await writer.write(toA, { kind: 'send', to: local, ...fields }, '{"at":2}')
  await writer.write(
    writer.channels.room('lobby'),
    { kind: 'room', rooms: ['lobby'], ...fields },
    '{"at":3}',
  )
  // Kinds that there are not yet: nothing happens, and it is counted.
  await writer.write(all, { kind: 'all-zipped', ...fields }, 'xyz')
  await writer.write(toA, { kind: 'constructor' })
  await writer.write(all, { kind: 'all' }, '{"at":4}')
  await log.reach('message', 4)
  assert.deepEqual(
    log.of('message').map(([{ at }]) => at),
    [1, 2, 3, 4],
  )
  const { unknown, malformed } = a.cluster.stats()
  assert.deepEqual({ unknown, malformed }, { unknown: 2, malformed: 0 })

  // A call that there is not yet is answered: who asks need not wait.
  await writer.write(toA, { kind: 'call', id: 5, act: 'migrate', to: local })
  await writer.write(toA, { kind: 'call', id: 6, act: 'join', to: local })
  await writer.broker.flush()
  assert.deepEqual(
    writer.heard.filter(({ kind }) => kind === 'fail').map(({ id: of, error }) => [of, error.code]),
    [
      [5, 'TLSJSON_INTERNAL'],
      [6, 'TLSJSON_INTERNAL'],
    ],
  )
  assert.ok(writer.heard.every(({ v }) => v === 1))
})

test('what is no message of a node is passed over, and counted', async t => {
  const writer = new Writer()
  await writer.open()
  const [a] = (await nodes(t, 1, { hub: writer.hub })).nodes
  const { client, local } = await clientOf(t, a)
  const log = new Log(client, ['message'])
  const { all, beats } = writer.channels
  const toA = writer.channels.node(a.cluster.id)
  const texts = [
    '',
    '\n',
    '{',
    'null',
    '7',
    '[]',
    '{}',
    '{"kind":"all"}',
    '{"kind":7,"from":"a-00000000"}',
  ]
  for (const text of texts) writer.broker.publish(all, text)
  const headers = [
    { kind: 'all', from: 'not a node' },
    { kind: 'send', to: '0' },
    { kind: 'send', to: -1 },
    { kind: 'send' },
    { kind: 'room' },
    { kind: 'room', rooms: [''] },
    { kind: 'room', rooms: ['x'], except: [7] },
    { kind: 'beat', clients: 'many', every: 1 },
    { kind: 'beat', clients: 1, every: 0 },
    { kind: 'call', id: 'x', act: 'request' },
    { kind: 'call', id: 1, act: 'request', to: local, time: -1 },
    // What no timer takes, and would be over at once.
    { kind: 'call', id: 1, act: 'request', to: local, time: 2 ** 31 },
    { kind: 'call', id: 1, act: 'ask', rooms: 'lobby' },
    { kind: 'reply' },
    { kind: 'fail', id: 1, error: 'no' },
    { kind: 'fail', id: 1, error: { message: 7 } },
  ]
  for (const header of headers) await writer.write(toA, header, '{}')
  // Of nobody's calls.
  await writer.write(toA, { kind: 'reply', id: 99 }, '{}')
  await writer.write(toA, { kind: 'fail', id: 99, error: { code: 'X', message: 'y' } })
  await writer.write(toA, { kind: 'drop', id: 99 })
  await writer.write(toA, { kind: 'call', id: 8, act: 'page', page: 3 })
  await writer.write(beats, { kind: 'left' })
  await writer.write(all, { kind: 'all' }, '{"end":true}')
  await log.reach('message')
  assert.deepEqual(log.of('message'), [[{ end: true }]])
  const { malformed, unknown } = a.cluster.stats()
  assert.deepEqual({ malformed, unknown }, { malformed: texts.length + headers.length, unknown: 0 })
  assert.equal(a.cluster.nodes.size, 0)
  const [{ id, error }] = writer.heard.filter(({ kind }) => kind === 'fail')
  assert.deepEqual([id, error.code], [8, 'TLSJSON_NODE_LOST'])
})

test('only who was asked can answer', async t => {
  const writer = new Writer()
  await writer.open()
  const [a, b] = (await nodes(t, 2, { hub: writer.hub })).nodes
  const { client, id } = await clientOf(t, b)
  const asked = a.cluster.request(id, {})
  const [, res] = await next(client, 'request')
  const toA = writer.channels.node(a.cluster.id)
  for (let call = 0; call < 10; call++) {
    await writer.write(toA, { kind: 'reply', id: call }, '{"from":"who was not asked"}')
    await writer.write(toA, { kind: 'fail', id: call, error: { code: 'X', message: 'no' } })
  }
  res.send({ from: 'who was asked' })
  assert.deepEqual(await asked, { from: 'who was asked' })
})

test('a broker that sends a node its own messages back makes nothing double', async t => {
  const hub = memoryBroker()
  const connect = () => {
    const broker = /** @type {any} */ (hub.connect())
    const { open, publish } = broker
    /** @type {any} */
    let events
    return Object.assign(broker, {
      open: (/** @type {any} */ given, /** @type {any} */ limits) => {
        events = given
        return open.call(broker, given, limits)
      },
      publish: (
        /** @type {string} */ channel,
        /** @type {string} */ text,
        /** @type {string} */ tag,
      ) => {
        if (broker.channels.has(channel)) setImmediate(() => events.message(channel, text))
        return publish.call(broker, channel, text, tag)
      },
    })
  }
  const [a, b] = (await nodes(t, 2, { hub: { connect } })).nodes
  const [near, far] = [await clientOf(t, a), await clientOf(t, b)]
  const logs = [near, far].map(({ client }) => new Log(client, ['message']))
  assert.equal(a.cluster.broadcast({ at: 1 }), 1)
  assert.deepEqual(await a.cluster.count(), { clients: 2, missing: [] })
  a.cluster.broadcast({ at: 2 })
  for (const log of logs) {
    await log.reach('message', 2)
    assert.deepEqual(log.of('message').flat(), [{ at: 1 }, { at: 2 }])
  }
  assert.equal(a.cluster.nodes.size, 1)
})
