'use strict'

// Renewals with material that only Node's own TLS can use, on a server that rustls carries.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const net = require('node:net')
const { Duplex } = require('node:stream')
const tls = require('node:tls')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { enter, serve } = require('../helpers/ends')
const { bounded, Log, next, turn } = require('../helpers/events')
const { oddPair } = require('../helpers/odd-certificates')
const { newPath } = require('../helpers/paths')
const { over, skip } = require('../helpers/transports')

const isWindows = process.platform === 'win32'

/** @param {{ key: string | Buffer, cert: string | Buffer }} pair */
const inText = ({ key, cert }) => ({ key: String(key), cert: String(cert) })

const usual = inText(certificates.readmeCa())
const other = inText(certificates.san())

/**
 * @param {import('node:test').TestContext} t
 * @returns {{ key: string, cert: string }} of a kind that rustls does not know
 */
const odd = t => inText(oddPair(t, '-algorithm', 'ED448'))

/**
 * @param {import('node:test').TestContext} t
 * @param {any} where of `tls.connect`
 * @returns {Promise<any>} the certificate that a new client gets
 */
async function presented(t, where) {
  const socket = tls.connect({ host: '127.0.0.1', rejectUnauthorized: false, ...where })
  cleanup(t, () => void socket.destroy())
  await next(socket, 'secureConnect')
  const certificate = socket.getPeerX509Certificate()
  socket.destroy()
  return certificate?.toString()
}

/**
 * @param {any} server
 * @returns {Promise<number>}
 */
function connections(server) {
  return new Promise(resolve =>
    server.tlsServer.getConnections((/** @type {any} */ _error, /** @type {number} */ count) =>
      resolve(count),
    ),
  )
}

/** @param {any} server */
function echo(server) {
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
}

test(
  "what only Node's own TLS can use carries new connections, the live ones go on",
  { skip },
  async t => {
    const { server, port } = await serve(t)
    echo(server)
    const { client: old } = await enter(t, server)
    const { key, cert } = odd(t)
    server.tlsServer.setSecureContext({ key, cert })
    assert.equal(server.transport, 'node')
    assert.equal(server.tlsServer.address().port, port)
    assert.equal(await presented(t, { port }), cert)
    const renewed = await over('node', () => enter(t, server, { options: { ca: cert } }))
    assert.equal(renewed.socket.transport, 'node')
    assert.deepEqual(await bounded(renewed.client.request({ a: 1 }), 'an answer'), { a: 1 })
    assert.deepEqual(await bounded(old.request({ b: 2 }), 'an answer'), { b: 2 })

    server.tlsServer.setSecureContext({ key: other.key, cert: other.cert })
    assert.equal(server.transport, 'rustls')
    const back = await enter(t, server, { options: { ca: other.cert } })
    // On Windows Node goes on accepting, and what it has accepted nobody can take over.
    assert.equal(back.socket.transport, isWindows ? 'node' : 'rustls')
    assert.deepEqual(await bounded(renewed.client.request({ c: 3 }), 'an answer'), { c: 3 })
    assert.deepEqual(await bounded(old.request({ d: 4 }), 'an answer'), { d: 4 })

    server.tlsServer.setSecureContext({ key, cert })
    assert.equal(await presented(t, { port }), cert)
    const closed = new Promise(resolve => server.close(() => resolve(server.sockets.size)))
    const [refusal] = await next(net.connect(port, '127.0.0.1'), 'error')
    assert.equal(refusal.code, 'ECONNREFUSED')
    for (const client of [old, renewed.client, back.client]) client.disconnect()
    assert.equal(await bounded(closed, 'closed'), 0)
  },
)

const gap = isWindows && 'the port is given up, and listened on anew'

test('not one connection is lost while it changes', { skip: skip || gap }, async t => {
  const { server, port } = await serve(t)
  const { key, cert } = odd(t)
  const pairs = [odd(t), other, { key, cert }, usual]
  let running = true
  let count = 0
  const visitor = async () => {
    while (running) {
      await presented(t, { port })
      count++
    }
  }
  const visitors = [visitor(), visitor(), visitor()]
  for (let n = 0; n < 12; n++) {
    const from = count
    server.tlsServer.setSecureContext(pairs[n % pairs.length])
    while (count < from + 5) await new Promise(setImmediate)
  }
  running = false
  await Promise.all(visitors)
  assert.ok(count >= 60)
})

