'use strict'

// What peers may use up. Each limit: it holds, it is told with its code, it is counted, and nobody else notices.

const assert = require('node:assert/strict')
const { connect } = require('node:net')
const { test } = require('node:test')
const { difference, overNode, Client, Server } = require('../helpers/subject')
const {
  clientConfig,
  dial,
  enter,
  join,
  password,
  serve,
  serverConfig,
} = require('../helpers/ends')
const { cleanup } = require('../helpers/cleanup')
const { Log, bounded, next } = require('../helpers/events')
const { admitted, referenceClient } = require('../helpers/reference-peer')
const { tcp } = require('../helpers/raw')

const MIB = 1024 * 1024

/** A message of about so many bytes. @param {number} bytes */
const message = bytes => ({ text: 'x'.repeat(bytes) })

/**
 * That a limit was met so often. Node's own TLS does not count.
 *
 * @param {any} server
 * @param {string} limit
 * @param {number} times
 */
function counted(server, limit, times) {
  if (server.transport === 'rustls') assert.equal(server.limitCounts[limit], times)
}

/**
 * That a client can still talk to its server and gets an answer.
 *
 * @param {any} server
 * @param {any} client
 */
async function works(server, client) {
  server.once(
    'request',
    (/** @type {number} */ _, /** @type {any} */ req, /** @type {any} */ res) => res.send(req),
  )
  assert.equal((await client.request({ n: 42 })).n, 42)
}

difference('a client that does not read is cut at maxBufferedBytes', async t => {
  const { server, port } = await serve(t, { maxBufferedBytes: 4 * MIB })
  const { client, id } = await enter(t, server)
  const { client: other } = await enter(t, server)
  const log = new Log(server, ['error', 'close'])
  client.socket.pause()
  for (let n = 0; n < 64 && server.sockets.has(id); n++) {
    server.send(id, message(MIB))
    await new Promise(setImmediate)
  }
  await log.reach('close')
  const [[gone, error]] = log.of('error')
  assert.equal(gone, id)
  assert.equal(error.code, 'TLSJSON_BUFFER_FULL')
  assert.match(error.message, /maxBufferedBytes is 4194304/)
  assert.deepEqual(log.of('close'), [[id]])
  counted(server, 'maxBufferedBytes', 1)
  assert.equal(server.bufferedAmount(id), 0)
  await works(server, other)
  assert.ok(port > 0)
})

difference('a server that does not read is left at maxBufferedBytes', async t => {
  const { server, port } = await serve(t)
  const { client, socket } = await enter(t, server, { maxBufferedBytes: 4 * MIB })
  const log = new Log(client, ['error', 'close'])
  socket.pause()
  for (let n = 0; n < 64 && client.isAuthenticated; n++) {
    client.send(message(MIB))
    await new Promise(setImmediate)
  }
  await log.reach('close')
  assert.deepEqual(log.names, ['error', 'close'])
  assert.equal(log.of('error')[0]?.[0].code, 'TLSJSON_BUFFER_FULL')
  await works(server, (await enter(t, server)).client)
  assert.ok(port > 0)
})

difference('many that do not read: at maxTotalBufferedBytes the one with most is cut', async t => {
  const { server } = await serve(t, { maxTotalBufferedBytes: 40 * MIB })
  const clients = []
  for (let n = 0; n < 3; n++) clients.push(await enter(t, server))
  const log = new Log(server, ['error', 'close'])
  for (const { client } of clients) client.socket.pause()
  const [small, large, last] = clients.map(({ id }) => id)
  server.send(small, message(12 * MIB))
  server.send(large, message(24 * MIB))
  await new Promise(setImmediate)
  assert.deepEqual(log.names, [])
  for (let n = 0; n < 64 && server.sockets.has(large); n++) {
    server.send(last, message(MIB))
    await new Promise(setImmediate)
  }
  await log.reach('close')
  const [[gone, error]] = log.of('error')
  assert.equal(gone, large)
  assert.equal(error.code, 'TLSJSON_BUFFER_FULL')
  assert.match(error.message, /maxTotalBufferedBytes, which is 41943040/)
  assert.deepEqual([...server.sockets.keys()], [small, last])
})

