'use strict'

// `queue`: what a client is given while it is not logged in is sent later, or told as dropped.

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const { test } = require('node:test')

const { closeClient } = require('../helpers/cleanup')
const { bounded, Log, elapsed, next, turn } = require('../helpers/events')
const { clientConfig, dial, join, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { referenceServer } = require('../helpers/reference-peer')
const { roles } = require('../helpers/roles')
const { Client, isOriginal } = require('../helpers/subject')
const { uncaught } = require('../helpers/uncaught')

const skip = isOriginal && 'the original keeps nothing'

const reconnect = { min: 1, max: 5 }
const EVENTS = ['dropped', 'unconfirmed', 'error']

/** @param {any} report */
const numbersOf = ({ messages }) => messages.map((/** @type {any} */ { n }) => n)

test('what was sent before the login comes first, and in order', { skip }, async t => {
  const port = await freePort()
  const client = dial(t, port, { reconnect, queue: {} })
  const log = new Log(client, EVENTS)
  for (let n = 0; n < 1000; n++) client.send({ n })
  assert.equal(client.stats().queue.messages, 1000)
  assert.equal(client.bufferedAmount, client.stats().queue.bytes)
  client.once('authenticated', () => client.send({ n: 1000 }))
  await log.reach('error')
  const { server } = await serve(t, undefined, port)
  const seen = new Log(server, ['message'])
  await seen.reach('message', 1001)
  assert.deepEqual(
    seen.of('message').map(([, { n }]) => n),
    Array.from({ length: 1001 }, (_, n) => n),
  )
  assert.equal(log.of('dropped').length, 0)
  assert.deepEqual(client.stats().queue.messages, 0)
})

test('what a lost connection was not given goes to the next one', { skip }, async t => {
  const { server, client, id } = await join(t, { client: { reconnect, queue: {} } })
  const seen = new Log(server, ['message'])
  client.send({ n: 1 })
  await seen.reach('message')
  server.sockets.get(id).end()
  await next(client.socket, 'end')
  // Its server reads no more: it is of no use, although the client does not know it closed.
  client.send({ n: 2 })
  await seen.reach('message', 2)
  assert.deepEqual(
    seen.of('message').map(([, { n }]) => n),
    [1, 2],
  )
})

test('beyond maxBytes the oldest are dropped, and told', { skip }, async t => {
  const line = Buffer.byteLength('{"n":0}') + 1
  const client = dial(t, await freePort(), { reconnect, queue: { maxBytes: 3 * line } })
  const log = new Log(client, EVENTS)
  for (let n = 0; n < 5; n++) client.send({ n })
  client.send({ text: 'x'.repeat(100) })
  const told = log.of('dropped').map(([report]) => [report.reason, report.count, report.messages])
  assert.deepEqual(told, [
    ['full', 1, [{ n: 0 }]],
    ['full', 1, [{ n: 1 }]],
    ['full', 4, [{ n: 2 }, { n: 3 }, { n: 4 }, { text: 'x'.repeat(100) }]],
  ])
  const { messages, bytes, dropped } = client.stats().queue
  assert.deepEqual([messages, bytes, dropped], [0, 0, { full: 6, expired: 0, disconnected: 0 }])
})

test('beyond maxAge they are dropped, and told in time', { skip }, async t => {
  const client = dial(t, await freePort(), { reconnect, queue: { maxAge: 100 } })
  const log = new Log(client, EVENTS)
  client.send({ n: 1 })
  client.send({ n: 2 })
  await elapsed(50)
  client.send({ n: 3 })
  await log.reach('dropped', 2)
  assert.deepEqual(
    log.of('dropped').map(([report]) => [report.reason, numbersOf(report)]),
    [
      ['expired', [1, 2]],
      ['expired', [3]],
    ],
  )
  assert.equal(client.stats().queue.dropped.expired, 3)
})

test('time goes with a mocked clock', { skip }, async t => {
  const client = dial(t, await freePort(), { reconnectInterval: 1e8, queue: { maxAge: 60_000 } })
  const log = new Log(client, EVENTS)
  await log.reach('error')
  t.mock.timers.enable({ apis: ['setTimeout'] })
  client.send({ n: 1 })
  t.mock.timers.tick(59_999)
  assert.equal(log.of('dropped').length, 0)
  t.mock.timers.tick(1)
  assert.equal(log.of('dropped').length, 1)
})

test('what is too old when the thread was busy is not sent', { skip }, async t => {
  const port = await freePort()
  const client = dial(t, port, { reconnect, queue: { maxAge: 50 } })
  const log = new Log(client, EVENTS)
  await log.reach('error')
  const { server } = await serve(t, undefined, port)
  const seen = new Log(server, ['message'])
  client.send({ n: 1 })
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60)
  await bounded(client.ready(), 'ready')
  client.send({ n: 2 })
  await seen.reach('message')
  assert.deepEqual(seen.of('message')[0]?.[1], { n: 2 })
  assert.deepEqual(numbersOf(log.of('dropped')[0]?.[0]), [1])
})

