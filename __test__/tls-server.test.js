'use strict'

const assert = require('node:assert/strict')
const net = require('node:net')
const { test } = require('node:test')

const { dial, serve } = require('./helpers/ends')
const { bounded, Log, next } = require('./helpers/events')
const { tcp } = require('./helpers/raw')
const { difference } = require('./helpers/subject')

/**
 * @param {any} server
 * @returns {Promise<number>}
 */
function countConnections(server) {
  return new Promise((resolve, reject) => {
    server.tlsServer.getConnections((/** @type {any} */ error, /** @type {number} */ count) =>
      error ? reject(error) : resolve(count),
    )
  })
}

test("'connection' comes before the handshake, 'secureConnection' behind it", async t => {
  const { server, port } = await serve(t)
  const log = new Log(server.tlsServer, ['connection', 'secureConnection'])
  await next(dial(t, port), 'authenticated')
  assert.deepEqual(log.names, ['connection', 'secureConnection'])
  const [raw] = log.of('connection')[0]
  const [secure] = log.of('secureConnection')[0]
  assert.equal(raw.remotePort, secure.remotePort)
  assert.equal(raw.remoteAddress, '::ffff:127.0.0.1')
  assert.equal(secure, server.sockets.get(0))
})

test("a socket destroyed in 'connection' gets no handshake and no id", async t => {
  const { server, port } = await serve(t)
  server.tlsServer.once('connection', (/** @type {any} */ socket) => socket.destroy())
  const refused = dial(t, port, { reconnectInterval: 20 })
  refused.on('error', () => {})
  await next(refused, 'authenticated')
  assert.equal(server.sockets.size, 1)
})

test('getConnections counts connections, also those in their handshake', async t => {
  const { server, port } = await serve(t)
  assert.equal(await countConnections(server), 0)
  const client = dial(t, port)
  await next(client, 'authenticated')
  assert.equal(await countConnections(server), 1)
  const accepted = next(server.tlsServer, 'connection')
  await tcp(t, port)
  await accepted
  assert.equal(await countConnections(server), 2)
  const closed = next(server, 'close')
  client.disconnect()
  await closed
  assert.equal(await countConnections(server), 1)
})

test('beyond maxConnections a connection is closed at once', async t => {
  const { server, port } = await serve(t)
  server.tlsServer.maxConnections = 1
  const first = dial(t, port)
  await next(first, 'authenticated')
  const second = await tcp(t, port)
  second.resume()
  await next(second, 'close')
  const left = next(server, 'close')
  first.disconnect()
  await left
  await next(dial(t, port), 'authenticated')
})

test('a connection accepted elsewhere can be handed over', async t => {
  const { server } = await serve(t)
  const front = net.createServer(socket => server.tlsServer.emit('connection', socket))
  t.after(() => front.close())
  await next(front.listen(0), 'listening')
  const client = dial(t, /** @type {net.AddressInfo} */ (front.address()).port)
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  await next(client, 'authenticated')
  assert.deepEqual(await bounded(client.request({ a: 1 }), 'an answer'), { a: 1 })
})

test('a server that does not listen takes connections over too, and can be closed', async t => {
  const { server } = await serve(t)
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  const front = net.createServer(socket => server.tlsServer.emit('connection', socket))
  t.after(() => front.close())
  await next(front.listen(0), 'listening')
  const client = dial(t, /** @type {net.AddressInfo} */ (front.address()).port)
  await next(client, 'authenticated')
  const closed = bounded(new Promise(resolve => server.tlsServer.once('close', resolve)), 'closed')
  server.close()
  client.disconnect()
  await closed
})

difference('what cannot be handed over is refused with a code', async t => {
  const { server } = await serve(t)
  for (const stranger of [undefined, {}, new net.Socket()]) {
    assert.throws(() => server.tlsServer.emit('connection', stranger), {
      code: 'TLSJSON_UNSUPPORTED_OPTION',
    })
  }
})