difference(
  'one broadcast that is large for all clients together ends nobody who reads',
  async t => {
    const { server } = await serve(t, { maxTotalBufferedBytes: 5 * MIB })
    const clients = []
    for (let n = 0; n < 20; n++) clients.push((await enter(t, server)).client)
    const log = new Log(server, ['error', 'close'])
    const texts = clients.map(client => next(client, 'message'))
    assert.equal(server.broadcast(message(4 * MIB)), 20)
    for (const [{ text }] of await Promise.all(texts)) assert.equal(text.length, 4 * MIB)
    assert.deepEqual(log.names, [])
    counted(server, 'maxBufferedBytes', 0)
    // What was shared counts no more: as much has room again.
    const more = clients.map(client => next(client, 'message'))
    server.broadcast(message(4 * MIB))
    await Promise.all(more)
    assert.deepEqual(log.names, [])
  },
  { skip: overNode && "over Node's own TLS each connection has a copy" },
)

for (const receiver of ['server', 'client']) {
  difference(
    `a ${receiver} takes a message of maxMessageBytes and cuts who sends more`,
    async t => {
      const limit = { maxMessageBytes: 100_000 }
      const { server, client, id } = await join(t, { [receiver]: limit })
      const log = new Log(receiver === 'server' ? server : client, ['message', 'error', 'close'])
      const send = (/** @type {any} */ value) =>
        receiver === 'server' ? client.send(value) : server.send(id, value)
      send(message(100_000 - '{"text":""}'.length))
      await log.reach('message')
      send(message(100_001 - '{"text":""}'.length))
      await log.reach('close')
      assert.deepEqual(log.names, ['message', 'error', 'close'])
      const error = log.of('error')[0]?.at(-1)
      assert.equal(error.code, 'TLSJSON_MESSAGE_TOO_LONG')
      assert.match(error.message, /100000/)
      if (receiver === 'server') counted(server, 'maxMessageBytes', 1)
    },
  )
}

difference('maxLoginBytes: what a client may send before it is let in', async t => {
  const { server, port } = await serve(t, { maxLoginBytes: 100 })
  const log = new Log(server, ['error', 'close'])
  const client = dial(t, port, { password: 'p'.repeat(100) })
  await Promise.all([next(client, 'close'), log.reach('close')])
  assert.equal(log.of('error')[0]?.[1].code, 'TLSJSON_LOGIN_TOO_LONG')
  counted(server, 'maxLoginBytes', 1)
  await works(server, (await enter(t, server)).client)
})

difference('maxHandshakes: silent peers keep nobody out, the oldest gives way', async t => {
  const { server, port } = await serve(t, { maxHandshakes: 2 })
  const log = new Log(server.tlsServer, ['tlsClientError'])
  const oldest = (await tcp(t, port)).resume()
  const closed = new Promise(resolve => oldest.once('close', resolve))
  await tcp(t, port)
  const { client } = await enter(t, server)
  await bounded(closed, 'the oldest being cut')
  const [[error]] = await log.reach('tlsClientError')
  assert.equal(error.code, 'TLSJSON_TOO_MANY_HANDSHAKES')
  assert.match(error.message, /maxHandshakes/)
  counted(server, 'maxHandshakes', 1)
  await works(server, client)
})

difference('maxHandshakes: of many that come at once the last ones stay', async t => {
  const { server, port } = await serve(t, { maxHandshakes: 2 })
  const silent = Array.from({ length: 40 }, () => {
    const socket = connect(port, '127.0.0.1').resume()
    cleanup(t, () => void socket.destroy())
    return socket.on('error', () => {})
  })
  const gone = silent.slice(0, -2).map(one => new Promise(resolve => one.on('close', resolve)))
  await bounded(Promise.all(gone), 'all but the last two being cut')
  counted(server, 'maxHandshakes', 38)
  assert.deepEqual(
    silent.slice(-2).map(one => one.destroyed),
    [false, false],
  )
})

difference('maxFailedLogins: who tries too often is refused for a while', async t => {
  const { server, port } = await serve(t, { maxFailedLogins: 2 })
  for (let n = 0; n < 2; n++) {
    const client = dial(t, port, { password: 'wrong' })
    await next(client, 'close')
  }
  const refused = dial(t, port)
  const log = new Log(refused, ['error', 'close'])
  await log.reach('close')
  assert.equal(log.of('error')[0]?.[0].code, 'ECONNRESET')
  counted(server, 'failedLogins', 2)
  counted(server, 'maxFailedLogins', 1)
})

