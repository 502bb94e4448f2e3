'use strict'

// What sockets tell of their TLS: the same as the other end says, where Node carries it.

const assert = require('node:assert/strict')
const path = require('node:path')
const tls = require('node:tls')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { dial, join, serve, password } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { referenceServer } = require('../helpers/reference-peer')
const { oddPair } = require('../helpers/odd-certificates')
const { directory, isOriginal } = require('../helpers/subject')
const { over, skip } = require('../helpers/transports')

const VERSIONS = /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])
const only = (/** @type {'TLSv1.2' | 'TLSv1.3'} */ version) => ({
  minVersion: version,
  maxVersion: version,
})

/**
 * @param {Log} log
 * @returns {string[]} the lines, sorted
 */
function lines(log) {
  return log
    .of('keylog')
    .map(([line]) => String(line))
    .sort()
}

/**
 * A client of Node's, let in.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} server
 * @param {tls.ConnectionOptions} [options]
 */
async function visitor(t, server, options) {
  const { port } = server.tlsServer.address()
  const arrived = next(server, 'authenticated')
  const socket = tls.connect({ port, ca: certificates.readmeCa().cert, ...options })
  cleanup(t, () => void socket.destroy())
  const keys = new Log(socket, ['keylog'])
  socket.on('error', () => {})
  socket.write(`${JSON.stringify({ password })}\n`)
  const [, accepted] = await arrived
  return { socket, keys, accepted }
}

for (const version of VERSIONS) {
  const count = version === 'TLSv1.3' ? 5 : 1

  test(`${version}: a server logs the keys that its client logs`, async t => {
    const { server } = await serve(t, { options: only(version) })
    const log = new Log(server.tlsServer, ['keylog', 'secureConnection'])
    const { keys, accepted } = await visitor(t, server)
    assert.equal(lines(keys).length, count)
    assert.deepEqual(lines(log), lines(keys))
    for (const [line] of log.of('keylog')) {
      assert.ok(Buffer.isBuffer(line))
      assert.match(String(line), /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]+\n$/)
    }
    if (server.transport === 'rustls') {
      assert.deepEqual([...new Set(log.of('keylog').map(([, socket]) => socket))], [accepted])
    }
  })

  test(`${version}: a client logs the keys that its server logs`, async t => {
    const server = await referenceServer(t, only(version))
    const atServer = new Log(server.tls, ['keylog'])
    const client = dial(t, server.port)
    const atClient = new Log(client.socket, ['keylog'])
    const entered = next(client, 'authenticated')
    await server.admit()
    await entered
    assert.equal(lines(atServer).length, count)
    assert.deepEqual(lines(atClient), lines(atServer))
  })
}

test('keys are logged of a handshake that fails later', { skip: isOriginal }, async t => {
  const { server, port } = await serve(t, {
    options: { requestCert: true, ca: certificates.readmeCa().cert },
  })
  const log = new Log(server.tlsServer, ['keylog', 'tlsClientError'])
  const socket = tls.connect({ port, ca: certificates.readmeCa().cert })
  cleanup(t, () => void socket.destroy())
  socket.on('error', () => {})
  await log.reach('tlsClientError')
  assert.ok(lines(log).some(line => line.startsWith('SERVER_HANDSHAKE_TRAFFIC_SECRET ')))
})

test('no key leaves the engine while nobody listens', { skip }, async t => {
  const { getEngine } = require(path.join(directory, 'lib', 'engine', 'engine'))
  const engine = /** @type {any} */ (getEngine())
  const { take } = engine
  let keys = 0
  engine.take = (/** @type {any} */ table, /** @type {string[]} */ extras) => {
    const text = take.call(engine, table, extras)
    keys += extras.filter(signal => /(?:_SECRET|CLIENT_RANDOM)/.test(signal)).length
    return text
  }
  cleanup(t, () => delete engine.take)
  const { server, client } = await join(t)
  assert.equal(keys, 0)
  server.tlsServer.on('keylog', () => {})
  await visitor(t, server)
  assert.equal(keys, 1)
  const other = dial(t, server.tlsServer.address().port)
  other.socket.on('keylog', () => {})
  await next(other, 'authenticated')
  assert.ok(keys >= 3, `${keys}`)
  server.tlsServer.removeAllListeners('keylog')
  keys = 0
  await visitor(t, server)
  assert.equal(keys, 0)
  assert.equal(client.isAuthenticated, true)
})

