'use strict'

// What the engine's sessions make of connections that Node's own TLS carries, beyond what every suite tests over both.

const assert = require('node:assert/strict')
const { Duplex } = require('node:stream')
const tls = require('node:tls')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { dial, enter, serve } = require('../helpers/ends')
const { bounded, Log, next, turn } = require('../helpers/events')
const { run } = require('../helpers/program')
const { tcp } = require('../helpers/raw')
const { over, skip } = require('../helpers/transports')

/**
 * Two ends of a connection that no operating system knows. What is written at an end that holds is not delivered.
 *
 * @returns {{ stream: Duplex, hold: () => void }[]}
 */
function streams() {
  /** @type {{ stream: Duplex, hold: () => void }[]} */
  const ends = [0, 1].map(own => {
    let holds = false
    const other = () => ends[1 - own]?.stream
    const stream = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        if (holds) return
        other()?.push(chunk)
        done()
      },
      final(done) {
        other()?.push(null)
        done()
      },
    })
    const hold = () => {
      holds = true
    }
    return { stream, hold }
  })
  return ends
}

test("what Node's own TLS carries is closed before the server is", { skip }, async t => {
  const { server } = await over('node', () => serve(t))
  const { client } = await over('node', () => enter(t, server))
  /** @type {string[]} */
  const order = []
  server.on('close', (/** @type {number} */ id) => order.push(`client ${id}`))
  const closed = new Promise(resolve => server.close(() => resolve(order.push('server'))))
  client.disconnect()
  await bounded(closed, 'closed')
  assert.deepEqual(order, ['client 0', 'server'])
})

test('a busy thread misses no pong that is there', { skip }, async t => {
  const { server, port } = await over('node', () =>
    serve(t, { keepAliveInterval: 100, keepAliveTimeout: 60 }),
  )
  const log = new Log(server, ['timeout', 'close'])
  const entered = next(server, 'authenticated')
  const other = run(
    t,
    ({ Client, clientConfig, given }) => {
      const client = new Client(clientConfig(given))
      client.on('message', () => client.disconnect())
    },
    { given: port },
  )
  const [id] = await entered
  for (let n = 0; n < 8; n++) {
    // A ping leaves in the turn between two of these, and its time is over at the end of the second.
    const until = Date.now() + 130
    while (Date.now() < until);
    await turn()
  }
  assert.deepEqual(log.entries, [])
  server.send(id, { now: 'go' })
  assert.equal((await other).code, 0)
})

test('who is not read is made to wait; then all comes in order', { skip }, async t => {
  const { server } = await over('node', () => serve(t, { keepAliveInterval: 60_000 }))
  const { client, socket, id } = await over('node', () => enter(t, server))
  /** @type {number[]} */
  const seen = []
  const all = new Promise(resolve => {
    server.on('message', (/** @type {number} */ _id, /** @type {{ n: number }} */ { n }) => {
      if (seen.push(n) === 30_000) resolve(undefined)
    })
  })
  const text = 'x'.repeat(1000)
  socket.pause()
  for (let n = 0; n < 30_000; n++) client.send({ n, text })
  // Round trips the other way show that time has passed.
  for (let n = 0; n < 20; n++) {
    const message = next(client, 'message')
    server.send(id, { round: 'trip' })
    await message
  }
  assert.deepEqual(seen, [])
  assert.ok(socket.bytesRead < 1_000_000, `${socket.bytesRead} bytes read`)
  socket.resume()
  await bounded(all, 'all messages')
  assert.ok(seen.every((n, at) => n === at))
})

test('what a busy listener leaves is bounded too', { skip }, async t => {
  const { server } = await over('node', () => serve(t, { keepAliveInterval: 60_000 }))
  const { client, socket } = await over('rustls', () => enter(t, server))
  const text = 'x'.repeat(1000)
  let most = 0
  let handled = 0
  const all = new Promise(resolve => {
    server.on('message', () => {
      handled += 1
      most = Math.max(most, socket.bytesRead - handled * text.length)
      if (handled === 20_000) resolve(undefined)
    })
  })
  for (let n = 0; n < 20_000; n++) client.send({ n, text })
  await bounded(all, 'all messages')
  assert.ok(most < 2_000_000, `${most} bytes waited`)
})

