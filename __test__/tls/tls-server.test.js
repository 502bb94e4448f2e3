'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const net = require('node:net')
const { test } = require('node:test')
const tls = require('node:tls')

const { cleanup } = require('../helpers/cleanup')
const { dial, serve } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { tcp } = require('../helpers/raw')
const { aboutRustls, difference, isOriginal } = require('../helpers/subject')

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

/** @param {number} port @returns {string} of the socket that listens there, by what the kernel says */
function inodeOfListener(port) {
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = ['/proc/self/net/tcp6', '/proc/self/net/tcp'].flatMap(file =>
    fs.readFileSync(file, 'utf8').trim().split('\n').slice(1),
  )
  const listening = rows
    .map(row => row.trim().split(/\s+/))
    .find(row => row[1].endsWith(place) && row[3] === '0A')
  assert.ok(listening, `nobody listens on ${port}`)
  return listening[9]
}

/** @param {string} inode @returns {string[]} this process' descriptors of a socket */
function descriptorsOf(inode) {
  return fs.readdirSync('/proc/self/fd').filter(name => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${name}`) === `socket:[${inode}]`
    } catch {
      // The one that reading the folder took.
      return false
    }
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
  const counted = new Promise(resolve =>
    server.once('close', () => resolve(countConnections(server))),
  )
  client.disconnect()
  assert.equal(await bounded(counted, "a count within 'close'"), 1)
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

test(
  'a peer that stays when its handshake has failed does not count for maxConnections',
  // Node counts it until it goes.
  { skip: aboutRustls },
  async t => {
    const { server, port } = await serve(t)
    server.tlsServer.maxConnections = 1
    const failed = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    cleanup(t, () => void failed.destroy())
    failed.resume().end = () => failed
    const refused = next(server.tlsServer, 'tlsClientError')
    failed.write('GET / HTTP/1.1\r\n\r\n')
    await Promise.all([refused, next(failed, 'end')])
    await next(dial(t, port), 'authenticated')
  },
)

test(
  'a client who is destroyed and does not hang up does not count for maxConnections',
  // The original waits for the client, and counts it meanwhile.
  { skip: isOriginal },
  async t => {
    const { server, port } = await serve(t)
    server.tlsServer.maxConnections = 1
    const secure = next(server.tlsServer, 'secureConnection')
    const deaf = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      allowHalfOpen: true,
    })
    cleanup(t, () => void deaf.destroy())
    deaf.on('error', () => {}).resume()
    const [[socket]] = await Promise.all([secure, next(deaf, 'secureConnect')])
    const closed = next(socket, 'close')
    socket.destroy()
    await closed
    const second = dial(t, port)
    await next(second, 'authenticated')
    // When it goes it does not count for less, either.
    deaf.destroy()
    await next(deaf, 'close')
    const left = next(server, 'close')
    second.disconnect()
    await left
    await next(dial(t, port), 'authenticated')
    const counted = new Promise((resolve, reject) =>
      server.tlsServer.getConnections((/** @type {any} */ error, /** @type {number} */ count) =>
        error ? reject(error) : resolve(count),
      ),
    )
    assert.equal(await bounded(counted, 'the count'), 1)
  },
)

test(
  'a handshake under way keeps no descriptor of a server that is closed',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async t => {
    const { server, port } = await serve(t)
    const listening = inodeOfListener(port)
    assert.equal(descriptorsOf(listening).length, 1)
    const accepted = next(server.tlsServer, 'connection')
    await tcp(t, port)
    await accepted
    server.tlsServer.close()
    assert.deepEqual(descriptorsOf(listening), [])
  },
)

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
  for (const noConnection of [undefined, {}, new net.Socket()]) {
    assert.throws(() => server.tlsServer.emit('connection', noConnection), {
      code: 'TLSJSON_UNSUPPORTED_OPTION',
    })
  }
})
