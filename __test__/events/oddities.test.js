'use strict'

// Corners of the API that no other suite is about.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { dial, join, password, serve } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { run } = require('../helpers/program')
const { admitted } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

test('2,000 levels of nesting can be sent', async t => {
  const { server, client, id } = await join(t)
  const text = '['.repeat(2000) + '1' + ']'.repeat(2000)
  const atServer = next(server, 'message')
  client.send(JSON.parse(text))
  assert.equal(JSON.stringify((await atServer)[1]), text)
  const atClient = next(client, 'message')
  server.send(id, JSON.parse(text))
  assert.equal(JSON.stringify((await atClient)[0]), text)
})

test("the caller's object keeps the id written into it", async t => {
  const { server, client } = await join(t)
  const answer = { answer: 1 }
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
    res.send(answer),
  )
  const question = { question: 1 }
  assert.deepEqual(await client.request(question), { answer: 1 })
  assert.deepEqual(question, { question: 1, requestId: 1 })
  assert.deepEqual(answer, { answer: 1, responseId: 1 })
})

test('pending requests are held by id, in the order in which they were made', async t => {
  const { client } = await join(t)
  const lost = [client.request({}), client.request({})]
  assert.deepEqual([...client.requests.requests.keys()], [1, 2])
  client.disconnect()
  for (const one of lost) await assert.rejects(one, { message: 'connection lost' })
  assert.equal(client.requests.requests.size, 0)
})

test("without an 'error' listener the reset of a client that is in ends the process", async t => {
  const { code, stdout, stderr } = await run(
    t,
    ({ Server, serverConfig, given }) => {
      const net = require('node:net')
      const tls = require('node:tls')
      const server = new Server(serverConfig())
      server.on('authenticated', () => process.stdout.write('in'))
      server.listen(0, () => {
        const { port } = server.tlsServer.address()
        const raw = net.connect(port)
        const socket = tls.connect({ socket: raw, rejectUnauthorized: false }, () => {
          socket.write(`${JSON.stringify({ password: given })}\n`)
          socket.once('data', () => raw.resetAndDestroy())
        })
        socket.on('error', () => {})
      })
    },
    { given: password },
  )
  assert.equal(stdout, 'in')
  assert.equal(code, 1)
  assert.match(stderr, /Unhandled error/)
})

test('a client that is paused for longer than the keepalive is cut', async t => {
  const { server, client } = await join(t, {
    server: { keepAliveInterval: 60, keepAliveTimeout: 120 },
  })
  // The original goes on pinging the socket that it has destroyed.
  const log = new Log(server, ['timeout', 'close', 'error'])
  client.socket.pause()
  await log.reach('close')
  assert.deepEqual(log.entries.slice(0, 1), [['timeout', 0]])
  client.disconnect()
})

test('socket.pause() does not stop the deadline of a ping', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 60, keepAliveTimeout: 120 })
  // The original goes on pinging the socket that it has destroyed.
  const log = new Log(server, ['timeout', 'close', 'error'])
  server.once('authenticated', (/** @type {any} */ _id, /** @type {any} */ socket) =>
    socket.pause(),
  )
  await admitted(t, port, password)
  await log.reach('close')
  assert.deepEqual(
    log.names.filter(name => name !== 'error'),
    ['timeout', 'close'],
  )
})

difference('clearing socket.keepAliveInterval does not stop the pings', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 60, keepAliveTimeout: 5000 })
  server.once('authenticated', (/** @type {any} */ _id, /** @type {any} */ socket) =>
    setImmediate(() => clearInterval(socket.keepAliveInterval)),
  )
  const peer = await admitted(t, port, password)
  assert.match(await peer.line('a ping'), /__ping/)
})

difference('there is no tls-json/RequestModule', () => {
  const { directory } = require('../helpers/subject')
  assert.throws(() => require(`${directory}/RequestModule`), { code: 'MODULE_NOT_FOUND' })
})

test('what is not delivered is bounded: a server that is busy makes its peer wait', async t => {
  const busy = run(
    t,
    ({ Server, serverConfig }) => {
      const server = new Server(serverConfig({ keepAliveInterval: 60_000 }))
      let lines = 0
      let growth = 0
      server.on('message', (/** @type {any} */ _id, /** @type {any} */ { last }) => {
        if (lines++ === 0) {
          const before = process.memoryUsage.rss()
          // Busy: nothing of what comes meanwhile can be delivered.
          const until = Date.now() + 1500
          while (Date.now() < until);
          growth = process.memoryUsage.rss() - before
        }
        if (!last) return
        process.stdout.write(JSON.stringify({ lines, growth }))
        process.exit(0)
      })
      server.listen(0, () => process.stderr.write(`${server.tlsServer.address().port}\n`))
    },
    { onStderr: (/** @type {string} */ text) => started(Number(text)) },
  )
  /** @type {(port: number) => void} */
  let started = () => {}
  const port = await new Promise(resolve => (started = resolve))
  const client = dial(t, port)
  await next(client, 'authenticated')
  const payload = 'x'.repeat(10_000)
  for (let n = 0; n < 6000; n++) client.send({ n, payload })
  client.send({ last: true })
  const { stdout } = await busy
  const { lines, growth } = JSON.parse(stdout)
  assert.equal(lines, 6001)
  assert.ok(growth < 16 * 1024 * 1024, `${growth} bytes more while it was busy`)
})
