'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { difference } = require('../helpers/subject')
const { dial, serve, join, password } = require('../helpers/ends')
const { Log, elapsed, limits } = require('../helpers/events')
const { referenceClient, referenceServer, admitted } = require('../helpers/reference-peer')
const { run } = require('../helpers/program')

const EVENTS = ['message', 'timeout', 'close', 'error']
const quick = { keepAliveInterval: 60, keepAliveTimeout: 400 }

test('pings come at the interval, in the form of the protocol', async t => {
  const { server, port } = await serve(t, quick)
  const log = new Log(server, EVENTS)
  const began = Date.now()
  const peer = await admitted(t, port, password)
  for (let n = 0; n < 4; n++) {
    const line = await peer.line('a ping')
    assert.match(line, /^\{"__ping":\d{1,5}\}$/)
    const { __ping } = JSON.parse(line)
    assert.ok(__ping <= 65_534)
    await peer.send({ __pong: __ping })
  }
  const ms = Date.now() - began
  assert.ok(ms >= 4 * 60 - 5, `four pings after ${ms} ms`)
  assert.deepEqual(log.entries, [])
})

test('no answer: timeout, then close', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 300, keepAliveTimeout: 50 })
  const log = new Log(server, EVENTS)
  const peer = await admitted(t, port, password)
  assert.match(await peer.line('a ping'), /__ping/)
  await peer.gone()
  await log.reach('close')
  assert.deepEqual(log.entries, [
    ['timeout', 0],
    ['close', 0],
  ])
  assert.equal(server.sockets.size, 0)
})

test('other traffic is no answer', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 300, keepAliveTimeout: 80 })
  const log = new Log(server, ['timeout', 'close'])
  const peer = await admitted(t, port, password)
  await peer.line('a ping')
  const chatter = setInterval(() => peer.send({ chatter: true }).catch(() => {}), 10)
  t.after(() => clearInterval(chatter))
  await log.reach('close')
  clearInterval(chatter)
  assert.deepEqual(log.names, ['timeout', 'close'])
})

test('a pong of another value or type does not count', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 300, keepAliveTimeout: 80 })
  const log = new Log(server, ['timeout', 'close', 'message'])
  const peer = await admitted(t, port, password)
  const { __ping } = await peer.value('a ping')
  await peer.send({ __pong: __ping + 1 }, { __pong: `${__ping}` }, { __pong: [__ping] })
  await log.reach('close')
  assert.deepEqual(log.names, ['timeout', 'close'])
})

test('a client under test answers and sees nothing of it', async t => {
  const { server, client } = await join(t, {
    server: { keepAliveInterval: 20, keepAliveTimeout: 500 },
  })
  const log = new Log(client, EVENTS)
  const atServer = new Log(server, EVENTS)
  await elapsed(700)
  assert.deepEqual([log.entries, atServer.entries], [[], []])
  assert.equal(client.isAuthenticated, true)
})

test('a ping written by the server application is answered and the pong swallowed', async t => {
  const { server, client, id } = await join(t)
  const atClient = new Log(client, EVENTS)
  const atServer = new Log(server, EVENTS)
  server.send(id, { __ping: 'mine' })
  server.send(id, { marker: 1 })
  await atClient.reach('message')
  client.send({ marker: 2 })
  await atServer.reach('message')
  assert.deepEqual(atClient.entries, [['message', { marker: 1 }]])
  assert.deepEqual(atServer.entries, [['message', 0, { marker: 2 }]])
})

difference('a ping behind the end of a client is no error of it', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const log = new Log(client, EVENTS)
  client.once('message', () => client.socket.end())
  const peer = await server.admit()
  await peer.send({ n: 1 }, { __ping: 7 }, { n: 2 })
  await log.reach('close')
  assert.deepEqual(log.entries, [['message', { n: 1 }], ['message', { n: 2 }], ['close']])
})

test('no pings before login', async t => {
  const { port } = await serve(t, { keepAliveInterval: 20, keepAliveTimeout: 20 })
  const peer = await referenceClient(t, port)
  await elapsed(150)
  await peer.send({ password })
  assert.equal(await peer.line(), '{"authenticated":true}')
  assert.match(await peer.line('a ping'), /__ping/)
})

test('the two values are fixed at construction', async t => {
  const config = { ...quick }
  const { port } = await serve(t, config)
  config.keepAliveInterval = 60_000
  const peer = await admitted(t, port, password)
  assert.match(await peer.line('a ping'), /__ping/)
})

test('a client whose thread hangs is cut', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 300, keepAliveTimeout: 100 })
  const log = new Log(server, ['timeout', 'close'])
  const hung = run(
    t,
    ({ Client, clientConfig, given }) => {
      const client = new Client(clientConfig(given))
      client.on('authenticated', () => {
        const until = Date.now() + 1500
        while (Date.now() < until);
        process.exit(0)
      })
    },
    { given: port },
  )
  await log.reach('close')
  assert.deepEqual(log.names.at(0), 'timeout')
  assert.equal((await hung).code, 0)
})

difference("several pings outstanding make one 'timeout', before 'close'", async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 20, keepAliveTimeout: 150 })
  // The original may write a ping to the socket it has just destroyed.
  server.on('error', () => {})
  const log = new Log(server, ['timeout', 'close'])
  await admitted(t, port, password)
  await log.reach('close')
  await elapsed(250)
  assert.deepEqual(log.entries, [
    ['timeout', 0],
    ['close', 0],
  ])
})

difference('a ping outstanding at close is forgotten', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 40, keepAliveTimeout: 200 })
  const log = new Log(server, ['timeout', 'close'])
  const peer = await admitted(t, port, password)
  await peer.line('a ping')
  peer.socket.end()
  await log.reach('close')
  await elapsed(300)
  assert.deepEqual(log.entries, [['close', 0]])
})

difference('keepalive holds no process after the last connection', async t => {
  const { code } = await run(
    t,
    ({ Server, serverConfig }) => {
      const server = new Server(serverConfig({ keepAliveInterval: 50, keepAliveTimeout: 30_000 }))
      server.listen(0, () => {
        const { port } = server.tlsServer.address()
        const peer = require('node:tls').connect(
          { port, host: '127.0.0.1', rejectUnauthorized: false },
          () => peer.write(`${JSON.stringify({ password: server.password })}\n`),
        )
        // Ends at the first ping, which so stays without an answer.
        peer.on('data', (/** @type {Buffer} */ data) => {
          if (!String(data).includes('__ping')) return
          peer.end()
          server.close()
        })
      })
    },
    { within: limits.deadline },
  )
  assert.equal(code, 0)
})