for (const version of VERSIONS) {
  test(`${version}: key material is the same at both ends`, async t => {
    const { server } = await serve(t, { options: only(version) })
    const { socket, accepted } = await visitor(t, server)
    const other = await referenceServer(t, only(version))
    const client = dial(t, other.port)
    const entered = next(client, 'authenticated')
    const peer = await other.admit()
    await entered
    for (const [ours, nodes] of [
      [accepted, socket],
      [client.socket, peer.socket],
    ]) {
      for (const args of [
        [32, 'EXPORTER-one'],
        [1, 'EXPORTER-one'],
        [128, 'EXPORTER-two', Buffer.from('context')],
        [32, 'EXPORTER-two', Buffer.alloc(0)],
        [32, 'EXPORTER-ä', new Uint8Array([1, 2])],
      ]) {
        const material = ours.exportKeyingMaterial(...args)
        assert.ok(Buffer.isBuffer(material))
        assert.deepEqual(material, nodes.exportKeyingMaterial(...args), String(args))
      }
      for (const args of [[], [0, 'a'], [-1, 'a'], ['1', 'a'], [1], [1, 2], [1, 'a', 'context']]) {
        /** @type {any} */
        let expected
        try {
          nodes.exportKeyingMaterial(...args)
        } catch (error) {
          expected = error
        }
        const { code, message } = expected
        assert.throws(() => ours.exportKeyingMaterial(...args), { code, message })
      }
    }
  })
}

test('key material there is only while TLS is up', async t => {
  const { server, client, socket } = await join(t)
  const early = dial(t, server.tlsServer.address().port)
  const expected = { code: 'ERR_TLS_INVALID_STATE' }
  assert.throws(() => early.socket.exportKeyingMaterial(32, 'label'), expected)
  const closed = next(server, 'close')
  client.disconnect()
  await closed
  if (isOriginal) return
  assert.throws(() => socket.exportKeyingMaterial(32, 'label'), expected)
  assert.throws(() => client.socket.exportKeyingMaterial(32, 'label'), expected)
})

/** @param {any} socket */
const shown = socket => ({
  ephemeral: socket.getEphemeralKeyInfo(),
  own: socket.getX509Certificate()?.fingerprint256,
  ownObject: socket.getCertificate(),
  peer: socket.getPeerX509Certificate()?.fingerprint256,
  reused: socket.isSessionReused(),
})

for (const version of VERSIONS) {
  for (const ecdhCurve of ['X25519', 'P-256', 'P-384']) {
    test(`${version}, ${ecdhCurve}: what both ends show`, async t => {
      const { key, cert } = certificates.readmeCa()
      const forServer = { requestCert: true, ca: cert, ecdhCurve, ...only(version) }
      const { server } = await serve(t, { options: forServer })
      const nodes = tls.createServer({ key, cert, ...forServer }, socket =>
        socket.once('data', () => socket.write('{"authenticated":true}\n')),
      )
      cleanup(t, () => void nodes.close())
      await next(nodes.listen(0), 'listening')
      const { port } = /** @type {import('node:net').AddressInfo} */ (nodes.address())
      const arrived = next(nodes, 'secureConnection')
      const client = dial(t, port, { options: { key, cert } })
      await next(client, 'authenticated')
      const [atNodes] = await arrived
      const { socket, accepted } = await visitor(t, server, { key, cert })
      assert.deepEqual(shown(client.socket), shown(socket))
      assert.deepEqual(shown(accepted), shown(atNodes))
      assert.ok(shown(accepted).own && shown(accepted).peer && shown(socket).ephemeral.size > 200)
    })
  }
}

