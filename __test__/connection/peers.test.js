'use strict'

// What 'connection' of tlsServer shows: a client that has no TLS yet, for as long as its connection lasts.

const assert = require('node:assert/strict')
const net = require('node:net')
const { test } = require('node:test')

const { cleanup } = require('../helpers/cleanup')
const { dial, enter, serve } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { tcp } = require('../helpers/raw')

test('what programs set on a socket before TLS can be set, and chained', async t => {
  const { server, port } = await serve(t)
  const greeted = next(server.tlsServer, 'connection')
  await tcp(t, port)
  const [peer] = await greeted
  assert.equal(peer.setNoDelay(true), peer)
  assert.equal(peer.setKeepAlive(true, 60_000), peer)
  assert.equal(
    peer.setTimeout(60_000, () => {}),
    peer,
  )
  assert.equal(peer.timeout, 60_000)
  assert.equal(peer.setTimeout(0), peer)
  assert.equal(peer.unref().ref(), peer)
  assert.deepEqual([peer.destroyed, peer.connecting, peer.pending], [false, false, false])
  assert.deepEqual([peer.bytesRead, peer.readyState], [0, 'open'])
  const { address, family, port: at } = peer.address()
  assert.deepEqual([address, family, at], [peer.localAddress, peer.localFamily, port])
})

test("'close' comes when a client leaves before TLS", async t => {
  const { server, port } = await serve(t)
  const greeted = next(server.tlsServer, 'connection')
  const unauthenticated = await tcp(t, port)
  const [peer] = await greeted
  const closed = next(peer, 'close')
  unauthenticated.destroy()
  await closed
  assert.equal(peer.destroyed, true)
})

test("'close' comes when a connection with TLS ends, and in the end all are gone", async t => {
  const { server } = await serve(t)
  /** @type {Set<any>} */
  const peers = new Set()
  server.tlsServer.on('connection', (/** @type {any} */ peer) => {
    peers.add(peer)
    peer.once('close', () => peers.delete(peer))
  })
  const { client } = await enter(t, server)
  await enter(t, server)
  assert.equal(peers.size, 2)
  const [first] = peers
  const closed = next(first, 'close')
  client.disconnect()
  await closed
  assert.deepEqual([peers.size, first.destroyed], [1, true])
})

test('destroy of all that connected ends a server, also those that are logged in', async t => {
  const { server, port } = await serve(t)
  server.on('error', () => {})
  /** @type {any[]} */
  const peers = []
  server.tlsServer.on('connection', (/** @type {any} */ peer) => void peers.push(peer))
  const { client } = await enter(t, server)
  const greeted = next(server.tlsServer, 'connection')
  await tcp(t, port)
  await greeted
  const lost = next(client, 'close')
  const closed = new Promise(resolve => server.close(() => resolve(undefined)))
  const logs = peers.map(peer => new Log(peer, ['close']))
  for (const peer of peers) peer.destroy()
  await bounded(closed, 'the callback of close')
  await lost
  for (const log of logs) await log.reach('close')
})

test("'timeout' of a client that says nothing; destroying it then is the program's", async t => {
  const { server, port } = await serve(t)
  const greeted = next(server.tlsServer, 'connection')
  const unauthenticated = await tcp(t, port)
  unauthenticated.resume()
  const left = next(unauthenticated, 'close')
  const [peer] = await greeted
  peer.setTimeout(20)
  await next(peer, 'timeout')
  assert.equal(peer.destroyed, false)
  peer.destroy()
  await left
})

test("a connection that is handed over is told of once, and its 'close' is the end of it", async t => {
  const { server } = await serve(t)
  const log = new Log(server.tlsServer, ['connection', 'secureConnection'])
  const front = net.createServer(socket => server.tlsServer.emit('connection', socket))
  cleanup(t, () => void front.close())
  await next(front.listen(0), 'listening')
  const client = dial(t, /** @type {net.AddressInfo} */ (front.address()).port)
  await next(client, 'authenticated')
  assert.deepEqual(log.names, ['connection', 'secureConnection'])
  const [[peer]] = log.of('connection')
  assert.equal(peer.destroyed, false)
  const closed = next(peer, 'close')
  client.disconnect()
  await closed
})

test("a listener of 'connection' that ends a client ends it, whatever its handshake has come to", async t => {
  const { server, port } = await serve(t)
  const refusing = new Log(server.tlsServer, ['secureConnection'])
  for (let n = 0; n < 5; n++) {
    const log = new Log(server.tlsServer, ['connection'])
    const client = dial(t, port)
    client.on('error', () => {})
    const lost = next(client, 'close')
    const [[peer]] = await log.reach('connection')
    const closed = next(peer, 'close')
    peer.destroy()
    await closed
    await lost
  }
  assert.equal(server.sockets.size, refusing.names.length)
})
