'use strict'

// server.stats() and client.stats(): every field is counted from outside, by a peer of Node's own, and compared.

const assert = require('node:assert/strict')
const { aboutRustls, difference, Server, Client } = require('../helpers/subject')
const { Account } = require('../helpers/account')
const { closeServer } = require('../helpers/cleanup')
const { dial, enter, join, password, serve, serverConfig } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log, bounded, next, turn } = require('../helpers/events')
const { tcp } = require('../helpers/raw')
const { admitted, referenceClient, referenceServer } = require('../helpers/reference-peer')

/** @typedef {import('node:test').TestContext} TestContext */

/**
 * Declares a test for each transport.
 *
 * @param {string} name
 * @param {(t: TestContext) => Promise<void>} body
 */
function bothWays(name, body) {
  for (const transport of ['rustls', 'node']) {
    difference(
      `${name}, over ${transport}`,
      async t => {
        const usual = process.env.TLSJSON_TRANSPORT
        t.after(() => {
          if (usual === undefined) delete process.env.TLSJSON_TRANSPORT
          else process.env.TLSJSON_TRANSPORT = usual
        })
        if (transport === 'node') process.env.TLSJSON_TRANSPORT = 'node'
        await body(t)
      },
      { skip: transport === 'rustls' && aboutRustls },
    )
  }
}

/**
 * @param {() => boolean} holds
 * @param {string} what
 */
async function soon(holds, what) {
  let waiting = true
  const look = async () => {
    while (waiting && !holds()) await turn()
  }
  await bounded(look(), what).finally(() => (waiting = false))
}

bothWays('a server counts what its peers see, over closing and listening again', async t => {
  const account = new Account()
  const { server, port } = await serve(t, { maxMessageBytes: 1000, requestTimeout: 60_000 })
  const log = new Log(server, ['close', 'error', 'message'])
  server.on(
    'request',
    (/** @type {number} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
      res.send({ answer: 'ü' }),
  )
  const expected = server.stats()
  const say = account.say.bind(account)
  const came = async () => account.add(await referenceClient(t, port))

  // One that talks.
  const one = await came()
  await say(one, { password })
  assert.equal(await one.line(), '{"authenticated":true}')
  await say(one, { n: 1 }, { n: 'é' }, null, { requestId: 'x' })
  await log.reach('message', 2)
  assert.equal((await one.value()).answer, 'ü')
  server.send(0, { hello: 'ö' })
  await one.line()
  const asked = server.request(0, { ask: 1 })
  await say(one, { responseId: (await one.value()).requestId })
  await asked
  server.requests.requestTimeout = 20
  await assert.rejects(server.request(0, { ask: 2 }), { message: 'request timeout' })
  server.requests.requestTimeout = 60_000
  const lost = assert.rejects(server.request(0, { ask: 3 }), { message: 'connection lost' })
  await one.line()
  await one.line()
  assert.deepEqual(server.stats().requests, {
    sent: 3,
    answered: 1,
    failed: 0,
    timedOut: 1,
    aborted: 0,
    lost: 0,
    pending: 1,
  })
  assert.deepEqual(
    { ...server.stats().connections, turnedAway: null },
    { open: 1, loggedIn: 1, total: 1, turnedAway: null },
  )
  one.socket.end()
  await log.reach('close', 1)
  await lost

  // One whose password is wrong, one who says too much, one who speaks no TLS.
  const wrong = await came()
  await say(wrong, { password: 'wrong' })
  await log.reach('close', 2)
  await wrong.gone()
  const much = await came()
  await say(much, { password })
  await much.line()
  await say(much, 'x'.repeat(1000))
  await log.reach('close', 3)
  await much.gone()
  const noise = await tcp(t, port)
  const gone = new Promise(resolve => noise.once('close', resolve))
  noise.resume().end('GET / HTTP/1.1\r\n\r\n')
  await bounded(gone, 'the end of who speaks no TLS')

  // Closed and listening again.
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  await bounded(new Promise(resolve => server.listen(0, () => resolve(null))), 'listening again')
  const late = account.add(await referenceClient(t, server.tlsServer.address().port))
  await say(late, { password })
  await late.line()
  // Node says a little later that it has given the last line to the system.
  await soon(() => server.stats().queued.outbound === 0, 'everything written')

  const stats = server.stats()
  assert.deepEqual(stats, {
    ...expected,
    connections: { ...expected.connections, open: 1, loggedIn: 1, total: 4 },
    handshakes: { succeeded: 4, failed: 1, failures: stats.handshakes.failures },
    logins: { accepted: 3, refused: 1, undecided: 0 },
    messages: { received: 4, sent: 5, dropped: 0 },
    bytes: { received: account.said, sent: account.heard },
    requests: { sent: 3, answered: 1, failed: 0, timedOut: 1, aborted: 0, lost: 1, pending: 0 },
    cuts: { total: 1, reasons: { TLSJSON_MESSAGE_TOO_LONG: 1 } },
  })
  const [[code, times]] = Object.entries(stats.handshakes.failures)
  assert.match(code, /^ERR_SSL_/)
  assert.equal(times, 1)
})

bothWays('a server counts pings, and who does not answer one', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 60, keepAliveTimeout: 400 })
  const log = new Log(server, ['timeout', 'close'])
  // A second reason, which does not count.
  server.once('timeout', (/** @type {number} */ id) => {
    server.sockets.get(id)?.destroy(new Error('as its program wants'))
  })
  server.on('error', () => {})
  const peer = await admitted(t, port, password)
  for (let n = 0; n < 3; n++) {
    const { __ping } = await peer.value('a ping')
    // The second one in a form that only JavaScript understands.
    await peer.write(n === 1 ? `{"__pong": ${__ping}}\n` : `{"__pong":${__ping}}\n`)
  }
  await log.reach('close')
  await peer.gone()
  const sent = peer.lines.filter(line => String(line).startsWith('{"__ping":')).length
  const { pings, cuts, messages } = server.stats()
  assert.deepEqual(pings, { sent, answered: 3, missed: 1 })
  assert.deepEqual(cuts, { total: 1, reasons: { TLSJSON_KEEPALIVE_TIMEOUT: 1 } })
  assert.deepEqual(messages, { received: 0, sent: 0, dropped: 0 })
})