test('a listener of dropped that throws keeps nothing from being sent', { skip }, async t => {
  const server = await referenceServer(t)
  // So that it is dropped at the login, and by no timer.
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const client = dial(t, server.port, { queue: { maxAge: 50 } })
  const log = new Log(client, ['authenticated', ...EVENTS])
  client.once('dropped', () => {
    throw new Error('of a listener')
  })
  client.send({ n: 1 })
  const peer = await server.accept()
  await peer.line()
  const thrown = uncaught(t)
  const ready = client.ready()
  client.socket.once('data', () => {
    // Too long for the first one.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60)
    client.send({ n: 2 })
  })
  await peer.send({ authenticated: true })
  assert.equal((await thrown).message, 'of a listener')
  await bounded(ready, 'ready')
  assert.deepEqual(await peer.value(), { n: 2 })
  assert.deepEqual(log.names, ['dropped', 'authenticated'])
  client.send({ n: 3 })
  assert.deepEqual(await peer.value(), { n: 3 })
})

test('disconnect drops what waits, and then nothing is kept', { skip }, async t => {
  const client = dial(t, await freePort(), { reconnect, queue: {} })
  const log = new Log(client, EVENTS)
  /** @type {any[]} */
  const published = []
  const see = (/** @type {any} */ { client: of, count, reason }) => {
    if (of === client) published.push([count, reason])
  }
  subscribe('tls-json:client:dropped', see)
  t.after(() => unsubscribe('tls-json:client:dropped', see))
  client.send({ n: 1 })
  client.disconnect()
  assert.deepEqual(log.names, ['dropped'])
  assert.equal(log.of('dropped')[0]?.[0].reason, 'disconnected')
  assert.deepEqual(published, [[1, 'disconnected']])
  client.send({ n: 2 })
  assert.deepEqual(log.names, ['dropped', 'error'])
  assert.equal(log.of('error')[0]?.[0].code, 'TLSJSON_NOT_CONNECTED')
})

test('requests are not kept, and stand behind what is', { skip }, async t => {
  const port = await freePort()
  const client = dial(t, port, { reconnect, queue: {} })
  client.on('error', () => {})
  // More than is handed over at once.
  const text = 'x'.repeat(10_000)
  for (let n = 0; n < 500; n++) client.send({ n, text })
  await assert.rejects(client.request({ early: true }), { code: 'TLSJSON_NOT_CONNECTED' })
  const { server } = await serve(t, undefined, port)
  let count = 0
  server.on('message', () => count++)
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
    res.send({ count }),
  )
  await next(client, 'authenticated')
  assert.deepEqual(await client.request({}), { count: 500 })
})

test(
  'much is handed over as the server takes it, and drain tells of the end',
  { skip },
  async t => {
    const port = await freePort()
    const client = dial(t, port, { reconnect, queue: { maxBytes: 64 * 1024 * 1024 } })
    const log = new Log(client, EVENTS)
    const text = 'x'.repeat(100_000)
    for (let n = 0; n < 400; n++) client.send({ n, text })
    const { server } = await serve(t, undefined, port)
    let expected = 0
    server.on('message', (/** @type {any} */ _id, /** @type {any} */ { n }) => {
      assert.equal(n, expected++)
    })
    server.on('authenticated', (/** @type {any} */ _id, /** @type {any} */ socket) => {
      socket.pause()
      setTimeout(() => socket.resume(), 300)
    })
    await next(client, 'authenticated')
    assert.ok(client.stats().queue.messages > 100, `${client.stats().queue.messages} are left`)
    client.send({ n: 400 })
    await next(client, 'drain')
    assert.deepEqual([client.stats().queue.messages, client.needDrain], [0, false])
    const seen = new Log(server, ['message'])
    await seen.until(
      () => expected === 401,
      () => `${expected} messages`,
    )
    assert.equal(log.of('dropped').length, 0)
  },
)

