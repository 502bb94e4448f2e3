'use strict'

// Requests to clients of other nodes: how they are answered, and what they come to where they are not.

const assert = require('node:assert/strict')
const { getEventListeners } = require('node:events')
const { test } = require('node:test')

const { memoryBroker } = require('../../cluster')
const { Log, Watch, next } = require('../helpers/events')
const { clientOf, node, nodes } = require('../helpers/nodes')

/**
 * @param {Promise<any>} promise
 * @returns {Promise<{ code: string, sent: boolean }>} of the error it rejects with
 */
async function failure(promise) {
  const error = await promise.then(
    () => assert.fail('it was answered'),
    rejected => rejected,
  )
  assert.ok(error instanceof Error)
  const { code, sent } = /** @type {any} */ (error)
  return { code, sent }
}

test('a request is answered by a client of any node', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const [near, far] = [await clientOf(t, a), await clientOf(t, b)]
  for (const { client, id } of [near, far]) {
    client.on('request', (/** @type {any} */ request, /** @type {any} */ res) =>
      res.send({ got: request }),
    )
    const message = { add: [1, 2], requestId: 'mine' }
    assert.deepEqual(await a.cluster.request(id, message), { got: { add: [1, 2] } })
    // It is forwarded as text: the object of the program stays as it is.
    assert.deepEqual(message, { add: [1, 2], requestId: 'mine' })
    assert.deepEqual(await a.cluster.request(id, {}), { got: {} })
  }
})

test('an error that a client answers with is that of the request', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const config = { extensions: true }
  const { client, id } = await clientOf(t, b, config)
  client.on('request', (/** @type {any} */ _, /** @type {any} */ res) =>
    res.error(Object.assign(new RangeError('too far'), { code: 'FAR' })),
  )
  const error = await a.cluster.request(id, {}).catch((/** @type {any} */ rejected) => rejected)
  assert.equal(error.code, 'TLSJSON_REMOTE_ERROR')
  assert.equal(error.message, 'too far')
  assert.deepEqual(error.remote, { name: 'RangeError', message: 'too far', code: 'FAR' })
  assert.equal(error.sent, true)
  assert.equal(a.cluster.stats().requests.failed, 1)
})

test('the reason of a signal is thrown as it is, of a client of any node', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  for (const { id, client } of [await clientOf(t, a), await clientOf(t, b)]) {
    for (const reason of [Object.freeze(new Error('enough')), 'enough', null]) {
      const controller = new AbortController()
      const asked = a.cluster.request(id, {}, { signal: controller.signal })
      await next(client, 'request')
      controller.abort(reason)
      await assert.rejects(asked, error => error === reason)
    }
  }
})

test('a signal is let go once what it was for is over', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const { client, id, local } = await clientOf(t, b)
  b.server.join(local, 'lobby')
  client.on('request', (/** @type {any} */ _, /** @type {any} */ res) => res.send({ ok: true }))
  const { signal } = new AbortController()
  const held = () => getEventListeners(signal, 'abort').length
  const asked = a.cluster.request(id, {}, { signal })
  assert.equal(held(), 1)
  await asked
  assert.equal(held(), 0)
  for await (const { answer } of a.cluster.to('lobby').request({}, { signal }))
    assert.deepEqual(answer, { ok: true })
  await a.cluster.count(undefined, { signal })
  for await (const found of a.cluster.clients({ signal })) assert.equal(found.id, id)
  const absent = a.cluster.request(b.cluster.idOf(99), {}, { signal })
  await assert.rejects(absent, { code: 'TLSJSON_NOT_CONNECTED' })
  const late = a.cluster.request(b.cluster.idOf(local), {}, { signal, timeout: 1 })
  await late.catch(() => {})
  assert.equal(held(), 0)
})

test('who is not there, or goes, is told of with what may have happened', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const far = await clientOf(t, b)
  const near = await clientOf(t, a)
  const absent = { code: 'TLSJSON_NOT_CONNECTED', sent: false }
  assert.deepEqual(await failure(a.cluster.request(b.cluster.idOf(99), {})), absent)
  assert.deepEqual(await failure(a.cluster.request(a.cluster.idOf(99), {})), absent)
  // A node that nobody knows.
  assert.deepEqual(await failure(a.cluster.request('x-00000000:0', {})), absent)
  for (const { client, id } of [near, far]) {
    client.on('request', () => client.socket.destroy())
    const lost = { code: 'TLSJSON_CONNECTION_LOST', sent: true }
    assert.deepEqual(await failure(a.cluster.request(id, {})), lost)
  }
})