bothWays('a server counts who does not log in, and who says too much before', async t => {
  const { server, port } = await serve(t, { authTimeout: 50, maxLoginBytes: 100 })
  const log = new Log(server, ['close'])
  await referenceClient(t, port)
  await log.reach('close', 1)
  const much = await referenceClient(t, port)
  await much.write('x'.repeat(200))
  await log.reach('close', 2)
  const { cuts, logins, connections } = server.stats()
  assert.deepEqual(cuts, {
    total: 2,
    reasons: { TLSJSON_LOGIN_TIMEOUT: 1, TLSJSON_LOGIN_TOO_LONG: 1 },
  })
  assert.deepEqual(logins, { accepted: 0, refused: 0, undecided: 0 })
  assert.deepEqual([connections.open, connections.loggedIn, connections.total], [0, 0, 2])
})

bothWays('a server counts who is turned away because of maxConnections', async t => {
  const { server, port } = await serve(t)
  server.tlsServer.maxConnections = 1
  const { client } = await enter(t, server)
  for (let n = 0; n < 2; n++) {
    const peer = await tcp(t, port)
    await bounded(new Promise(resolve => peer.resume().once('close', resolve)), 'turned away')
  }
  await soon(() => server.stats().connections.turnedAway.maxConnections >= 2, 'two turned away')
  const { turnedAway, total } = server.stats().connections
  assert.deepEqual(
    { turnedAway, total },
    { turnedAway: { maxConnections: 2, maxFailedLogins: 0 }, total: 1 },
  )
  assert.ok(client.isAuthenticated)
})

