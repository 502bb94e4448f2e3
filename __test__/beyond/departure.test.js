'use strict'

// `client.shutdown()`, and what a client does whose server asks it to go.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { bounded, elapsed, Log, next } = require('../helpers/events')
const { dial, join, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { referenceServer } = require('../helpers/reference-peer')
const { roles } = require('../helpers/roles')
const { isOriginal } = require('../helpers/subject')
const { uncaught } = require('../helpers/uncaught')

const skip = isOriginal && 'the original knows neither'

const EVENTS = ['leave', 'reconnectAttempt', 'authenticated', 'close', 'error']

/** What a server says that lets in who announces extensions. */
const ADMISSION = { authenticated: true, tlsjson: ['leave', 'error'] }

/** @param {number} after */
const notice = after => ({ responseId: 'tlsjson', leave: { after } })

test(
  'shutdown finishes what is under way, both ways, and writes what was sent',
  { skip },
  async t => {
    const { server, client, id } = await join(t, { client: { reconnect: { min: 1 } } })
    const seen = new Log(server, ['message', 'close'])
    server.on(
      'request',
      (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) => {
        setTimeout(() => res.send({ done: true }), 50)
      },
    )
    client.on('request', (/** @type {any} */ _req, /** @type {any} */ res) => {
      setTimeout(() => res.send({ done: 'too' }), 100)
    })
    const log = new Log(client, EVENTS)
    const asked = client.request({})
    const askedBack = server.request(id, {})
    await next(client, 'request')
    // An answer may lead to more.
    const more = asked.then(() => client.request({ more: true }))
    const over = client.shutdown()
    client.send({ last: 'words' })
    await bounded(over, 'the shutdown')
    assert.deepEqual(await Promise.all([asked, more, askedBack]), [
      { done: true },
      { done: true },
      { done: 'too' },
    ])
    await seen.reach('close')
    assert.deepEqual(seen.names, ['message', 'close'])
    assert.deepEqual(log.names, ['close'])
    assert.equal(client.attemptsToReconnect, false)
  },
)

test('it ends in time when nobody answers', { skip }, async t => {
  const { node: client } = await roles.client(t, { reconnect: { min: 1 } })
  const lost = assert.rejects(client.request({}), { code: 'TLSJSON_CONNECTION_LOST' })
  await bounded(client.shutdown({ timeout: 50 }), 'the shutdown')
  await lost
  assert.equal(client.isConnected, false)
  await assert.rejects(client.shutdown({ timeout: 0 }), { code: 'ERR_INVALID_ARG_VALUE' })
  for (const options of [null, 5000]) {
    await assert.rejects(client.shutdown(options), { code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('where there is no login it is disconnect', { skip }, async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port, { reconnect: { min: 1 } })
  const ready = assert.rejects(client.ready(), { code: 'TLSJSON_NOT_CONNECTED' })
  await server.accept()
  await bounded(client.shutdown(), 'the shutdown')
  await ready
  await bounded(client.shutdown(), 'another shutdown')
})

test('what waits in its queue is written, or told', { skip }, async t => {
  const { server, client } = await join(t, { client: { queue: {} } })
  const text = 'x'.repeat(100_000)
  let count = 0
  server.on('message', () => count++)
  for (let n = 0; n < 100; n++) client.send({ n, text })
  await bounded(client.shutdown(), 'the shutdown')
  if (server.sockets.size > 0) await next(server, 'close')
  assert.equal(count, 100)

  const other = dial(t, await freePort(), { queue: {} })
  const log = new Log(other, ['dropped'])
  other.on('error', () => {})
  other.send({ n: 1 })
  await other.shutdown()
  assert.equal(log.of('dropped')[0]?.[0].reason, 'disconnected')
})

test('await using shuts a client down', { skip }, async t => {
  const { client, server } = await join(t)
  const gone = next(server, 'close')
  await bounded(client[Symbol.asyncDispose](), 'the disposal')
  await gone
  assert.equal(client.socket.destroyed, true)
})

/**
 * A client of two servers that is logged in at the first, a peer by hand, and waits for an answer.
 * @param {import('node:test').TestContext} t
 * @param {object} reconnect
 */
async function between(t, reconnect) {
  const old = await referenceServer(t)
  const { server, port } = await serve(t)
  const client = dial(t, 1, { servers: [{ port: old.port }, { port }], reconnect })
  const log = new Log(client, EVENTS)
  const peer = await old.accept()
  await peer.line()
  await peer.send(ADMISSION)
  await log.reach('authenticated')
  const asked = client.request({ n: 1 })
  const { requestId } = await peer.value()
  return { server, port, client, log, peer, asked, requestId }
}

test('asked to leave, a client finishes, goes, and comes to the next server', { skip }, async t => {
  const { server, port, client, log, peer, asked, requestId } = await between(t, { min: 50_000 })
  await peer.send(notice(20))
  await log.reach('leave')
  assert.deepEqual(log.of('leave'), [[{ after: 20 }]])
  await elapsed(60)
  // Its turn is over, but it still waits for an answer.
  assert.equal(peer.ended, false)
  await peer.send({ responseId: requestId, ok: true })
  assert.deepEqual(await asked, { ok: true })
  await log.reach('authenticated', 2)
  assert.deepEqual(log.names, [
    'authenticated',
    'leave',
    'close',
    'reconnectAttempt',
    'authenticated',
  ])
  assert.equal(server.sockets.size, 1)
  assert.equal(client.socket.remotePort, port)
})

test('what is asked when its turn has come is asked of the next server', { skip }, async t => {
  const { server, client, log, peer, asked, requestId } = await between(t, { min: 1 })
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ { n }, /** @type {any} */ res) =>
    res.send({ n }),
  )
  await peer.send(notice(1))
  await log.reach('leave')
  await elapsed(30)
  const message = { n: 2 }
  const later = client.request(message)
  message.n = 3
  const none = [
    assert.rejects(client.request({}, { timeout: 20 }), { code: 'TLSJSON_REQUEST_TIMEOUT' }),
    assert.rejects(client.request({}, { signal: AbortSignal.timeout(20) }), {
      name: 'TimeoutError',
    }),
    assert.rejects(client.request({}, { timeout: 0 }), { code: 'ERR_INVALID_ARG_VALUE' }),
    assert.rejects(client.request([]), { code: 'ERR_INVALID_ARG_TYPE' }),
  ]
  client.send({ still: 'here' })
  assert.deepEqual(await peer.value(), { still: 'here' })
  await Promise.all(none.slice(0, 3))
  assert.deepEqual([peer.ended, peer.lines.length], [false, 3])
  await peer.send({ responseId: requestId, ok: true })
  assert.deepEqual(await asked, { ok: true })
  await peer.until(() => peer.ended, 'its end')
  assert.deepEqual(await bounded(later, 'the answer'), { n: 2 })
  await Promise.all(none)
  assert.deepEqual(log.of('error'), [])
})

test('what is said behind its end is told as without a connection', { skip }, async t => {
  const { node: client, peer, log } = await roles.client(t)
  peer.socket.allowHalfOpen = true
  const down = client.shutdown()
  await peer.until(() => peer.ended, 'its end')
  client.send({ too: 'late' })
  await assert.rejects(client.request({}), { code: 'TLSJSON_NOT_CONNECTED' })
  assert.deepEqual(
    log.of('error').map(([{ code }]) => code),
    ['TLSJSON_NOT_CONNECTED'],
  )
  peer.socket.end()
  await bounded(down, 'the shutdown')
})

test('whoever is lost before its turn connects again as always', { skip }, async t => {
  const old = await referenceServer(t)
  const { port } = await serve(t)
  const reconnect = { min: 20, max: 20 }
  const client = dial(t, 1, { servers: [{ port: old.port }, { port }], reconnect })
  const log = new Log(client, EVENTS)
  const peer = await old.accept()
  await peer.line()
  await peer.send(ADMISSION)
  await log.reach('authenticated')
  await peer.send(notice(86_400_000))
  await log.reach('leave')
  peer.socket.end()
  await log.reach('authenticated', 2)
  assert.equal(client.socket.remotePort, port)
})

test('a listener of leave may have its own way', { skip }, async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port, { reconnect: { min: 1 } })
  const log = new Log(client, EVENTS)
  client.on('leave', () => client.disconnect())
  const peer = await server.accept()
  await peer.line()
  await peer.send(ADMISSION)
  await peer.send(notice(1))
  await log.reach('close')
  assert.deepEqual(log.names, ['authenticated', 'leave', 'close'])
})

