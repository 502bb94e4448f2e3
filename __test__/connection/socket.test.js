'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { serve, dial, join, password } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { admitted } = require('../helpers/reference-peer')
const { relay } = require('../helpers/raw')

test('addresses of an accepted connection', async t => {
  const { server, port } = await serve(t)
  const arrived = next(server, 'authenticated')
  const peer = await admitted(t, port, password)
  const [, socket] = await arrived
  assert.equal(socket.remoteAddress, '::ffff:127.0.0.1')
  assert.equal(socket.remoteFamily, 'IPv6')
  assert.equal(socket.remotePort, peer.socket.localPort)
  assert.equal(socket.localPort, port)
  assert.equal(socket.localAddress, '::ffff:127.0.0.1')
  assert.deepEqual(socket.address(), { address: '::ffff:127.0.0.1', family: 'IPv6', port })
})

test('addresses on an IPv4 listener', async t => {
  const { Server } = require('../helpers/subject')
  const { serverConfig } = require('../helpers/ends')
  const { closeServer } = require('../helpers/cleanup')
  const server = /** @type {any} */ (new Server(serverConfig()))
  closeServer(t, server)
  await new Promise(resolve =>
    server.listen({ port: 0, host: '127.0.0.1' }, () => resolve(undefined)),
  )
  assert.equal(server.tlsServer.address().address, '127.0.0.1')
  const arrived = next(server, 'authenticated')
  await admitted(t, server.tlsServer.address().port, password)
  const [, socket] = await arrived
  assert.deepEqual([socket.remoteAddress, socket.remoteFamily], ['127.0.0.1', 'IPv4'])
})

test("addresses of a client's socket", async t => {
  const { client, socket, port } = await join(t)
  assert.equal(client.socket.remoteAddress, '127.0.0.1')
  assert.equal(client.socket.remoteFamily, 'IPv4')
  assert.equal(client.socket.remotePort, port)
  assert.equal(client.socket.localPort, socket.remotePort)
})

test('what TLS says of itself', async t => {
  const { client, socket } = await join(t)
  assert.deepEqual([socket.encrypted, client.socket.encrypted], [true, true])
  assert.deepEqual([socket.authorized, socket.authorizationError], [false, null])
  assert.deepEqual([client.socket.authorized, client.socket.authorizationError], [true, null])
  assert.deepEqual([socket.getProtocol(), client.socket.getProtocol()], ['TLSv1.3', 'TLSv1.3'])
  const cipher = client.socket.getCipher()
  assert.deepEqual(Object.keys(cipher), ['name', 'standardName', 'version'])
  assert.equal(cipher.version, 'TLSv1.3')
  assert.deepEqual([socket.servername, client.socket.servername], [false, false])
  assert.deepEqual([socket.alpnProtocol, client.socket.alpnProtocol], [false, false])
  assert.deepEqual(socket.getPeerCertificate(), {})
  assert.equal(client.socket.getPeerCertificate().subject.CN, 'localhost')
})

test('the socket of a client that refuses its server says why', async t => {
  const { port } = await serve(t)
  const client = dial(t, port, { options: { ca: [] } })
  const [error] = await next(client, 'error')
  const { authorized, authorizationError } = client.socket
  assert.deepEqual([authorized, authorizationError], [false, error.code])
  assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
})

test('flags of an accepted socket', async t => {
  const { server, socket } = await join(t)
  assert.equal(socket.isAuthenticated, true)
  assert.equal(server.sockets.get(0), socket)
  assert.equal(socket.destroyed, false)
  assert.equal(typeof socket.keepAliveInterval?.hasRef, 'function')
  socket.mine = { a: 1 }
  assert.deepEqual(server.sockets.get(0).mine, { a: 1 })
})

test('destroy: returns the socket, may be repeated, ends the connection', async t => {
  const { server, client, socket } = await join(t)
  const log = new Log(socket, ['error', 'close'])
  const gone = Promise.all([next(server, 'close'), next(client, 'close')])
  assert.equal(socket.destroy(), socket)
  assert.equal(socket.destroyed, true)
  assert.equal(socket.destroy(), socket)
  await gone
  await log.reach('close')
  assert.deepEqual(log.entries, [['close', false]])
})

test("destroy with an error: 'error' with that object, then 'close'", async t => {
  const { server, socket } = await join(t)
  const log = new Log(server, ['error', 'close'])
  const own = new Error('own')
  socket.destroy(own)
  await log.reach('close')
  assert.deepEqual(log.names, ['error', 'close'])
  assert.equal(log.of('error')[0]?.[0], 0)
  assert.equal(log.of('error')[0]?.[1], own)
})

test('destroy of a client socket', async t => {
  const { server, client } = await join(t)
  const gone = Promise.all([next(server, 'close'), next(client, 'close')])
  client.socket.destroy()
  await gone
  assert.deepEqual([client.isConnected, client.isAuthenticated], [false, false])
})