bothWays('a server counts who is turned away because of maxFailedLogins', async t => {
  const { server, port } = await serve(t, { maxFailedLogins: 1 })
  const log = new Log(server, ['close'])
  const peer = await referenceClient(t, port)
  await peer.send({ password: 'wrong' })
  await log.reach('close')
  for (let n = 0; n < 2; n++) {
    const other = await tcp(t, port)
    await bounded(new Promise(resolve => other.resume().once('close', resolve)), 'turned away')
  }
  assert.equal(server.stats().connections.turnedAway.maxFailedLogins, 2)
  assert.equal(server.stats().logins.refused, 1)
  assert.equal(server.stats().handshakes.failed, 0)
})

bothWays('what waits for peers, in this tick and later, is added up', async t => {
  const { server } = await serve(t)
  const ends = [await enter(t, server), await enter(t, server)]
  for (const { client } of ends) client.socket.pause()
  const text = 'ä'.repeat(8 * 1024 * 1024)
  // What is first in a tick leaves at once; what is next, too, where that has taken a millisecond.
  await soon(() => {
    server.send(ends[0].id, 'first')
    const before = server.stats().queued.outbound
    server.send(ends[0].id, 'é')
    return server.stats().queued.outbound - before === '"é"\n'.length + 1
  }, 'a message that waits for the end of its tick')
  const waiting = () => ends.reduce((sum, { id }) => sum + server.bufferedAmount(id), 0)
  for (const { id } of ends) server.send(id, text)
  // Not all of it fits into the buffers of the system. Until these are full other threads write, between two looks.
  const same = () => server.stats().queued.outbound === waiting()
  await soon(() => same() && waiting() > 1024 * 1024, 'the sum of what waits for each')
  for (const { client } of ends) client.socket.resume()
  await soon(() => server.stats().queued.outbound === 0, 'nothing waiting')
  assert.equal(waiting(), 0)
})

bothWays('what waits for the program is added up', async t => {
  const { server, port } = await serve(t)
  const peer = await admitted(t, port, password)
  const before = server.stats().bytes.received
  let count = 0
  server.on('message', (/** @type {number} */ id) => {
    if (++count === 1) server.sockets.get(id).pause()
  })
  const LINES = 20_000
  await peer.write('11\n'.repeat(LINES))
  await soon(() => count > 0 && server.stats().queued.inbound > 0, 'something waiting')
  assert.equal(count, 1)
  const { bytes, queued } = server.stats()
  // One batch of 4,096 lines is in JavaScript's hands.
  assert.equal(queued.inbound, 2 * (Math.floor((bytes.received - before) / 3) - 4096))
  for (const socket of server.sockets.values()) socket.resume()
  await soon(() => count === LINES, 'all lines')
  const after = server.stats()
  assert.equal(after.queued.inbound, 0)
  assert.equal(after.bytes.received - before, 3 * LINES)
  assert.equal(after.messages.received, LINES)
})

bothWays('a client counts what its server sees, over all of its connections', async t => {
  const port = await freePort()
  const client = dial(t, port, { reconnectInterval: 20, requestTimeout: 60_000 })
  const log = new Log(client, ['reconnectAttempt', 'message', 'error', 'close', 'authenticated'])
  client.on('request', (/** @type {any} */ _req, /** @type {any} */ res) => res.send({ ok: 1 }))
  await log.reach('close')
  const account = new Account()
  const server = await referenceServer(t, {}, port)
  const say = account.say.bind(account)

  // Let in, some talk, a ping; then the server is gone.
  const one = account.add(await server.accept())
  const login = await one.line()
  await say(one, { authenticated: true })
  await log.reach('authenticated')
  await say(one, { n: 1 }, { requestId: 7 }, { __ping: 5 }, 0)
  assert.deepEqual(await one.value(), { ok: 1, responseId: 7 })
  assert.deepEqual(await one.value(), { __pong: 5 })
  client.send({ hello: 'ö' })
  await one.line()
  const asked = client.request({})
  await say(one, { responseId: (await one.value()).requestId })
  await asked
  const lost = assert.rejects(client.request({}), { message: 'connection lost' })
  await one.line()
  assert.deepEqual(client.stats().connections, { open: 1, loggedIn: 1, total: 1 })
  one.socket.end()
  await lost

  // Refused; then not again.
  const two = account.add(await server.accept())
  assert.equal(await two.line(), login)
  await say(two, { error: 'incorrect password' })
  await log.reach('message', 2)
  client.disconnect()
  await two.gone()
  await log.reach('close', 3)

  const reconnects = log.of('reconnectAttempt').length
  const failed = 1 + reconnects - 2
  assert.deepEqual(client.stats(), {
    attempts: { total: 1 + reconnects, reconnects, failed, failures: { ECONNREFUSED: failed } },
    connections: { open: 0, loggedIn: 0, total: 2 },
    handshakes: { succeeded: 2, failed: 0, failures: {} },
    logins: { accepted: 1, refused: 1 },
    messages: { received: 3, sent: 4, dropped: 0 },
    bytes: { received: account.said, sent: account.heard },
    queued: { inbound: 0, outbound: 0 },
    requests: { sent: 2, answered: 1, failed: 0, timedOut: 0, aborted: 0, lost: 1, pending: 0 },
    pings: { answered: 1 },
    cuts: { total: 0, reasons: {} },
  })
})

