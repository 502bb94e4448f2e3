'use strict'

// What a network does: bytes come late, slowly, in pieces, damaged, or not at all; and peers that read slowly or never.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { overNode, difference, isOriginal } = require('../helpers/subject')
const { dial, enter, join, password, serve } = require('../helpers/ends')
const { Log, bounded, next, turn } = require('../helpers/events')
const { chaosProxy } = require('../helpers/chaos-proxy')
const { admitted, referenceServer } = require('../helpers/reference-peer')

const nodeMajor = Number(process.versions.node.split('.')[0])
const EVENTS = ['authenticated', 'message', 'close', 'error', 'timeout']
const MIB = 1024 * 1024

/**
 * That a client can still talk to its server.
 *
 * @param {any} server
 * @param {any} client
 */
async function works(server, client) {
  server.once('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  assert.equal((await client.request({ n: 42 })).n, 42)
}

/**
 * A Server, and a Client that has come through a proxy.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ server?: any, client?: any }} [config]
 */
async function through(t, config = {}) {
  const { server, port } = await serve(t, config.server)
  const proxy = await chaosProxy(t, port)
  const arrived = next(server, 'authenticated')
  const client = dial(t, proxy.port, config.client)
  const [[id, socket]] = await Promise.all([arrived, next(client, 'authenticated')])
  return { server, client, proxy, passage: await proxy.passage(), id, socket }
}

for (const sender of /** @type {const} */ (['server', 'client'])) {
  const receiver = sender === 'server' ? 'client' : 'server'

  test(`byte by byte over TCP each message comes once, from the ${sender}`, async t => {
    const { server, client, passage, id } = await through(t)
    const lane = sender === 'server' ? passage.toClient : passage.toServer
    lane.split()
    const log = new Log(sender === 'server' ? client : server, ['message'])
    const sent = [{ a: 'gr\u00fc\u00dfe \u{1f600}' }, { b: [1, 2.5e-7, null] }, { last: true }]
    for (const value of sent) {
      if (sender === 'server') server.send(id, value)
      else client.send(value)
    }
    await log.reach('message', sent.length)
    assert.deepEqual(
      log.of('message').map(args => args.at(-1)),
      sent,
    )
  })

  difference(
    `a damaged byte from the ${sender} is never a message, and harms nobody else`,
    async t => {
      const { server, client, passage, id } = await through(t)
      const { client: other } = await enter(t, server)
      const log = new Log(sender === 'server' ? client : server, EVENTS)
      // The sender is told, too.
      if (sender === 'client') client.on('error', () => {})
      else server.on('error', () => {})
      const lane = sender === 'server' ? passage.toClient : passage.toServer
      lane.corrupt(lane.passed + 40, 1)
      if (sender === 'server') server.send(id, { text: 'x'.repeat(100) })
      else client.send({ text: 'x'.repeat(100) })
      await log.reach('close')
      assert.deepEqual(log.names, ['error', 'close'])
      await works(server, other)
    },
  )

  test(`a reset in the middle of a line of the ${sender} is no message`, async t => {
    const { server, client, passage, id } = await through(t)
    const log = new Log(sender === 'server' ? client : server, EVENTS)
    if (sender === 'client') client.on('error', () => {})
    else server.on('error', () => {})
    const lane = sender === 'server' ? passage.toClient : passage.toServer
    lane.cutAt(lane.passed + 50_000, 'reset')
    const long = { text: 'x'.repeat(200_000) }
    if (sender === 'server') server.send(id, long)
    else client.send(long)
    await log.reach('close')
    // Node before 26 takes a reset within a record for an end.
    const told = (isOriginal || overNode) && nodeMajor < 26 ? [] : ['error']
    assert.deepEqual(log.names, [...told, 'close'])
    for (const args of log.of('error')) assert.equal(args.at(-1).code, 'ECONNRESET')
  })

  test(`TCP that ends in the middle of a line of the ${sender} is an end`, async t => {
    const { server, client, passage, id } = await through(t)
    const log = new Log(sender === 'server' ? client : server, EVENTS)
    if (sender === 'client') client.on('error', () => {})
    else server.on('error', () => {})
    const lane = sender === 'server' ? passage.toClient : passage.toServer
    // A whole message, then part of another: what is whole counts.
    if (sender === 'server') server.send(id, { whole: 1 })
    else client.send({ whole: 1 })
    await log.reach('message')
    lane.cutAt(lane.passed + 50_000, 'end')
    const long = { text: 'x'.repeat(200_000) }
    if (sender === 'server') server.send(id, long)
    else client.send(long)
    await log.reach('close')
    assert.deepEqual(log.names, ['message', 'close'])
  })

  test(`what the ${receiver} takes slowly is counted until it has left, and then 'drain' comes`, async t => {
    if (isOriginal) return
    const { server, client, proxy, passage, id } = await through(t)
    const { client: other } = await enter(t, server)
    const lane = sender === 'server' ? passage.toClient : passage.toServer
    const end = sender === 'server' ? server : client
    const amount = () => (sender === 'server' ? server.bufferedAmount(id) : client.bufferedAmount)
    const log = new Log(end, ['drain', 'close', 'error'])
    const arrived = new Log(sender === 'server' ? client : server, ['message'])
    lane.throttle(1)
    const text = 'x'.repeat(24 * MIB)
    if (sender === 'server') server.send(id, { text })
    else client.send({ text })
    const full = amount()
    assert.ok(full > MIB)
    const before = lane.passed
    for (let second = 0; second < 20; second++) {
      proxy.advance(1000)
      await turn()
    }
    assert.ok(lane.passed - before <= 20, `${lane.passed - before} bytes in 20 seconds`)
    assert.deepEqual(log.names, [])
    assert.ok(amount() > MIB && amount() <= full)
    // The others do not wait for it.
    await works(server, other)
    lane.throttle(Infinity)
    await log.reach('drain')
    assert.equal(amount(), 0)
    await arrived.reach('message')
    assert.equal(arrived.of('message')[0]?.at(-1).text.length, text.length)
    assert.deepEqual(log.names, ['drain'])
  })
}

test('a client of whom nothing comes any more is missed by the pings of its server', async t => {
  const { server, client, passage, id } = await through(t, {
    server: { keepAliveInterval: 60, keepAliveTimeout: 120 },
  })
  const log = new Log(server, ['timeout', 'close', 'error'])
  passage.silence()
  await log.reach('close')
  assert.deepEqual(log.entries, [
    ['timeout', id],
    ['close', id],
  ])
  // Silence says nothing to the client.
  assert.equal(client.isAuthenticated, true)
  client.disconnect()
  await next(client, 'close')
})

test('a peer that never reads and is sent to without end is cut; the others do not wait', async t => {
  if (isOriginal) return
  const { server, passage, id } = await through(t, { server: { maxBufferedBytes: 8 * MIB } })
  const { client: other } = await enter(t, server)
  passage.toClient.hold()
  const log = new Log(server, ['close', 'error'])
  const text = 'x'.repeat(MIB)
  let sent = 0
  let most = 0
  while (server.sockets.has(id)) {
    // Many turns may pass between its end and 'close'.
    if (!server.sockets.get(id).destroyed) {
      server.send(id, { text })
      sent++
    }
    most = Math.max(most, server.bufferedAmount(id))
    assert.ok(sent < 100, 'a hundred megabytes were taken')
    if (sent % 10 === 0) await works(server, other)
    await turn()
  }
  assert.deepEqual(log.names, ['error', 'close'])
  assert.equal(log.of('error')[0]?.[1].code, 'TLSJSON_BUFFER_FULL')
  assert.ok(most <= 9 * MIB, `${most} bytes waited`)
  await works(server, other)
})

test('a server that never answers is left when the client is told to', async t => {
  const server = await referenceServer(t)
  // TCP without TLS; TLS without an answer; an answer that is none.
  const silent = await chaosProxy(t, server.port, ({ toClient }) => toClient.silence())
  for (const stage of ['handshake', 'login', 'garbage']) {
    const client = dial(t, stage === 'handshake' ? silent.port : server.port)
    const log = new Log(client, [...EVENTS, 'connect'])
    if (stage === 'handshake') {
      await next(client.socket, 'connect')
      await (await silent.passage()).toServer.reach(1)
    } else {
      const peer = await server.accept()
      await peer.line()
      if (stage === 'garbage') {
        await peer.write('garbage\n\n{"authenticated":"true"}\n[]\n')
        await peer.send({ requestId: 1 }, { __ping: 1 }, { responseId: 1 })
      }
    }
    await turn()
    assert.deepEqual(log.names, [], stage)
    assert.equal(client.isAuthenticated, false)
    await assert.rejects(client.request({}), { message: 'not connected or not authenticated' })
    client.disconnect()
    await log.reach('close')
    assert.deepEqual(log.names, ['close'], stage)
  }
})

difference('a server that sends a line without end is left, before login and after', async t => {
  const server = await referenceServer(t)
  for (const stage of ['before', 'after']) {
    const client = dial(t, server.port, { maxMessageBytes: MIB })
    const log = new Log(client, ['authenticated', 'error', 'close', 'message'])
    const peer = await (stage === 'after' ? server.admit() : server.accept())
    peer.socket.on('error', () => {})
    const piece = Buffer.alloc(64 * 1024, 'x')
    const flood = () => {
      while (!peer.closed && !peer.socket.destroyed && peer.socket.write(piece));
    }
    peer.socket.on('drain', flood)
    flood()
    await log.reach('close')
    const code = stage === 'after' ? 'TLSJSON_MESSAGE_TOO_LONG' : 'TLSJSON_LOGIN_TOO_LONG'
    assert.equal(log.of('error')[0]?.[0].code, code)
    assert.deepEqual(log.of('message'), [])
    await bounded(peer.gone(), 'the end at the server')
  }
})

difference(
  'a server that pings without end and does not read is left at maxBufferedBytes',
  async t => {
    const server = await referenceServer(t)
    const client = dial(t, server.port, { maxBufferedBytes: MIB })
    const log = new Log(client, ['authenticated', 'error', 'close', 'message'])
    const peer = await server.admit()
    await log.reach('authenticated')
    peer.socket.on('error', () => {})
    peer.socket.pause()
    const pings = Buffer.from(
      '{"__ping":"0123456789012345678901234567890123456789"}\n'.repeat(1000),
    )
    const flood = () => {
      while (!peer.closed && !peer.socket.destroyed && peer.socket.write(pings));
    }
    peer.socket.on('drain', flood)
    flood()
    await log.reach('close')
    assert.equal(log.of('error')[0]?.[0].code, 'TLSJSON_BUFFER_FULL')
    peer.socket.destroy()
  },
)

difference(
  'thousands of requests under way when the connection goes: each is rejected once',
  async t => {
    const { server, client, id } = await join(t, {
      server: { requestTimeout: 60_000 },
      client: { requestTimeout: 60_000 },
    })
    const count = 20_000
    const outcomes = { client: 0, server: 0 }
    const asked = []
    for (let n = 0; n < count; n++) {
      for (const [who, request] of /** @type {const} */ ([
        ['client', client.request({ n })],
        ['server', server.request(id, { n })],
      ])) {
        asked.push(
          request.then(
            () => assert.fail('an answer'),
            (/** @type {any} */ error) => {
              assert.equal(error.message, 'connection lost')
              outcomes[who]++
            },
          ),
        )
      }
    }
    const closed = Promise.all([next(client, 'close'), next(server, 'close')])
    client.disconnect()
    await closed
    await bounded(Promise.all(asked), 'all rejections')
    assert.deepEqual(outcomes, { client: count, server: count })
    assert.equal(client.requests.requests.size, 0)
    assert.equal(server.requests.requests.size, 0)
  },
)

difference('one client that floods does not keep another from its answers', async t => {
  const { server, port } = await serve(t)
  const { client } = await enter(t, server)
  const peer = await admitted(t, port, password)
  const count = 400_000
  let seen = 0
  const all = new Promise(resolve => {
    server.on('message', () => ++seen === count && resolve(undefined))
  })
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  const flood = Buffer.from('1\n'.repeat(count / 10))
  const begun = next(server, 'message')
  for (let n = 0; n < 10; n++) peer.socket.write(flood)
  await begun
  let answers = 0
  while (answers < 3) {
    await client.request({ answers })
    answers++
  }
  assert.ok(seen < count, 'the answers came behind the whole flood')
  await bounded(all, 'all of the flood', 60_000)
})