test('a request that is not answered in time is given up at both nodes', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  for (const { id } of [await clientOf(t, a), await clientOf(t, b)]) {
    const late = { code: 'TLSJSON_REQUEST_TIMEOUT', sent: true }
    assert.deepEqual(await failure(a.cluster.request(id, {}, { timeout: 30 })), late)
  }
  const watch = new Watch()
  const timer = setInterval(() => watch.changed(), 5)
  await watch.until(() => b.cluster.stats().requests.serving === 0, 'b has given it up')
  clearInterval(timer)
  assert.equal(a.cluster.stats().requests.pending, 0)
})

test('a signal gives a request up, with its reason', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const clients = [await clientOf(t, a), await clientOf(t, b)]
  const ways = clients.flatMap(end => [Infinity, 60_000].map(timeout => ({ ...end, timeout })))
  for (const { client, id, timeout } of ways) {
    const controller = new AbortController()
    const asked = a.cluster.request(id, {}, { signal: controller.signal, timeout })
    await next(client, 'request')
    const reason = new Error('changed my mind')
    controller.abort(reason)
    await assert.rejects(asked, error => error === reason)
    await assert.rejects(
      a.cluster.request(id, {}, { signal: controller.signal }),
      error => error === reason,
    )
  }
  await a.cluster.flush()
  const watch = new Watch()
  const timer = setInterval(() => watch.changed(), 5)
  await watch.until(() => b.cluster.stats().requests.serving === 0, 'b has given it up')
  clearInterval(timer)
  assert.equal(b.server.stats().requests.pending, 0)
})

test('a node that goes takes its requests with it', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const { client, id } = await clientOf(t, b)
  const asked = failure(a.cluster.request(id, {}))
  await next(client, 'request')
  await b.cluster.close()
  assert.deepEqual(await asked, { code: 'TLSJSON_NODE_LOST', sent: true })
  // From then on it is known that nobody is there.
  assert.deepEqual(await failure(a.cluster.request(id, {})), {
    code: 'TLSJSON_NOT_CONNECTED',
    sent: false,
  })
  const told = next(a.cluster, 'error')
  a.cluster.send(id, {})
  assert.equal((await told)[1].code, 'TLSJSON_NOT_CONNECTED')
})

for (const timeout of [Infinity, 60_000]) {
  test(`what a node that goes has asked is given up: a time limit of ${timeout}`, async t => {
    const [a, b] = (await nodes(t, 2)).nodes
    const { client, id } = await clientOf(t, b)
    const asked = failure(a.cluster.request(id, {}, { timeout }))
    await next(client, 'request')
    assert.equal(b.cluster.stats().requests.serving, 1)
    const down = next(b.cluster, 'nodeDown')
    await a.cluster.close()
    assert.deepEqual(await asked, { code: 'TLSJSON_NOT_CONNECTED', sent: true })
    await down
    assert.equal(b.server.stats().requests.pending, 0)
  })
}

test('a broker that goes ends what is under way, and refuses what comes', async t => {
  const { hub, nodes: all } = await nodes(t, 2)
  const [a, b] = all
  const { client, id } = await clientOf(t, b)
  const asked = failure(a.cluster.request(id, {}))
  const [, res] = await next(client, 'request')
  const down = next(a.cluster, 'down')
  hub.stop()
  await down
  assert.deepEqual(await asked, { code: 'TLSJSON_BROKER_DOWN', sent: true })
  assert.deepEqual(await failure(a.cluster.request(id, {})), {
    code: 'TLSJSON_BROKER_DOWN',
    sent: false,
  })
  // Clients of the own node are asked all the same.
  const near = await clientOf(t, a)
  near.client.on('request', (/** @type {any} */ _, /** @type {any} */ response) =>
    response.send({ here: true }),
  )
  assert.deepEqual(await a.cluster.request(near.id, {}), { here: true })
  const up = next(a.cluster, 'up')
  hub.start()
  await up
  res.send({ late: true })
  client.on('request', (/** @type {any} */ _, /** @type {any} */ response) =>
    response.send({ again: true }),
  )
  assert.deepEqual(await a.cluster.request(id, {}), { again: true })
})

