'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const { serve, dial, join, enter } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { referenceServer } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

/** What a promise's continuation may still catch of what comes next on the same connection. */

const rounds = 20

test("client: a listener attached after await once 'authenticated' misses no greeting", async t => {
  const { server, port } = await serve(t)
  server.on('authenticated', (/** @type {number} */ id) => server.send(id, { hello: id }))
  for (let n = 0; n < rounds; n++) {
    const client = dial(t, port)
    await once(client, 'authenticated')
    const [message] = await bounded(once(client, 'message'), `greeting ${n}`)
    assert.deepEqual(message, { hello: n })
    client.disconnect()
  }
})

test("server: a listener attached after await once 'authenticated' misses no greeting", async t => {
  const { server, port } = await serve(t)
  for (let n = 0; n < rounds; n++) {
    const client = dial(t, port)
    client.on('authenticated', () => client.send({ hello: n }))
    await once(server, 'authenticated')
    const [, message] = await bounded(once(server, 'message'), `greeting ${n}`)
    assert.deepEqual(message, { hello: n })
    client.disconnect()
    await once(server, 'close')
  }
})

test('a greeting in the record behind the acceptance is not missed', async t => {
  const server = await referenceServer(t)
  for (let n = 0; n < rounds; n++) {
    const client = dial(t, server.port)
    const entered = once(client, 'authenticated')
    const peer = await server.accept()
    await peer.line()
    peer.socket.write('{"authenticated":true}\n')
    peer.socket.write(`{"hello":${n}}\n`)
    await entered
    const [message] = await bounded(once(client, 'message'), `greeting ${n}`)
    assert.deepEqual(message, { hello: n })
  }
})

test('a listener attached after await request() catches the next message', async t => {
  const { server, client } = await join(t)
  server.on(
    'request',
    (/** @type {number} */ id, /** @type {any} */ { n }, /** @type {any} */ res) => {
      res.send({ n })
      setImmediate(() => server.send(id, { after: n }))
    },
  )
  for (let n = 0; n < rounds; n++) {
    assert.deepEqual(await client.request({ n }), { n })
    const [message] = await bounded(once(client, 'message'), `message ${n}`)
    assert.deepEqual(message, { after: n })
  }
})

test('the same with the answer and the message in two records written together', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const entered = once(client, 'authenticated')
  const peer = await server.admit()
  await entered
  for (let n = 1; n <= rounds; n++) {
    const answer = client.request({})
    await peer.line()
    peer.socket.write(`{"responseId":${n}}\n`)
    peer.socket.write(`{"after":${n}}\n`)
    await answer
    const [message] = await bounded(once(client, 'message'), `message ${n}`)
    assert.deepEqual(message, { after: n })
  }
})

test('listeners attached later in the same turn, after a microtask too, miss nothing', async t => {
  const { server, port } = await serve(t)
  server.on('authenticated', (/** @type {number} */ id) => server.send(id, { hello: id }))
  const client = dial(t, port)
  await null
  await Promise.resolve()
  const log = new Log(client, ['authenticated', 'message'])
  await log.reach('message')
  assert.deepEqual(log.names, ['authenticated', 'message'])
})

test('messages of one record come in one turn, without a turn between them', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const peer = await server.admit()
  /** @type {string[]} */
  const order = []
  const both = new Promise(resolve => {
    client.on('message', (/** @type {any} */ { n }) => {
      order.push(`message ${n}`)
      setImmediate(() => {
        order.push(`turn ${n}`)
        if (order.length === 4) resolve(undefined)
      })
    })
  })
  await peer.send({ n: 1 }, { n: 2 })
  await bounded(both, 'two messages')
  assert.deepEqual(order, ['message 1', 'message 2', 'turn 1', 'turn 2'])
})

test('events.on iterates over every message', async t => {
  const { server, client } = await join(t)
  const { on } = require('node:events')
  const messages = on(client, 'message')
  for (let n = 0; n < 100; n++) server.send(0, { n })
  let expected = 0
  for await (const [{ n }] of messages) {
    assert.equal(n, expected++)
    if (expected === 100) break
  }
})

for (const role of ['server', 'client']) {
  for (const kind of ['message', 'request']) {
    difference(
      `${role}: a loop of await once '${kind}' misses none of twenty of one tick`,
      async t => {
        const { server, client, id } = await join(t)
        const [receiver, sender] = role === 'server' ? [server, client] : [client, server]
        const to = role === 'server' ? [] : [id]
        for (let n = 1; n <= 20; n++) {
          if (kind === 'message') sender.send(...to, { n })
          else sender.request(...to, { n }).catch(() => {})
        }
        for (let n = 1; n <= 20; n++) {
          const args = await bounded(once(receiver, kind), `${kind} ${n}`)
          assert.equal(args.find(arg => typeof arg === 'object').n, n)
        }
        client.disconnect()
      },
    )
  }
}

test("two messages of one tick: a loop of await once 'message' gets both", async t => {
  const { server, client } = await join(t)
  client.send({ n: 1 })
  client.send({ n: 2 })
  assert.deepEqual((await bounded(once(server, 'message'), 'the first'))[1], { n: 1 })
  assert.deepEqual((await bounded(once(server, 'message'), 'the second'))[1], { n: 2 })
})

test("a loop of await once 'data' of the socket gets each line", async t => {
  const { server, client } = await join(t)
  client.send({ n: 1 })
  client.send({ n: 2 })
  const socket = server.sockets.get(0)
  assert.equal(String((await bounded(once(socket, 'data'), 'the first'))[0]), '{"n":1}\n')
  assert.equal(String((await bounded(once(socket, 'data'), 'the second'))[0]), '{"n":2}\n')
})

test('a pause in the continuation of an awaited request holds the next message', async t => {
  const { server, client } = await join(t)
  server.on('request', (/** @type {number} */ id, /** @type {any} */ _, /** @type {any} */ res) => {
    res.send({})
    server.send(id, { n: 1 })
  })
  const log = new Log(client, ['message'])
  const other = await enter(t, server)
  await client.request({})
  client.socket.pause()
  server.send(0, { n: 2 })
  await other.client.request({})
  assert.deepEqual(log.entries, [])
  client.socket.resume()
  assert.deepEqual(await log.reach('message', 2), [[{ n: 1 }], [{ n: 2 }]])
})

test('a pause, an answer and messages, a resume: everything comes, and nothing else stands still', async t => {
  const { server, client } = await join(t)
  const other = await join(t)
  const log = new Log(client, ['message'])
  server.on('request', (/** @type {number} */ id, /** @type {any} */ _, /** @type {any} */ res) => {
    res.send({ answer: true })
    for (let n = 1; n <= 3; n++) server.send(id, { n })
  })
  const socket = server.sockets.get(0)
  client.socket.pause()
  const answer = client.request({})
  await next(server, 'request')
  socket.pause()
  client.socket.resume()
  socket.resume()
  assert.deepEqual(await bounded(answer, 'the answer'), { answer: true })
  assert.deepEqual(await log.reach('message', 3), [[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]])
  for (let n = 1; n <= 3; n++) {
    other.client.send({ n })
    assert.deepEqual((await next(other.server, 'message'))[1], { n })
  }
})
