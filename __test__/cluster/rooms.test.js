'use strict'

// Rooms of clients on other nodes, requests to all who are in one, and lists of clients.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { memoryBroker } = require('../../cluster')
const { Log, next } = require('../helpers/events')
const { clientOf, node, nodes } = require('../helpers/nodes')

/**
 * @param {AsyncIterable<any>} iterable
 * @returns {Promise<any[]>}
 */
async function all(iterable) {
  const found = []
  for await (const each of iterable) found.push(each)
  return found
}

/** @param {{ id: string | null, node: string }} a @param {{ id: string | null, node: string }} b */
const byId = (a, b) => ((a.id ?? a.node) < (b.id ?? b.node) ? -1 : 1)

test('a client of any node is put into a room, and gets what is sent there from then on', async t => {
  const [a, b, c] = (await nodes(t, 3)).nodes
  const { client, id, local } = await clientOf(t, b)
  await a.cluster.join(id, 'lobby')
  assert.deepEqual([...b.server.rooms.get('lobby')], [local])
  for (const { cluster } of [a, b, c]) {
    const heard = next(client, 'message')
    cluster.to('lobby').send({ from: cluster.id })
    assert.deepEqual(await heard, [{ from: cluster.id }])
  }
  await b.cluster.join(id, 'hall')
  await c.cluster.leave(id, 'lobby')
  await c.cluster.leave(id, 'lobby')
  await b.cluster.leave(id, 'hall')
  assert.equal(b.server.rooms.size, 0)
  for (const absent of [b.cluster.idOf(99), a.cluster.idOf(99)]) {
    for (const act of ['join', 'leave', 'disconnect']) {
      await assert.rejects(a.cluster[act](absent, 'x'), {
        code: 'TLSJSON_NOT_CONNECTED',
        sent: false,
      })
    }
  }
  for (const room of ['', 7, undefined]) {
    await assert.rejects(a.cluster.join(id, room), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(a.cluster.leave(id, room), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => a.cluster.to(room), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  assert.throws(() => a.cluster.to('x').except(0), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('a client is disconnected behind what was sent to it', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  for (const of of [a, b]) {
    const { client, id } = await clientOf(t, of)
    const log = new Log(client, ['message', 'close'])
    a.cluster.send(id, { last: true })
    await a.cluster.disconnect(id)
    await log.reach('close')
    assert.deepEqual(log.names, ['message', 'close'])
  }
})

test('a room that nobody is in any more costs a node nothing', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const { client, id } = await clientOf(t, b)
  const before = b.broker.channels.size
  await a.cluster.join(id, 'lobby')
  assert.equal(b.broker.channels.size, before + 1)
  const { messages } = b.cluster.stats().received
  const gone = next(b.server, 'close')
  client.disconnect()
  await gone
  assert.equal(b.broker.channels.size, before)
  a.cluster.to('lobby').send({ nobody: true })
  await a.cluster.flush()
  assert.equal(b.cluster.stats().received.messages, messages)
})

test('a request to a room gives the answer or the error of each, as it comes', async t => {
  const [a, b, c] = (await nodes(t, 3)).nodes
  const [near, far, mute] = [await clientOf(t, a), await clientOf(t, b), await clientOf(t, b)]
  const other = await clientOf(t, c)
  for (const { id } of [near, far, mute, other]) await a.cluster.join(id, 'lobby')
  for (const { client, id } of [near, far]) {
    client.on('request', (/** @type {any} */ { n }, /** @type {any} */ res) => res.send({ id, n }))
  }
  mute.client.on('request', () => mute.client.socket.destroy())
  const results = await all(a.cluster.to('lobby').except(other.id).request({ n: 7 }))
  const { error, ...told } = results.find(({ id }) => id === mute.id)
  assert.deepEqual(told, { id: mute.id, node: b.cluster.id })
  assert.equal(error.code, 'TLSJSON_CONNECTION_LOST')
  assert.equal(error.sent, true)
  assert.deepEqual(
    results.filter(({ id }) => id !== mute.id).sort(byId),
    [
      { id: near.id, node: a.cluster.id, answer: { id: near.id, n: 7 } },
      { id: far.id, node: b.cluster.id, answer: { id: far.id, n: 7 } },
    ].sort(byId),
  )
  assert.deepEqual(await all(a.cluster.to('nowhere').request({})), [])
})

test('who does not answer a request to a room in time is named', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const [near, far] = [await clientOf(t, a), await clientOf(t, b)]
  for (const { id } of [near, far]) await a.cluster.join(id, 'lobby')
  const results = await all(a.cluster.to('lobby').request({}, { timeout: 50 }))
  assert.deepEqual(results.map(({ id }) => id).sort(), [near.id, far.id].sort())
  for (const { error } of results) assert.equal(error.code, 'TLSJSON_REQUEST_TIMEOUT')
  assert.equal(a.cluster.stats().requests.pending, 0)
  assert.equal(a.server.stats().requests.pending, 0)
})

test('a node that does not say whom it has asked is named', async t => {
  let loses = false
  const hub = memoryBroker({ lose: ({ text }) => loses && text.includes('"act":"ask"') })
  const [a, b] = (await nodes(t, 2, { hub })).nodes
  const { id } = await clientOf(t, b)
  await a.cluster.join(id, 'lobby')
  loses = true
  const results = await all(a.cluster.to('lobby').request({}, { timeout: 50 }))
  assert.equal(results.length, 1)
  const [{ error, ...told }] = results
  assert.deepEqual(told, { id: null, node: b.cluster.id })
  assert.equal(error.code, 'TLSJSON_REQUEST_TIMEOUT')
})

test('without a broker a request to a room is one to those of the own node', async t => {
  const { hub, nodes: both } = await nodes(t, 2)
  const [a, b] = both
  const [near, far] = [await clientOf(t, a), await clientOf(t, b)]
  for (const { id } of [near, far]) await a.cluster.join(id, 'lobby')
  near.client.on('request', (/** @type {any} */ _, /** @type {any} */ res) =>
    res.send({ ok: true }),
  )
  const down = next(a.cluster, 'down')
  const asked = a.cluster.to('lobby').request({})
  hub.stop()
  await down
  for (const results of [await all(asked), await all(a.cluster.to('lobby').request({}))]) {
    assert.deepEqual(
      results.filter(({ error }) => error === undefined),
      [{ id: near.id, node: a.cluster.id, answer: { ok: true } }],
    )
    const [{ error }] = results.filter(result => result.error !== undefined)
    assert.equal(error.code, 'TLSJSON_BROKER_DOWN')
  }
})

test('who leaves the loop, or aborts, gives the rest up', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const clients = [await clientOf(t, b), await clientOf(t, b), await clientOf(t, a)]
  for (const { id } of clients) await a.cluster.join(id, 'lobby')
  const [first] = clients
  first.client.on('request', (/** @type {any} */ _, /** @type {any} */ res) =>
    res.send({ ok: true }),
  )
  const limits = { timeout: Infinity }
  for await (const { id } of a.cluster.to('lobby').request({}, limits)) {
    assert.equal(id, first.id)
    break
  }
  const controller = new AbortController()
  const reason = new Error('enough')
  const asked = a.cluster.to('lobby').request({}, { ...limits, signal: controller.signal })
  await asked.next()
  controller.abort(reason)
  // It wants no more, and not to hear of each what it does not get.
  await assert.rejects(asked.next(), error => error === reason)
  assert.deepEqual(await asked.next(), { done: true, value: undefined })
  assert.equal(a.cluster.stats().requests.pending, 0)
  // 'drop' has come behind the request.
  await a.cluster.flush()
  await a.cluster.count()
  assert.equal(b.server.stats().requests.pending, 0)
  assert.equal(a.server.stats().requests.pending, 0)
  assert.throws(() => a.cluster.to('lobby').request(7), { code: 'ERR_INVALID_ARG_TYPE' })
  assert.throws(() => a.cluster.to('lobby').request({}, { timeout: 0 }), {
    code: 'ERR_INVALID_ARG_VALUE',
  })
})

test('clients of all nodes are listed page by page, and counted', async t => {
  const describe = (/** @type {any} */ client) => ({ user: client.user, long: 'x'.repeat(30_000) })
  const config = { authenticate: () => 'somebody' }
  const { nodes: three } = await nodes(t, 3, { options: { describe }, config })
  const [a, b, c] = three
  const expected = []
  for (const of of three) {
    for (let at = 0; at < 6; at++) {
      const { id } = await clientOf(t, of)
      if (at < 4) await a.cluster.join(id, 'half')
      expected.push({ id, node: of.cluster.id, rooms: at < 4 ? ['half'] : [] })
    }
  }
  const clients = a.cluster.clients()
  const found = await all(clients)
  assert.deepEqual(clients.missing, [])
  for (const { info, since } of found) {
    assert.equal(info.user, 'somebody')
    assert.ok(since <= Date.now() && since > Date.now() - 600_000)
  }
  assert.deepEqual(
    found.map(({ id, node: of, rooms }) => ({ id, node: of, rooms })).sort(byId),
    expected.sort(byId),
  )
  const half = await all(b.cluster.clients({ room: 'half' }))
  assert.equal(half.length, 12)
  assert.deepEqual(await c.cluster.count(), { clients: 18, missing: [] })
  assert.deepEqual(await c.cluster.count('half'), { clients: 12, missing: [] })
  assert.deepEqual(await c.cluster.count('nowhere'), { clients: 0, missing: [] })
  // Who leaves the loop early leaves nothing behind.
  for await (const { id } of a.cluster.clients()) {
    if (id.startsWith('b')) break
  }
  assert.equal(a.cluster.stats().requests.pending, 0)
})

test('a node that does not answer is named, and fails no list', async t => {
  let mute = ''
  const hub = memoryBroker({
    lose: ({ channel }) => mute !== '' && channel.includes(`.node.${mute}`),
  })
  const [a, b, c] = (await nodes(t, 3, { hub })).nodes
  for (const of of [a, b, c]) await clientOf(t, of)
  mute = b.cluster.id
  const clients = a.cluster.clients({ timeout: 50 })
  const found = await all(clients)
  assert.deepEqual(clients.missing, [b.cluster.id])
  assert.deepEqual(found.map(({ node: of }) => of).sort(), [a.cluster.id, c.cluster.id].sort())
  mute = a.cluster.id
  const { clients: count, missing } = await a.cluster.count(undefined, { timeout: 50 })
  assert.deepEqual(missing.sort(), [b.cluster.id, c.cluster.id].sort())
  assert.equal(count, 1)
  const controller = new AbortController()
  const aborted = a.cluster.count(undefined, { signal: controller.signal })
  const listed = all(a.cluster.clients({ signal: controller.signal }))
  controller.abort(new Error('enough'))
  await assert.rejects(aborted, { message: 'enough' })
  await assert.rejects(listed, { message: 'enough' })
})

test('what describe throws is told of where it is written', async t => {
  const hub = memoryBroker()
  const a = await node(t, hub, { name: 'a' })
  const describe = () => {
    throw new Error('no idea')
  }
  const b = await node(t, hub, { name: 'b', describe })
  await Promise.all([a.cluster.ready(), b.cluster.ready()])
  await clientOf(t, b)
  const told = next(b.cluster, 'error')
  const clients = a.cluster.clients()
  assert.deepEqual(await all(clients), [])
  assert.deepEqual(clients.missing, [b.cluster.id])
  assert.equal((await told)[1].message, 'no idea')
})