test(
  'what a paused client holds back when it is asked to leave is owed to it',
  { skip },
  async t => {
    const { server, client, id } = await join(t, { client: { reconnect: { min: 50_000 } } })
    const log = new Log(client, ['message', 'close', 'error'])
    client.pause()
    for (let n = 0; n < 3; n++) server.send(id, { n })
    const { left } = await bounded(server.shutdown({ spread: 10 }), 'the shutdown')
    assert.equal(left, 1)
    // Longer than a server has to end its side.
    await elapsed(5500)
    client.resume()
    await log.reach('close')
    assert.deepEqual(log.names, ['message', 'message', 'message', 'close'])
  },
)

test('a listener of leave that throws keeps nobody', { skip }, async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port, { extensions: true })
  const log = new Log(client, EVENTS)
  client.on('leave', () => {
    throw new Error('of a listener')
  })
  const peer = await server.accept()
  await peer.line()
  const thrown = uncaught(t)
  await peer.send(ADMISSION, notice(1))
  assert.equal((await thrown).message, 'of a listener')
  await log.reach('close')
  assert.deepEqual(log.names, ['authenticated', 'leave', 'close'])
})

test('without reconnecting it goes and stays away', { skip }, async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port, { extensions: true })
  const log = new Log(client, EVENTS)
  const peer = await server.accept()
  await peer.line()
  await peer.send(ADMISSION)
  await peer.send(notice(1))
  await peer.until(() => peer.ended, 'its end')
  await log.reach('close')
  assert.deepEqual(log.names, ['authenticated', 'leave', 'close'])
})

