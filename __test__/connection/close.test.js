'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { test } = require('node:test')
const { serve, dial, join, enter, password } = require('../helpers/ends')
const { Log, next, bounded, turn } = require('../helpers/events')
const { admitted, referenceServer } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

const EVENTS = ['authenticated', 'message', 'request', 'close', 'error', 'timeout']

test('disconnect: one close on each side, never in the same turn', async t => {
  const { server, client } = await join(t)
  const atClient = new Log(client, EVENTS)
  const atServer = new Log(server, EVENTS)
  assert.equal(client.disconnect(), undefined)
  assert.deepEqual(atClient.entries, [])
  client.disconnect()
  await Promise.all([atClient.reach('close'), atServer.reach('close')])
  client.disconnect()
  await turn()
  assert.deepEqual(atClient.entries, [['close']])
  assert.deepEqual(atServer.entries, [['close', 0]])
  assert.equal(client.socket.destroyed, true)
})

test('disconnect before the connection is up: the server sees nothing', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const client = dial(t, port)
  const atClient = new Log(client, EVENTS)
  client.disconnect()
  await atClient.reach('close')
  await enter(t, server)
  assert.deepEqual(atClient.entries, [['close']])
  assert.deepEqual(
    log.entries.map(([name, id]) => [name, id]),
    [['authenticated', 0]],
  )
})

test('one send right before disconnect arrives', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const entered = next(client, 'authenticated')
  const peer = await server.admit()
  await entered
  client.send({ last: true })
  client.disconnect()
  assert.equal(await peer.line(), '{"last":true}')
  await peer.gone()
})

test('socket.end delivers everything that was sent, from either side', async t => {
  const { server, client } = await join(t)
  const atServer = new Log(server, EVENTS)
  for (let n = 0; n < 200; n++) client.send({ n })
  client.socket.end()
  await atServer.reach('close')
  assert.equal(atServer.of('message').length, 200)
  assert.equal(atServer.names.at(-1), 'close')

  const { client: other, socket, id } = await enter(t, server)
  const atClient = new Log(other, EVENTS)
  for (let n = 0; n < 200; n++) server.send(id, { n })
  socket.end()
  await atClient.reach('close')
  assert.equal(atClient.of('message').length, 200)
  assert.equal(atClient.names.at(-1), 'close')
})

test('between disconnect and close a client send is silently lost', async t => {
  const { client } = await join(t)
  const log = new Log(client, ['error', 'close'])
  client.disconnect()
  assert.equal(client.send({ lost: true }), undefined)
  await log.reach('close')
  assert.deepEqual(log.entries, [['close']])
  client.send({ late: true })
  assert.equal(log.of('error')[0]?.[0].message, 'not connected or not authenticated')
})

test('after destroying a socket server.send is an error', async t => {
  const { server, socket, id } = await join(t)
  socket.destroy()
  assert.throws(() => server.send(id, {}), { message: 'not connected' })
})

test('what follows a destroy comes behind the immediates of that turn, also in the callback of a file', async t => {
  const { server } = await serve(t)
  for (let round = 0; round < 12; round++) {
    const { client } = await enter(t, server)
    /** @type {string[]} */
    const order = []
    const closed = next(client, 'close').then(() => order.push('close'))
    fs.stat(__filename, () => {
      client.socket.destroy()
      setImmediate(() => order.push('immediate'))
    })
    await closed
    assert.deepEqual(order, ['immediate', 'close'], `round ${round}`)
  }
})

test('a callback of server.close waits for the last connection', async t => {
  const { server, client } = await join(t)
  /** @type {string[]} */
  const order = []
  const closed = new Promise(resolve => {
    assert.equal(
      server.close((/** @type {any[]} */ ...args) => {
        order.push(`closed with ${args.length}`)
        resolve(undefined)
      }),
      undefined,
    )
  })
  const message = next(server, 'message')
  client.send({ still: 'usable' })
  assert.deepEqual(await message, [0, { still: 'usable' }])
  client.on('close', () => order.push('client gone'))
  order.push('before')
  client.disconnect()
  await bounded(closed, "the close's callback")
  assert.equal(order[0], 'before')
  assert.ok(order.includes('closed with 0'))
})

difference(
  "the callback comes behind 'close' of that connection, which is in no table any more",
  async t => {
    const { server, client } = await join(t)
    const log = new Log(server, ['close'])
    const closed = new Promise(resolve => {
      server.close(() => resolve([log.entries.slice(), server.sockets.size]))
    })
    client.disconnect()
    assert.deepEqual(await bounded(closed, "the close's callback"), [[['close', 0]], 0])
  },
)

difference('behind the message at which a client is destroyed nothing of it comes', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['message', 'request', 'close', 'error'])
  server.on('message', (/** @type {number} */ id) => server.sockets.get(id).destroy())
  const peer = await admitted(t, port, password)
  await peer.send({ n: 1 }, { n: 2 }, { n: 3, requestId: 1 })
  await log.reach('close')
  assert.deepEqual(log.entries, [
    ['message', 0, { n: 1 }],
    ['close', 0],
  ])
})

test('a closing server takes no new connections', async t => {
  const { server, client, port } = await join(t)
  server.close()
  const late = dial(t, port, { host: '127.0.0.1' })
  const [error] = await next(late, 'error')
  assert.equal(error.code, 'ECONNREFUSED')
  assert.equal(client.isAuthenticated, true)
})

test('closing a server that does not listen tells its callback so', async t => {
  const { server } = await serve(t)
  await bounded(new Promise(resolve => server.close(resolve)), 'closing')
  let same = true
  const error = new Promise(resolve => {
    server.close((/** @type {any} */ err) => resolve([err?.code, same]))
  })
  same = false
  assert.deepEqual(await bounded(error, 'the callback'), ['ERR_SERVER_NOT_RUNNING', false])
})

test('the same server can listen again', async t => {
  const { server, client } = await join(t)
  client.disconnect()
  await bounded(new Promise(resolve => server.close(resolve)), 'closing')
  assert.equal(server.tlsServer.listening, false)
  await bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
  const { id } = await enter(t, server)
  assert.equal(id, 1)
})

test("everything received comes before 'close'", async t => {
  const { server, client, socket } = await join(t)
  const log = new Log(client, EVENTS)
  for (let n = 0; n < 50; n++) server.send(0, { n })
  socket.end()
  await log.reach('close')
  assert.deepEqual(log.names, [...Array(50).fill('message'), 'close'])
})

test('a wrong moment for disconnect: inside each event', async t => {
  for (const when of ['authenticated', 'message', 'request']) {
    const { server, port } = await serve(t)
    server.on('authenticated', (/** @type {number} */ id) => {
      server.send(id, { m: 1 })
      server.request(id, { r: 1 }).catch(() => {})
    })
    const client = dial(t, port)
    client.on(when, () => client.disconnect())
    const log = new Log(client, ['close', 'error'])
    await log.reach('close')
    assert.deepEqual(log.names, ['close'])
  }
})
