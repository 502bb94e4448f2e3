'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { difference } = require('../helpers/subject')
const { serve, dial, join, enter } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log, next, elapsed } = require('../helpers/events')
const { referenceServer } = require('../helpers/reference-peer')

const EVENTS = ['authenticated', 'reconnectAttempt', 'message', 'close', 'error']

test('a kicked client comes back after the interval with the next id', async t => {
  const { server, client } = await join(t, { client: { reconnectInterval: 250 } })
  const log = new Log(client, EVENTS)
  const entered = next(server, 'authenticated')
  const began = Date.now()
  server.sockets.get(0).destroy()
  assert.equal((await entered)[0], 1)
  await log.reach('authenticated')
  assert.ok(Date.now() - began >= 240)
  assert.deepEqual(log.names, ['close', 'reconnectAttempt', 'authenticated'])
})

test('three losses in a row make three attempts', async t => {
  const { server, client } = await join(t, { client: { reconnectInterval: 250 } })
  const log = new Log(client, EVENTS)
  for (let id = 0; id < 3; id++) {
    server.sockets.get(id).destroy()
    await log.reach('authenticated', id + 1)
  }
  assert.deepEqual(log.names, Array(3).fill(['close', 'reconnectAttempt', 'authenticated']).flat())
})

test('without an interval a client stays away', async t => {
  const { server, client } = await join(t)
  const log = new Log(client, EVENTS)
  server.sockets.get(0).destroy()
  await log.reach('close')
  await elapsed(600)
  assert.deepEqual(log.names, ['close'])
  assert.equal(client.reconnectInterval, 0)
})

test('the first refused connection is told, the later ones are not', async t => {
  const port = await freePort()
  const client = dial(t, port, { reconnectInterval: 250 })
  const log = new Log(client, EVENTS)
  await log.reach('reconnectAttempt', 4)
  assert.deepEqual(log.names.slice(0, 2), ['error', 'close'])
  assert.equal(log.of('error').length, 1)
  assert.equal(log.of('close').length, 1)
  await serve(t, {}, port)
  await log.reach('authenticated')
  assert.deepEqual([log.of('error').length, log.of('close').length], [1, 1])
})

test('after a connection succeeded a loss is told again', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port, { reconnectInterval: 250 })
  const log = new Log(client, EVENTS)
  for (let n = 1; n <= 3; n++) {
    const peer = await server.admit()
    await log.reach('authenticated', n)
    peer.socket.destroy()
    await log.reach('close', n)
  }
})

test("'reconnectAttempt' comes just before connecting, in the same turn", async t => {
  const { server, client } = await join(t, { client: { reconnectInterval: 250 } })
  const dead = client.socket
  const seen = new Promise(resolve => {
    client.once('reconnectAttempt', () => {
      const before = client.socket
      queueMicrotask(() => resolve([before === dead, client.socket === dead]))
    })
  })
  server.sockets.get(0).destroy()
  assert.deepEqual(await seen, [true, false])
})

test('reconnecting calls this.connect', async t => {
  const { server, client } = await join(t, { client: { reconnectInterval: 250 } })
  const { connect } = client
  const called = new Promise(resolve => {
    client.connect = () => {
      connect()
      resolve(true)
    }
  })
  server.sockets.get(0).destroy()
  assert.equal(await called, true)
  await next(client, 'authenticated')
})

test('errors other than a refusal are always told', async t => {
  const { other } = require('../helpers/certificates')
  const server = await referenceServer(t)
  const client = dial(t, server.port, { reconnectInterval: 250, options: { ca: [other().cert] } })
  const log = new Log(client, EVENTS)
  await log.reach('error', 3)
  for (const [error] of log.of('error')) assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
})

test('a wrong password is tried for ever', async t => {
  const { port } = await serve(t)
  const client = dial(t, port, { reconnectInterval: 250, password: 'wrong' })
  const log = new Log(client, EVENTS)
  await log.reach('message', 3)
  for (const [message] of log.of('message')) {
    assert.deepEqual(message, { error: 'incorrect password' })
  }
})

test('disconnect ends it', async t => {
  const { server, client } = await join(t, { client: { reconnectInterval: 250 } })
  const log = new Log(client, EVENTS)
  const atServer = new Log(server, ['authenticated', 'close'])
  assert.equal(client.attemptsToReconnect, true)
  client.disconnect()
  assert.equal(client.attemptsToReconnect, false)
  await log.reach('close')
  await elapsed(600)
  await atServer.reach('close')
  assert.deepEqual(log.names, ['close'])
  assert.deepEqual(atServer.names, ['close'])
})