test('without maxFailedLogins nobody is refused for wrong passwords', async t => {
  const { server, port } = await serve(t)
  for (let n = 0; n < 20; n++) await next(dial(t, port, { password: 'wrong' }), 'close')
  await enter(t, server)
})

difference('authTimeout is counted', async t => {
  const { server, port } = await serve(t, { authTimeout: 100 })
  const silent = await referenceClient(t, port)
  await bounded(new Promise(resolve => silent.socket.once('close', resolve)), 'being cut')
  counted(server, 'authTimeout', 1)
})

for (const sender of ['server', 'client']) {
  difference(`a ${sender} sees what waits, and is told when it may go on`, async t => {
    const { server, client, id, socket } = await join(t)
    const end = sender === 'server' ? server : client
    const amount = () => (sender === 'server' ? server.bufferedAmount(id) : client.bufferedAmount)
    const needDrain = () => (sender === 'server' ? server.needDrain(id) : client.needDrain)
    const peer = sender === 'server' ? client.socket : socket
    const log = new Log(end, ['drain'])
    assert.equal(amount(), 0)
    assert.equal(needDrain(), false)
    peer.pause()
    const sent = message(16 * MIB)
    const result = sender === 'server' ? server.send(id, sent) : client.send(sent)
    assert.equal(result, undefined)
    assert.ok(amount() > MIB)
    assert.equal(needDrain(), true)
    await new Promise(setImmediate)
    assert.deepEqual(log.names, [])
    peer.resume()
    await log.reach('drain')
    assert.deepEqual(log.entries[0]?.slice(1), sender === 'server' ? [id] : [])
    assert.equal(amount(), 0)
    assert.equal(needDrain(), false)
  })
}

difference('small messages need no drain', async t => {
  const { server, client } = await join(t)
  const log = new Log(client, ['drain'])
  for (let n = 0; n < 1000; n++) client.send({ n })
  await works(server, client)
  assert.deepEqual(log.names, [])
  assert.equal(server.bufferedAmount(7), 0)
})

difference('limits that are no numbers are refused by the constructors', () => {
  const names = ['maxMessageBytes', 'maxBufferedBytes']
  const ofServer = ['maxLoginBytes', 'maxTotalBufferedBytes', 'maxHandshakes', 'maxFailedLogins']
  for (const value of [0, -1, 1.5, NaN, '5', null]) {
    for (const name of [...names, ...ofServer]) {
      assert.throws(() => new Server(serverConfig({ [name]: value })), {
        code: 'ERR_INVALID_ARG_VALUE',
        message: new RegExp(name),
      })
    }
    for (const name of names) {
      assert.throws(() => new Client(clientConfig(1, { [name]: value })), {
        code: 'ERR_INVALID_ARG_VALUE',
        message: new RegExp(name),
      })
    }
  }
  assert.ok(new Server(serverConfig({ maxMessageBytes: Infinity, maxFailedLogins: Infinity })))
})

difference('limitCounts stays after close, and begins anew with listen', async t => {
  const { server, port } = await serve(t, { maxMessageBytes: 100 })
  counted(server, 'maxMessageBytes', 0)
  const peer = await admitted(t, port, password)
  const closed = next(server, 'close')
  peer.socket.write(`${JSON.stringify(message(200))}\n`)
  server.on('error', () => {})
  await closed
  await new Promise(resolve => server.close(resolve))
  counted(server, 'maxMessageBytes', 1)
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  counted(server, 'maxMessageBytes', 0)
})

test('records of one byte each: every message arrives, and the others do not wait', async t => {
  const { server, port } = await serve(t)
  const { client } = await enter(t, server)
  const peer = await admitted(t, port, password)
  const log = new Log(server, ['message'])
  for (let n = 0; n < 3; n++) {
    const line = `${JSON.stringify({ n, text: 'y'.repeat(5000) })}\n`
    for (const byte of line) peer.socket.write(byte)
    client.send({ from: 'another' })
  }
  await log.reach('message', 6)
  const all = log.of('message').map(([, value]) => value)
  assert.deepEqual(
    all.filter(({ text }) => text).map(({ n, text }) => [n, text.length]),
    [0, 1, 2].map(n => [n, 5000]),
  )
  await works(server, client)
})