test('a certificate that nobody asked for, and none', async t => {
  const { key, cert } = certificates.readmeCa()
  const { server } = await serve(t)
  for (const options of [{ key, cert }, {}]) {
    const { socket, accepted } = await visitor(t, server, options)
    const client = dial(t, server.tlsServer.address().port, { options })
    await next(client, 'authenticated')
    assert.deepEqual(shown(client.socket), shown(socket))
    assert.equal(shown(accepted).peer, undefined)
  }
})

test('the one of two certificates that was used', { skip: isOriginal }, async t => {
  const curve = oddPair(t, '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256')
  const rsa = certificates.readmeCa()
  const pairs = { key: [curve.key, rsa.key], cert: [curve.cert, rsa.cert] }
  const { server } = await serve(t, { options: { ...pairs, ...only('TLSv1.2') } })
  for (const ciphers of ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256']) {
    const { socket, accepted } = await visitor(t, server, {
      ciphers,
      ca: [curve.cert, rsa.cert],
      ...only('TLSv1.2'),
    })
    assert.equal(
      accepted.getX509Certificate().fingerprint256,
      socket.getPeerX509Certificate()?.fingerprint256,
    )
  }
})

test('what the engine has not is answered as where there is nothing', { skip }, async t => {
  const { server, client, socket } = await join(t)
  for (const one of [socket, client.socket]) {
    for (const name of ['getSession', 'getTLSTicket', 'getFinished', 'getPeerFinished']) {
      assert.equal(one[name](), undefined, name)
    }
    assert.deepEqual(one.getSharedSigalgs(), [])
    assert.deepEqual(
      [100, 512, 16384, 16385].map(size => one.setMaxSendFragment(size)),
      [false, false, true, false],
    )
    assert.throws(() => one.setMaxSendFragment('512'), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.deepEqual([one.disableRenegotiation(), one.enableTrace()], [undefined, undefined])
    assert.throws(() => one.renegotiate(), { code: 'ERR_INVALID_ARG_TYPE' })
    const told = new Promise(resolve => {
      assert.equal(one.renegotiate({}, resolve), false)
    })
    const error = /** @type {any} */ (await bounded(told, 'an answer'))
    assert.equal(error.code, 'ERR_SSL_WRONG_SSL_VERSION')
  }
  const closed = next(server, 'close')
  client.disconnect()
  await closed
  for (const one of [socket, client.socket]) {
    for (const name of [
      'getSession',
      'getSharedSigalgs',
      'getEphemeralKeyInfo',
      'getCertificate',
    ]) {
      assert.equal(one[name](), null, name)
    }
    assert.equal(one.getX509Certificate(), undefined)
  }
})

test("over Node's own TLS its socket is asked", { skip }, async t => {
  const { server } = await over('node', () => serve(t, { options: only('TLSv1.2') }))
  const arrived = next(server, 'authenticated')
  const client = over('node', () => dial(t, server.tlsServer.address().port))
  await next(client, 'authenticated')
  const [, socket] = await arrived
  assert.deepEqual(socket.getFinished(), client.socket.getPeerFinished())
  assert.ok(socket.getSharedSigalgs().length > 5)
  assert.ok(Buffer.isBuffer(client.socket.getSession()))
  assert.equal(client.socket.setMaxSendFragment(512), true)
  const args = /** @type {const} */ ([32, 'EXPORTER-label', Buffer.from('context')])
  assert.deepEqual(
    socket.exportKeyingMaterial(...args),
    client.socket.exportKeyingMaterial(...args),
  )
  assert.equal(client.socket.getEphemeralKeyInfo().name, 'X25519')
  assert.equal(socket.getX509Certificate().subject, 'CN=localhost')
})
