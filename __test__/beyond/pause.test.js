'use strict'

// `client.pause()`: messages are held back, and the connection lives on.

const assert = require('node:assert/strict')
const { on } = require('node:events')
const { test } = require('node:test')

const { bounded, Log, elapsed, next, turn } = require('../helpers/events')
const { dial, join, serve } = require('../helpers/ends')
const { roles } = require('../helpers/roles')
const { isOriginal } = require('../helpers/subject')

const skip = isOriginal && 'the original cannot pause'

/** Pings come often. How long the machine takes for an answer is not what is tested. */
const often = { keepAliveInterval: 50, keepAliveTimeout: 60_000 }

/**
 * Until the client has answered so many pings more. What it was sent before them, it has read.
 * @param {any} server
 * @param {number} count
 */
async function answered(server, count) {
  const enough = server.stats().pings.answered + count
  const look = async () => {
    while (server.stats().pings.answered < enough) await turn()
  }
  await bounded(look(), `${count} answers to pings`)
}

test('messages wait, pings are answered, and all comes in order', { skip }, async t => {
  const { server, client, id } = await join(t, { server: often })
  const log = new Log(client, ['message', 'request', 'close'])
  const gone = new Log(server, ['timeout', 'close'])
  assert.equal(client.pause(), client)
  for (let n = 1; n <= 3; n++) server.send(id, { n })
  const answer = server.request(id, { n: 4 })
  server.send(id, { n: 5 })
  client.on('request', (/** @type {any} */ _req, /** @type {any} */ res) => res.send({ ok: true }))
  await answered(server, 3)
  assert.deepEqual([log.entries, gone.entries], [[], []])
  assert.equal(client.resume(), client)
  await log.reach('message', 4)
  assert.deepEqual(
    log.entries.map(([, { n }]) => n),
    [1, 2, 3, 4, 5],
  )
  assert.deepEqual(await bounded(answer, 'the answer'), { ok: true })
})

test('a ping in the middle of a batch that pauses is answered', { skip }, async t => {
  const { peer, node: client } = await roles.client(t)
  const [first] = [next(client, 'message')]
  client.once('message', () => void client.pause())
  await peer.send({ n: 1 }, { __ping: 7 }, { n: 2 }, { __ping: 8 })
  await first
  assert.deepEqual([await peer.value(), await peer.value()], [{ __pong: 7 }, { __pong: 8 }])
  const second = next(client, 'message')
  client.resume()
  assert.deepEqual(await second, [{ n: 2 }])
})

test('what only looks like a ping is held back', { skip }, async t => {
  const { node: client, peer } = await roles.client(t)
  const log = new Log(client, ['message', 'request'])
  await peer.send({ n: 0 })
  await log.reach('message')
  client.pause()
  await peer.write('{"n":1}\n{"__ping":0,"n":2}\n{"__ping":1,"requestId":1,"n":3}\n{"__ping":77}\n')
  while ((await peer.value('the answer to the ping')).__pong !== 77);
  const before = log.names.length
  client.resume()
  await log.reach('request')
  assert.equal(before, 1)
  assert.deepEqual(
    log.entries.map(([, { n }]) => n),
    [0, 1, 2, 3],
  )
})

test('answers come, so that who waits for one goes on', { skip }, async t => {
  const { server, client, id } = await join(t)
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) => {
    server.send(id, { text: 'in between' })
    res.send({ twice: 2 * req.n })
  })
  const log = new Log(client, ['message'])
  client.pause()
  for (const n of [1, 2]) {
    assert.deepEqual(await bounded(client.request({ n }), 'the answer'), { twice: 2 * n })
  }
  // Text that only looks like an answer is none.
  server.send(id, { text: '"responseId"', inner: { responseId: 1 } })
  server.send(id, 'no object, but "responseId"')
  await bounded(client.request({ n: 3 }), 'the answer')
  assert.equal(log.entries.length, 0)
  client.resume()
  await log.reach('message', 5)
})

