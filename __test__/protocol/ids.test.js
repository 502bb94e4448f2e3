'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { serve, dial, join, enter, taken, password } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { referenceClient, admitted } = require('../helpers/reference-peer')
const { tcp } = require('../helpers/raw')

test('ids count connections from zero and are never used again', async t => {
  const { server, port } = await serve(t)
  for (let n = 0; n < 5; n++) {
    const peer = await admitted(t, port, password)
    assert.deepEqual([...server.sockets.keys()], [n])
    const closed = next(server, 'close')
    peer.socket.destroy()
    assert.deepEqual(await closed, [n])
  }
  assert.equal(server.socketId, 5)
})

test('an id is given at the end of the handshake, before the password', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['authenticated'])
  const early = await referenceClient(t, port)
  await taken(server, 1)
  const later = await admitted(t, port, password)
  await early.send({ password })
  await log.reach('authenticated', 2)
  assert.deepEqual(
    log.of('authenticated').map(([id]) => id),
    [1, 0],
  )
  assert.deepEqual([...server.sockets.keys()], [0, 1])
  assert.equal(later.closed, false)
})

test('a refused client uses an id, TCP noise none', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['close', 'error', 'authenticated'])
  const rejected = await referenceClient(t, port)
  await rejected.send({ password: 'no' })
  await rejected.gone()
  for (const noise of ['GET / HTTP/1.1\r\n\r\n', '{"password":"x"}\n', '\0'.repeat(100), '']) {
    const socket = await tcp(t, port)
    const closed = next(socket, 'close')
    socket.resume()
    if (noise) socket.write(noise)
    else socket.end()
    await closed
  }
  await admitted(t, port, password)
  const [[id]] = await log.reach('authenticated')
  assert.equal(id, 1)
  assert.deepEqual(log.of('close'), [[0]])
  assert.deepEqual(log.of('error'), [])
})

test('ids are not coerced', async t => {
  const { server } = await join(t)
  for (const id of ['0', 0n, null, undefined, NaN, -1, 1]) {
    await assert.rejects(server.request(id, {}), { message: 'not connected or not authenticated' })
    assert.throws(() => server.send(id, {}), { message: 'not connected' })
  }
})

test('minus zero is zero, as in a Map', async t => {
  const { server, client } = await join(t)
  const message = next(client, 'message')
  server.send(-0, { a: 1 })
  assert.deepEqual(await message, [{ a: 1 }])
})

test("during 'close' the id is still known, then gone", async t => {
  const { server, client, socket } = await join(t)
  const seen = new Promise(resolve => {
    server.on('close', (/** @type {number} */ id) => {
      const during = [server.sockets.get(id) === socket, socket.destroyed]
      assert.throws(() => server.send(id, {}), { message: 'not connected' })
      setImmediate(() => resolve([...during, server.sockets.size]))
    })
  })
  client.disconnect()
  assert.deepEqual(await seen, [true, true, 0])
})

test('every client has its own id and messages go to the right one', async t => {
  const { server, port } = await serve(t)
  const clients = await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      const client = dial(t, port)
      const log = new Log(client, ['message'])
      await next(client, 'authenticated')
      client.send({ who: n })
      return { client, log }
    }),
  )
  server.on('message', (/** @type {number} */ id, /** @type {any} */ { who }) => {
    server.send(id, { you: who, id })
  })
  // Those whose message came before the listener ask again.
  for (const [n, { client }] of clients.entries()) client.send({ who: n })
  const ids = await Promise.all(
    clients.map(async ({ log }, n) => {
      const [[{ you, id }]] = /** @type {any} */ (await log.reach('message'))
      assert.equal(you, n)
      return id
    }),
  )
  assert.equal(new Set(ids).size, 30)
  assert.deepEqual(
    [...server.sockets.keys()],
    ids.sort((a, b) => a - b),
  )
})

test('ids go on when the server listens again, request ids over reconnects', async t => {
  const { server, client } = await join(t, { client: { reconnectInterval: 250 } })
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
    res.send({}),
  )
  await client.request({})
  const again = next(server, 'authenticated')
  server.sockets.get(0).destroy()
  assert.equal((await again)[0], 1)
  if (!client.isAuthenticated) await next(client, 'authenticated')
  await client.request({})
  assert.equal(client.requests.requestId, 3)
  const { id } = await enter(t, server)
  assert.equal(id, 2)
})