test('an answer confirms what was sent before its request', { skip }, async t => {
  const { node: client, peer } = await roles.client(t, { reconnect, queue: {} })
  const log = new Log(client, EVENTS)
  client.send({ n: 1 })
  client.send({ n: 2 })
  const asked = client.request({ confirm: true })
  client.send({ n: 3 })
  for (const n of [1, 2]) assert.deepEqual(await peer.value(), { n })
  const { requestId } = await peer.value()
  await peer.send({ responseId: requestId })
  await asked
  assert.deepEqual(await peer.value(), { n: 3 })
  peer.socket.destroy()
  const [[report]] = /** @type {any} */ (await log.reach('unconfirmed'))
  assert.deepEqual([report.count, numbersOf(report)], [1, [3]])
  assert.equal(client.stats().queue.unconfirmed, 1)
})

test('where all was confirmed nothing is told', { skip }, async t => {
  const { node: client, peer } = await roles.client(t, { reconnect, queue: {} })
  const log = new Log(client, EVENTS)
  client.send({ n: 1 })
  const asked = client.request({})
  await peer.line()
  await peer.send({ responseId: (await peer.value()).requestId })
  await asked
  peer.socket.destroy()
  await next(client.socket, 'close')
  await turn()
  assert.deepEqual(log.of('unconfirmed'), [])
})

test(
  'of very many that are unconfirmed the latest are told, and the count of all',
  { skip },
  async t => {
    const line = Buffer.byteLength('{"n":0}') + 1
    const queue = { maxBytes: 3 * line }
    const { node: client, peer } = await roles.client(t, { reconnect, queue })
    const log = new Log(client, EVENTS)
    for (let n = 0; n < 9; n++) client.send({ n })
    await peer.until(() => peer.lines.length === 10, 'all of them')
    peer.socket.destroy()
    const [[report]] = /** @type {any} */ (await log.reach('unconfirmed'))
    assert.deepEqual([report.count, numbersOf(report)], [9, [6, 7, 8]])
  },
)

test('answers to a server are not kept', { skip }, async t => {
  const { node: client, peer } = await roles.client(t, { reconnect, queue: {} })
  const log = new Log(client, EVENTS)
  const [, res] = await (async () => {
    const request = next(client, 'request')
    await peer.send({ requestId: 7 })
    return request
  })()
  res.send({ now: true })
  assert.deepEqual(await peer.value(), { now: true, responseId: 7 })
  peer.socket.destroy()
  await next(client.socket, 'close')
  res.send({ late: true })
  assert.equal(log.of('error').at(-1)?.[0].code, 'TLSJSON_NOT_CONNECTED')
  assert.equal(client.stats().queue.messages, 0)
})

test('what is no such option is refused', { skip }, () => {
  const wrong = [
    [null, 'queue'],
    [true, 'queue'],
    [{ size: 5 }, 'size'],
    [{ maxBytes: 0 }, 'queue.maxBytes'],
    [{ maxBytes: '5' }, 'queue.maxBytes'],
    [{ maxAge: 0 }, 'queue.maxAge'],
    [{ maxAge: '5' }, 'queue.maxAge'],
  ]
  for (const [queue, named] of wrong) {
    assert.throws(
      () => new Client(clientConfig(1, { queue })),
      error => {
        assert.ok(error instanceof TypeError)
        assert.equal(/** @type {any} */ (error).code, 'ERR_INVALID_ARG_VALUE')
        assert.ok(error.message.includes(String(named)), error.message)
        return true
      },
    )
  }
})

test('what may be lost is told also where the next attempt throws', { skip }, async t => {
  const { server, port } = await serve(t)
  const config = clientConfig(port, { reconnect, queue: {} })
  const client = new Client(config)
  closeClient(t, client)
  const log = new Log(client, EVENTS)
  await next(client, 'authenticated')
  const arrived = next(server, 'message')
  client.send({ n: 1 })
  await arrived
  const thrown = uncaught(t)
  client.socket.destroy()
  client.connect()
  config.port = 65_536
  assert.equal((await thrown).code, 'ERR_SOCKET_BAD_PORT')
  const [[report]] = /** @type {any} */ (await log.reach('unconfirmed'))
  assert.deepEqual(numbersOf(report), [1])
})