test('bad material leaves what Node carries as it was', { skip }, async t => {
  const { server, port } = await serve(t)
  const { key, cert } = odd(t)
  for (const [transport, options] of /** @type {const} */ ([
    ['rustls', usual],
    ['node', { key, cert }],
  ])) {
    server.tlsServer.setSecureContext(options)
    for (const bad of [undefined, { key: 'garbage', cert }, { key: usual.key, cert: other.cert }]) {
      assert.throws(() => server.tlsServer.setSecureContext(bad))
      assert.throws(() => server.tlsServer.addContext('', options))
    }
    assert.equal(server.transport, transport)
    assert.equal(await presented(t, { port }), options.cert)
  }
})

test('versions that only Node speaks come by a renewal, too', { skip }, async t => {
  const { server, port } = await serve(t)
  const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  server.tlsServer.setSecureContext({ key: usual.key, cert: usual.cert, ...old })
  assert.equal(server.transport, 'node')
  assert.equal(await presented(t, { port, ...old }), usual.cert)
})

test('a context for a name that only Node can use', { skip }, async t => {
  for (const kind of ['options', 'context']) {
    const { server, port } = await serve(t)
    const { key, cert } = kind === 'options' ? odd(t) : other
    const given = kind === 'options' ? { key, cert } : tls.createSecureContext({ key, cert })
    server.tlsServer.addContext('odd.example', given)
    assert.equal(server.transport, 'node')
    // Clients that cannot read the one certificate are sent the other.
    assert.equal(await presented(t, { port, servername: 'odd.example' }), cert)
    assert.equal(await presented(t, { port, servername: 'localhost' }), usual.cert)
    server.tlsServer.setSecureContext({ key: other.key, cert: other.cert })
    assert.equal(server.transport, 'node')
    assert.equal(await presented(t, { port, servername: 'localhost' }), other.cert)
    assert.equal(await presented(t, { port, servername: 'odd.example' }), cert)
  }
})

test('set before listening, at a path, with its limits and events', { skip }, async t => {
  const { server } = await serve(t, { maxHandshakes: 1 })
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  const { key, cert } = odd(t)
  server.tlsServer.setSecureContext({ key, cert })
  const file = newPath(t)
  server.listen(file)
  assert.equal(server.tlsServer.address(), file)
  await next(server.tlsServer, 'listening')
  const log = new Log(server.tlsServer, ['connection', 'tlsClientError'])
  const silent = net.connect(file).resume()
  const cut = next(silent, 'close')
  await log.reach('connection')
  assert.equal(await presented(t, { path: file }), cert)
  await cut
  assert.equal(log.of('tlsClientError')[0]?.[0].code, 'TLSJSON_TOO_MANY_HANDSHAKES')
  while ((await connections(server)) > 0) await turn()
  server.tlsServer.maxConnections = 1
  const first = net.connect(file).resume()
  await log.reach('connection', 3)
  assert.equal(await connections(server), 1)
  const second = net.connect(file).resume()
  await next(second, 'close')
  assert.equal(first.destroyed, false)
  first.destroy()
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  assert.equal(fs.existsSync(file), false)
})

test('streams that are no sockets follow every renewal', { skip }, async t => {
  const { server } = await serve(t)
  const through = () => {
    /** @type {Duplex[]} */
    const ends = [0, 1].map(
      own =>
        new Duplex({
          read() {},
          write(chunk, _encoding, done) {
            ends[1 - own]?.push(chunk)
            done()
          },
          destroy(error, done) {
            ends[1 - own]?.destroy()
            done(error)
          },
        }),
    )
    server.tlsServer.emit('connection', ends[0])
    return { socket: ends[1] }
  }
  assert.equal(await presented(t, through()), usual.cert)
  server.tlsServer.setSecureContext({ key: other.key, cert: other.cert })
  assert.equal(server.transport, 'rustls')
  assert.equal(await presented(t, through()), other.cert)
  server.tlsServer.addContext('own.example', { key: usual.key, cert: usual.cert })
  assert.equal(await presented(t, { ...through(), servername: 'own.example' }), usual.cert)

  // One that begins only now is told all of it.
  const { server: late } = await serve(t)
  late.tlsServer.setSecureContext({ key: other.key, cert: other.cert })
  late.tlsServer.addContext('own.example', { key: usual.key, cert: usual.cert })
  const { tlsServer } = server
  try {
    server.tlsServer = late.tlsServer
    assert.equal(await presented(t, through()), other.cert)
    assert.equal(await presented(t, { ...through(), servername: 'own.example' }), usual.cert)
  } finally {
    server.tlsServer = tlsServer
  }
})
