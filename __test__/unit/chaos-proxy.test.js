'use strict'

// What the other tests trust: that the proxy does what it is told, and nothing else.

const assert = require('node:assert/strict')
const net = require('node:net')
const { test } = require('node:test')
const { chaosProxy } = require('../helpers/chaos-proxy')
const { cleanup } = require('../helpers/cleanup')
const { next, turn } = require('../helpers/events')
const { rawClient, rawServer } = require('../helpers/broken-peers')

/**
 * Two raw ends with a proxy between them.
 *
 * @param {import('node:test').TestContext} t
 */
async function ends(t) {
  /** @type {(peer: import('../helpers/broken-peers').RawPeer) => void} */
  let arrived = () => {}
  const server = new Promise(resolve => (arrived = resolve))
  const proxy = await chaosProxy(t, await rawServer(t, peer => arrived(peer)))
  const client = await rawClient(t, proxy.port)
  const passage = await proxy.passage()
  return {
    proxy,
    passage,
    client,
    server: /** @type {import('../helpers/broken-peers').RawPeer} */ (await server),
  }
}

/**
 * @param {import('../helpers/broken-peers').RawPeer} peer
 * @param {string} text
 */
const hears = (peer, text) =>
  peer.until(() => String(peer.received) === text, `${text} (heard: ${peer.received})`)

test('it relays both ways, and the end of either side', async t => {
  const { client, server } = await ends(t)
  client.socket.write('to the server')
  server.socket.write('to the client')
  await Promise.all([hears(server, 'to the server'), hears(client, 'to the client')])
  client.socket.end()
  await server.left()
  assert.equal(server.end, 'FIN')
  assert.equal(client.end, undefined)
  server.socket.end('still heard')
  await client.left()
  assert.equal(String(client.received), 'to the clientstill heard')
})

test('what is held comes when it is released, and who sends more is made to wait', async t => {
  const { client, server, passage } = await ends(t)
  passage.toServer.hold()
  const sent = Buffer.alloc(32 * 1024 * 1024, 'x')
  client.socket.write(sent)
  server.socket.write('a sign')
  await hears(client, 'a sign')
  assert.equal(server.received.length, 0)
  assert.ok(passage.toServer.came < sent.length, `${passage.toServer.came} bytes taken`)
  passage.toServer.release()
  await passage.toServer.reach(sent.length)
  const total = () => server.chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  await server.until(() => total() === sent.length, 'all of it')
})

test('the clock delays, and counts bytes a second', async t => {
  const { proxy, client, server, passage } = await ends(t)
  passage.toServer.delay(1000)
  client.socket.write('late')
  await passage.toServer.until(() => passage.toServer.came === 4, 'the bytes at the proxy')
  proxy.advance(999)
  await turn()
  assert.equal(passage.toServer.passed, 0)
  proxy.advance(1)
  await hears(server, 'late')
  passage.toServer.delay(0)
  passage.toServer.throttle(2)
  client.socket.write('slowly')
  await passage.toServer.until(() => passage.toServer.came === 10, 'the bytes at the proxy')
  for (const text of ['lates', 'latesl', 'lateslo']) {
    proxy.advance(500)
    await hears(server, text)
  }
  passage.toServer.throttle(Infinity)
  await hears(server, 'lateslowly')
})

test('pieces come apart, and in order', async t => {
  const { client, server, passage } = await ends(t)
  passage.toServer.split()
  client.socket.write('byte by byte')
  await hears(server, 'byte by byte')
  assert.ok(server.chunks.length > 6, `${server.chunks.length} pieces of 12`)
})

test('one byte is changed, and no other', async t => {
  const { client, server, passage } = await ends(t)
  passage.toServer.corrupt(3, 1)
  client.socket.write('ab')
  await hears(server, 'ab')
  client.socket.write('cdef')
  await hears(server, 'abceef')
  client.socket.write('d')
  await hears(server, 'abceefd')
})

test('a lane is cut at a byte: by an end', async t => {
  const { client, server, passage } = await ends(t)
  passage.toServer.cutAt(4, 'end')
  client.socket.write('four and more')
  await server.left()
  assert.deepEqual([String(server.received), server.end], ['four', 'FIN'])
  server.socket.write('the other way is open')
  await hears(client, 'the other way is open')
  assert.equal(client.end, undefined)
})

test('a lane is cut at a byte: by a reset of both ends', async t => {
  const { client, server, passage } = await ends(t)
  passage.toClient.cutAt(0, 'reset')
  await Promise.all([client.left(), server.left()])
  assert.deepEqual([client.end, server.end], ['ECONNRESET', 'ECONNRESET'])
})

test('a lane is cut at a byte: by silence, of which nobody is told', async t => {
  const { client, server, passage } = await ends(t)
  passage.toServer.cutAt(4, 'silence')
  client.socket.write('four and more')
  await hears(server, 'four')
  client.socket.end('lost')
  server.socket.write('heard')
  await hears(client, 'heard')
  for (let n = 0; n < 5; n++) await turn()
  assert.deepEqual([String(server.received), server.end], ['four', undefined])
  passage.silence()
  server.socket.write('no longer')
  for (let n = 0; n < 5; n++) await turn()
  assert.deepEqual([String(client.received), client.end], ['heard', undefined])
})

test('a reset of one end reaches the other', async t => {
  const { client, server } = await ends(t)
  server.socket.resetAndDestroy()
  await client.left()
  assert.equal(client.end, 'ECONNRESET')
})

test('each connection can be arranged before a byte passes', async t => {
  const port = await rawServer(t, peer => peer.socket.write('greeting'))
  const proxy = await chaosProxy(t, port, ({ toClient }, index) => {
    if (index === 1) toClient.corrupt(0, 0x20)
  })
  const heard = []
  for (let n = 0; n < 2; n++) {
    const socket = net.connect(proxy.port, '127.0.0.1')
    cleanup(t, () => void socket.destroy())
    heard.push(String((await next(socket, 'data'))[0]))
  }
  assert.deepEqual(heard, ['greeting', 'Greeting'])
})