test("a client does not resume a session over Node's own TLS either", { skip }, async t => {
  const { key, cert } = certificates.readmeCa()
  const server = tls.createServer({ key, cert, maxVersion: 'TLSv1.2' })
  server.on('secureConnection', peer => peer.on('error', () => {}))
  cleanup(t, () => void server.close())
  await next(server.listen(0), 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  /** @type {(Buffer | undefined)[]} */
  const sessions = []
  /** @type {boolean[]} */
  const reused = []
  for (const session of [() => undefined, () => sessions[0]]) {
    const accepted = next(server, 'secureConnection')
    const socket = tls.connect({ port, ca: cert, host: 'localhost', session: session() })
    await next(socket, 'secureConnect')
    const [peer] = await accepted
    reused.push(peer.isSessionReused())
    sessions.push(socket.getSession())
    socket.destroy()
  }
  assert.deepEqual(reused, [false, true])
  const accepted = next(server, 'secureConnection')
  const client = over('node', () => dial(t, port, { options: { session: sessions[0] } }))
  client.on('error', () => {})
  await next(client.socket, 'secureConnect')
  const [peer] = await accepted
  assert.equal(peer.isSessionReused(), false)
  const closed = next(client, 'close')
  peer.destroy()
  await closed
})

test('whose handshake takes too long is cut', { skip }, async t => {
  const { server, port } = await over('node', () =>
    serve(t, { options: { handshakeTimeout: 100 } }),
  )
  const log = new Log(server.tlsServer, ['tlsClientError'])
  const unauthenticated = await tcp(t, port)
  const cut = next(unauthenticated, 'close')
  unauthenticated.resume()
  await cut
  assert.equal(log.of('tlsClientError')[0]?.[0].code, 'ERR_TLS_HANDSHAKE_TIMEOUT')
  assert.equal(server.limitCounts.handshakeTimeout, 1)
})

test(
  'a stream that is no socket counts for the limits of the server it was given to',
  { skip },
  async t => {
    const { server } = await serve(t, { maxHandshakes: 1, maxTotalBufferedBytes: 1 << 20 })
    const silent = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    const cut = next(silent, 'close')
    server.tlsServer.emit('connection', silent)
    const failed = new Log(server.tlsServer, ['tlsClientError'])
    const { id } = await enter(t, server)
    await cut
    assert.equal(failed.of('tlsClientError')[0]?.[0].code, 'TLSJSON_TOO_MANY_HANDSHAKES')

    const [ours, theirs] = streams()
    const arrived = next(server, 'authenticated')
    server.tlsServer.emit('connection', theirs.stream)
    const other = dial(t, 1, { options: { socket: ours.stream } })
    const [[slow, socket]] = await Promise.all([arrived, next(other, 'authenticated')])
    assert.deepEqual([socket.transport, server.transport], ['node', 'rustls'])
    const log = new Log(server, ['error', 'close'])
    theirs.hold()
    server.send(slow, { text: 'x'.repeat(900_000) })
    await turn()
    assert.deepEqual(log.names, [])
    // For both together it is too much, and most of it waits for the other.
    server.send(id, { text: 'x'.repeat(300_000) })
    await log.reach('close')
    assert.deepEqual(log.names, ['error', 'close'])
    assert.equal(log.of('close')[0]?.[0], slow)
    assert.equal(log.of('error')[0]?.[1].code, 'TLSJSON_BUFFER_FULL')
    const { maxHandshakes, maxBufferedBytes } = server.limitCounts
    assert.deepEqual([maxHandshakes, maxBufferedBytes], [1, 1])
  },
)