test('a broker that hangs leaves a request to its time limit', async t => {
  const { hub, nodes: all } = await nodes(t, 2)
  const [a, b] = all
  const { id } = await clientOf(t, b)
  hub.hang()
  const late = { code: 'TLSJSON_REQUEST_TIMEOUT', sent: true }
  assert.deepEqual(await failure(a.cluster.request(id, {}, { timeout: 30 })), late)
  hub.resume()
})

test('no more requests wait than maxRequests, at either node', async t => {
  const hub = memoryBroker()
  const a = await node(t, hub, { name: 'a', maxRequests: 2 })
  const b = await node(t, hub, { name: 'b', maxRequests: 1 })
  await Promise.all([a.cluster.ready(), b.cluster.ready()])
  const { client, id } = await clientOf(t, b)
  const log = new Log(client, ['request'])
  const full = { code: 'TLSJSON_BUFFER_FULL', sent: false }
  const first = failure(a.cluster.request(id, { at: 1 }))
  const second = failure(a.cluster.request(id, { at: 2 }))
  assert.deepEqual(await failure(a.cluster.request(id, { at: 3 })), full)
  assert.equal(a.cluster.stats().requests.sent, 2)
  assert.deepEqual(await second, full)
  assert.equal((await log.reach('request')).length, 1)
  client.socket.destroy()
  assert.equal((await first).code, 'TLSJSON_CONNECTION_LOST')
})

test('what is longer than the broker takes is not sent; an answer that is too long is told of', async t => {
  const hub = memoryBroker({ maxMessageBytes: 1000 })
  const [a, b] = (await nodes(t, 2, { hub })).nodes
  const { client, id } = await clientOf(t, b)
  client.on('request', (/** @type {any} */ _, /** @type {any} */ res) =>
    res.send({ long: 'x'.repeat(2000) }),
  )
  const tooLong = 'TLSJSON_MESSAGE_TOO_LONG'
  assert.deepEqual(await failure(a.cluster.request(id, { long: 'ä'.repeat(500) })), {
    code: tooLong,
    sent: false,
  })
  assert.deepEqual(await failure(a.cluster.request(id, {})), { code: tooLong, sent: true })
  assert.equal(a.cluster.stats().requests.pending, 0)
})

test('what is no request is refused as by a server', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const { id } = await clientOf(t, b)
  for (const message of [undefined, null, 1, 'text', [], () => {}, { toJSON: () => [] }]) {
    await assert.rejects(a.cluster.request(id, message), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const options of [7, 'x', null]) {
    await assert.rejects(a.cluster.request(id, {}, options), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const timeout of [0, -1, NaN, '5']) {
    await assert.rejects(a.cluster.request(id, {}, { timeout }), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  await assert.rejects(a.cluster.request(id, {}, { signal: {} }), { code: 'ERR_INVALID_ARG_TYPE' })
  for (const odd of [0, '0', 'b:0', `${b.cluster.id}:`, `${b.cluster.id}:-1`, `${id} `, null]) {
    await assert.rejects(a.cluster.request(odd, {}), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => a.cluster.send(odd, {}), { code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('the time limit of a server is that of its cluster, however it was written', async t => {
  const [a, b] = (await nodes(t, 2, { config: { requestTimeout: '300' } })).nodes
  const { client, id } = await clientOf(t, b)
  client.once('request', (/** @type {any} */ _, /** @type {any} */ res) => res.send({ ok: true }))
  assert.deepEqual(await a.cluster.request(id, {}), { ok: true })
  await a.cluster.join(id, 'lobby')
  client.once('request', (/** @type {any} */ _, /** @type {any} */ res) =>
    res.send({ in: 'lobby' }),
  )
  for await (const { answer } of a.cluster.to('lobby').request({}))
    assert.deepEqual(answer, { in: 'lobby' })
  await assert.rejects(a.cluster.request(id, {}), { code: 'TLSJSON_REQUEST_TIMEOUT', sent: true })
  assert.equal(b.cluster.stats().malformed, 0)
})