for (const when of ['at once', 'inside close']) {
  test(`attemptsToReconnect set to true again ${when} revives the client`, async t => {
    const { server, client } = await join(t, { client: { reconnectInterval: 250 } })
    const again = next(server, 'authenticated')
    const revive = () => (client.attemptsToReconnect = true)
    if (when === 'inside close') client.once('close', revive)
    client.disconnect()
    if (when === 'at once') revive()
    assert.equal((await again)[0], 1)
  })
}

test('reconnectInterval may be set later', async t => {
  const { server, client } = await join(t)
  const again = next(server, 'authenticated')
  client.reconnectInterval = 250
  server.sockets.get(0).destroy()
  assert.equal((await again)[0], 1)
})

test('connect by hand after disconnect works, without automatic reconnect', async t => {
  const { server, client } = await join(t, { client: { reconnectInterval: 250 } })
  const closed = next(client, 'close')
  client.disconnect()
  await closed
  const entered = Promise.all([next(server, 'authenticated'), next(client, 'authenticated')])
  client.connect()
  const [[id]] = await entered
  assert.equal(id, 1)
  const log = new Log(client, EVENTS)
  server.sockets.get(1).destroy()
  await log.reach('close')
  await elapsed(600)
  assert.deepEqual(log.names, ['close'])
})

test('disconnect and connect in one turn: the old connection closes once, a new one is made', async t => {
  const { server, client } = await join(t, { client: { reconnectInterval: 250 } })
  const log = new Log(client, EVENTS)
  const first = client.socket
  client.disconnect()
  client.connect()
  await log.reach('authenticated')
  assert.deepEqual(log.names, ['close', 'authenticated'])
  assert.notEqual(client.socket, first)
  const message = next(server, 'message')
  client.send({ here: 'again' })
  assert.deepEqual(await message, [1, { here: 'again' }])
})

test('nothing that was queued for one connection leaves on the next', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port, { reconnectInterval: 250 })
  const entered = next(client, 'authenticated')
  const first = await server.admit()
  await entered
  const again = next(client, 'authenticated')
  client.socket.destroy()
  for (let n = 0; n < 10; n++) client.send({ old: n })
  const second = await server.admit()
  await again
  client.send({ marker: 1 })
  assert.equal(await second.line(), '{"marker":1}')
  assert.ok(!first.lines.some(line => line.includes('marker')))
})

difference('one attempt per interval', async t => {
  const port = await freePort()
  const client = dial(t, port, { reconnectInterval: 100 })
  /** @type {number[]} */
  const times = []
  client.on('reconnectAttempt', () => times.push(performance.now()))
  await new Log(client, ['reconnectAttempt', 'error']).reach('reconnectAttempt', 6)
  const [first = 0, ...later] = times
  const after = later.map(time => Math.round(time - first))
  // Of five intervals. On a busy machine the first may be seen late, and then those behind it come the earlier.
  assert.ok(Number(after.at(-1)) > 350, `attempts ${after} ms after the first`)
})

difference('a wish to connect again replaces an earlier one', async t => {
  const port = await freePort()
  const client = dial(t, port)
  const log = new Log(client, EVENTS)
  await log.reach('close')
  client.reconnectInterval = 100
  client.beginReconnectInterval()
  client.reconnectInterval = 60_000
  client.beginReconnectInterval()
  await elapsed(400)
  assert.deepEqual(log.of('reconnectAttempt'), [])
})

difference('no second attempt while a slow connection is being made', async t => {
  // Takes the lookup's answer late, so that connecting outlasts several intervals.
  const server = await referenceServer(t)
  let lookups = 0
  const lookup = (
    /** @type {string} */ _name,
    /** @type {any} */ options,
    /** @type {any} */ done,
  ) => {
    lookups++
    setTimeout(
      () =>
        options.all
          ? done(null, [{ address: '127.0.0.1', family: 4 }])
          : done(null, '127.0.0.1', 4),
      150,
    )
  }
  const client = dial(t, server.port, { reconnectInterval: 30, options: { lookup } })
  const log = new Log(client, EVENTS)
  await server.admit()
  await log.reach('authenticated')
  assert.equal(lookups, 1)
  assert.deepEqual(log.names, ['authenticated'])
})

difference('connect on a connected client makes no second connection beside the first', async t => {
  const { server, client } = await join(t)
  const log = new Log(client, EVENTS)
  client.connect()
  const { client: other, id } = await enter(t, server)
  other.send({ marker: 1 })
  await next(server, 'message')
  const closed = next(client, 'close')
  client.disconnect()
  await closed
  while (server.sockets.size > 1) await next(server, 'close')
  assert.deepEqual([...server.sockets.keys()], [id])
  assert.ok(!log.names.includes('message'), log.names.join())
})