test('end: both sides close without an error', async t => {
  const { server, client, socket } = await join(t)
  const atClient = new Log(client, ['error', 'close'])
  const atServer = new Log(server, ['error', 'close'])
  const atSocket = new Log(socket, ['error', 'end', 'close'])
  assert.equal(socket.end(), socket)
  await Promise.all([atClient.reach('close'), atServer.reach('close'), atSocket.reach('close')])
  assert.deepEqual([atClient.names, atServer.names], [['close'], ['close']])
  assert.deepEqual(atSocket.names, ['end', 'close'])
})

test("a peer that ends: 'end', then 'close' without an error", async t => {
  const { client, socket } = await join(t)
  const log = new Log(socket, ['error', 'end', 'close'])
  client.socket.end()
  await log.reach('close')
  assert.deepEqual(log.entries, [['end'], ['close', false]])
})

test("a reset: 'error', then 'close' with an error", async t => {
  const { server, port } = await serve(t)
  server.on('error', () => {})
  const arrived = next(server, 'authenticated')
  const through = await relay(t, port)
  const client = dial(t, through.port)
  client.on('error', () => {})
  const [, socket] = await arrived
  const log = new Log(socket, ['error', 'close'])
  ;(await through.passage()).reset()
  await log.reach('close')
  assert.equal(log.of('error')[0]?.[0].code, 'ECONNRESET')
  assert.deepEqual(log.of('close'), [[true]])
})

test('writing by hand goes behind what was sent', async t => {
  const { server, client, socket } = await join(t)
  const log = new Log(client, ['message'])
  server.send(0, { n: 1 })
  assert.equal(typeof socket.write('{"n":2}\n'), 'boolean')
  server.send(0, { n: 3 })
  await log.reach('message', 3)
  assert.deepEqual(
    log.entries.map(([, { n }]) => n),
    [1, 2, 3],
  )
})

test('pause holds messages back, resume gives them in order', async t => {
  const { server, client, socket } = await join(t)
  const log = new Log(server, ['message'])
  socket.pause()
  for (let n = 0; n < 20; n++) client.send({ n })
  // A round trip the other way shows that time has passed.
  const pong = next(client, 'message')
  server.send(0, { round: 'trip' })
  await pong
  const second = next(client, 'message')
  server.send(0, { round: 'trip' })
  await second
  assert.deepEqual(log.entries, [])
  socket.resume()
  await log.reach('message', 20)
  assert.deepEqual(
    log.of('message').map(([, { n }]) => n),
    [...Array(20).keys()],
  )
})

test('byte counts', async t => {
  const { server, client, socket } = await join(t)
  const before = [socket.bytesRead, socket.bytesWritten]
  assert.ok(before.every(count => typeof count === 'number' && count > 0))
  const message = next(server, 'message')
  client.send({ a: 1 })
  await message
  assert.ok(socket.bytesRead > /** @type {number} */ (before[0]))
})

test('bytes that the peer does not read yet are counted as written', async t => {
  const { server, client, socket, id } = await join(t)
  client.socket.pause()
  const before = socket.bytesWritten
  const text = 'x'.repeat(8_000_000)
  server.send(id, { text })
  await new Promise(setImmediate)
  assert.ok(socket.bytesWritten - before > text.length)
})

test('setters return the socket', async t => {
  const { client, socket } = await join(t)
  for (const one of [socket, client.socket]) {
    assert.equal(one.setKeepAlive(true, 1000), one)
    assert.equal(one.setNoDelay(true), one)
    assert.equal(one.setTimeout(0), one)
    assert.equal(one.ref(), one)
  }
})

test("setTimeout: 'timeout' on the socket, which stays open", async t => {
  const { server, client, socket } = await join(t)
  const log = new Log(server, ['timeout', 'close'])
  const idle = next(socket, 'timeout')
  socket.setTimeout(50)
  await idle
  socket.setTimeout(0)
  const message = next(server, 'message')
  client.send({ still: 'here' })
  await message
  assert.deepEqual(log.entries, [])
})

test('after close the addresses that were read stay', async t => {
  const { server, client, socket } = await join(t)
  const { remoteAddress, remotePort } = socket
  const closed = next(server, 'close')
  client.disconnect()
  await closed
  assert.deepEqual([socket.remoteAddress, socket.remotePort], [remoteAddress, remotePort])
  assert.equal(socket.destroyed, true)
})

test("the client's socket is there at once", async t => {
  const { port } = await serve(t)
  const client = dial(t, port)
  assert.equal(client.socket.connecting, true)
  assert.equal(client.socket.destroyed, false)
  const log = new Log(client.socket, ['connect', 'secureConnect'])
  await next(client, 'authenticated')
  assert.deepEqual(log.names, ['connect', 'secureConnect'])
  assert.equal(client.socket.connecting, false)
})