bothWays('a client tells what failed: the address, the handshake, or the connection', async t => {
  const server = await referenceServer(t)
  const distrusting = dial(t, server.port, { options: { ca: [] } })
  const log = new Log(distrusting, ['error', 'close'])
  await log.reach('close')
  const { handshakes, attempts, cuts, connections } = distrusting.stats()
  assert.deepEqual(
    { handshakes, cuts, connections },
    {
      handshakes: { succeeded: 0, failed: 1, failures: { [log.of('error')[0]?.[0].code]: 1 } },
      cuts: { total: 0, reasons: {} },
      connections: { open: 0, loggedIn: 0, total: 1 },
    },
  )
  assert.deepEqual([attempts.total, attempts.failed], [1, 0])

  const nowhere = dial(t, 1, { host: 'nowhere.invalid' })
  const [error] = await next(nowhere, 'error')
  assert.deepEqual(nowhere.stats().attempts.failures, { [error.code]: 1 })

  const other = await referenceServer(t)
  const client = dial(t, other.port, { maxMessageBytes: 100 })
  const told = new Log(client, ['error', 'close'])
  const peer = await other.admit()
  await peer.send('x'.repeat(200))
  await told.reach('close')
  assert.deepEqual(client.stats().cuts, { total: 1, reasons: { TLSJSON_MESSAGE_TOO_LONG: 1 } })
})

bothWays('what a program itself ends is no cut, and what was sent before is counted', async t => {
  const { server, client, id } = await join(t)
  client.send(1)
  server.send(id, 2)
  await next(client, 'message')
  client.disconnect()
  client.send(3)
  await next(server, 'close')
  assert.deepEqual(server.stats().cuts, { total: 0, reasons: {} })
  assert.deepEqual(client.stats().cuts, { total: 0, reasons: {} })
  assert.deepEqual(client.stats().messages, { received: 1, sent: 1, dropped: 1 })
  assert.deepEqual(server.stats().messages, { received: 1, sent: 1, dropped: 0 })
})

difference('each call gives an object of its own', t => {
  const server = /** @type {any} */ (new Server(serverConfig()))
  closeServer(t, server)
  const first = server.stats()
  first.bytes.sent = 5
  first.cuts.reasons.x = 1
  assert.equal(server.stats().bytes.sent, 0)
  assert.deepEqual(server.stats().cuts.reasons, {})
  assert.equal(typeof Client.prototype.stats, 'function')
})

bothWays('a handshake that the program itself refuses is counted by its code', async t => {
  const ALPNCallback = () => 'nonsense'
  const { server, port } = await serve(t, { options: { ALPNCallback } })
  await assert.rejects(referenceClient(t, port, { ALPNProtocols: ['one'] }))
  await soon(() => server.stats().handshakes.failed > 0, 'the failure counted')
  assert.deepEqual(server.stats().handshakes, {
    succeeded: 0,
    failed: 1,
    failures: { ERR_TLS_ALPN_CALLBACK_INVALID_RESULT: 1 },
  })
})