test('to who has announced nothing such a line says nothing, as ever', { skip }, async t => {
  const { peer, log } = await roles.client(t, { reconnectInterval: 50_000 })
  await peer.send(ADMISSION, notice(1), { n: 1 })
  await log.reach('message', 2)
  await elapsed(50)
  assert.deepEqual(log.names, ['message', 'message'])
  assert.equal(peer.ended, false)
})

test(
  '10,000 clients that are asked to leave within 5 s come to the next server without a herd',
  { skip },
  t => {
    const { Departure } = require('../../lib/client/departure')
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const seconds = Array.from({ length: 5 }, () => 0)
    let now = 0
    let last = 1
    const random = () => (last = (Math.imul(last, 1664525) + 1013904223) >>> 0) / 2 ** 32
    for (let client = 0; client < 10_000; client++) {
      const left = /** @type {any} */ ({ ended: false, destroyed: false })
      new Departure(async () => {
        seconds[now] = Number(seconds[now]) + 1
      }, random).begin(left, 5000)
    }
    for (; now < 5; now++) t.mock.timers.tick(1000)
    assert.equal(
      seconds.reduce((sum, count) => sum + count),
      10_000,
    )
    assert.ok(Math.max(...seconds) <= 1.2 * 2000, `${seconds}`)
  },
)

for (const how of ['one', 'many']) {
  test(`asked to leave while paused, it answers ${how} that waits`, { skip }, async t => {
    const COUNT = how === 'one' ? 1 : 500
    const { server, client, id } = await join(t, { client: { reconnect: { min: 50_000 } } })
    const log = new Log(client, EVENTS)
    let answered = 0
    client.on('request', (/** @type {any} */ { n }, /** @type {any} */ res) => {
      setTimeout(() => res.send({ n }), 1)
    })
    client.pause()
    const all = Array.from({ length: COUNT }, async (_, n) => {
      const answer = await server.request(id, { n, text: 'x'.repeat(1000) })
      assert.deepEqual(answer, { n })
      answered++
    })
    const down = server.shutdown({ spread: 1, timeout: 8000 })
    await log.reach('leave')
    await elapsed(200)
    assert.equal(answered, 0)
    client.resume()
    await bounded(Promise.all(all), 'the answers')
    assert.deepEqual(await bounded(down, 'the shutdown'), { left: 1, cut: 0 })
    assert.deepEqual(log.of('error'), [])
  })
}