test('no more than so much is held back: then the sender waits', { skip }, async t => {
  const { server, client, id } = await join(t)
  client.pause()
  const text = 'x'.repeat(1000)
  let sent = 0
  for (let full = 0; full < 5; full = server.needDrain(id) ? full + 1 : 0) {
    while (!server.needDrain(id)) {
      for (let at = 0; at < 100; at++) server.send(id, { n: sent++, text })
      await turn()
    }
    // The system's buffers may grow, for a while.
    await elapsed(50)
  }
  // What the system holds, and some.
  assert.ok(sent < 40_000, `${sent} KB are under way`)
  assert.ok(
    client.stats().bytes.received < 8e6,
    `${client.stats().bytes.received} bytes are held back`,
  )
  let expected = 0
  const all = new Promise(resolve => {
    client.on('message', (/** @type {any} */ { n }) => {
      assert.equal(n, expected++)
      // Again and again, in the middle of everything.
      if (n % 97 === 0) {
        client.pause()
        setImmediate(() => client.resume())
      }
      if (expected === sent) resolve(undefined)
    })
  })
  client.resume()
  await bounded(all, 'all of it')
})

test('it holds for the next connection, too', { skip }, async t => {
  const { server, port } = await serve(t, often)
  // To the first one nothing: what it holds back would be owed before its end.
  server.on('authenticated', (/** @type {number} */ id) => id > 0 && server.send(id, { hello: id }))
  const client = dial(t, port, { reconnect: { min: 1, max: 1 } })
  client.on('error', () => {})
  client.pause()
  const log = new Log(client, ['message'])
  await bounded(client.ready(), 'ready')
  for (const socket of server.sockets.values()) socket.destroy()
  await next(client, 'authenticated')
  await answered(server, 3)
  assert.deepEqual([log.entries, client.isAuthenticated], [[], true])
  client.resume()
  await log.reach('message')
})

test('with the socket paused as well, both have to go on', { skip }, async t => {
  const { server, client, id } = await join(t)
  const log = new Log(client, ['message'])
  client.pause()
  client.socket.pause()
  server.send(id, { n: 1 })
  client.resume()
  await elapsed(50)
  assert.equal(log.entries.length, 0)
  client.pause()
  client.socket.resume()
  await elapsed(50)
  assert.deepEqual([log.entries.length, client.socket.isPaused()], [0, false])
  client.resume()
  await log.reach('message')
})

test('what came before an end in order is owed, and disconnect owes nothing', { skip }, async t => {
  const { server, client, id } = await join(t)
  const log = new Log(client, ['message', 'close'])
  client.pause()
  server.send(id, { n: 1 })
  server.sockets.get(id).end()
  await elapsed(100)
  assert.deepEqual(log.names, [])
  client.resume()
  await log.reach('close')
  assert.deepEqual(log.names, ['message', 'close'])

  const other = await join(t)
  const seen = new Log(other.client, ['message', 'close'])
  other.client.pause()
  other.server.send(other.id, { n: 1 })
  await elapsed(50)
  other.client.disconnect()
  await seen.reach('close')
  assert.deepEqual(seen.names, ['close'])
})

test('events.on holds back a server by it, and its loop misses nothing', { skip }, async t => {
  const { server, client, id } = await join(t)
  const all = 5000
  const text = 'x'.repeat(1000)
  let most = 0
  let unread = 0
  client.on('message', () => (most = Math.max(most, ++unread)))
  const messages = on(
    client,
    'message',
    /** @type {any} */ ({ highWaterMark: 50, close: ['close'] }),
  )
  const sending = (async () => {
    for (let n = 0; n < all; n++) {
      if (server.needDrain(id)) await next(server, 'drain')
      server.send(id, { n, text })
    }
  })()
  let expected = 0
  for await (const [{ n }] of messages) {
    unread--
    assert.equal(n, expected++)
    if (n % 10 === 0) await turn()
    if (expected === all) client.disconnect()
  }
  await sending
  assert.equal(expected, all)
  assert.ok(most <= 60, `${most} were there at once`)
})
