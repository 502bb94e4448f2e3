'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { serve, dial, password } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { referenceServer } = require('../helpers/reference-peer')
const { relay, recordTypes } = require('../helpers/raw')
const certificates = require('../helpers/certificates')

/** Who decides on the peer's identity, and what has left before that was decided. */

const EVENTS = ['authenticated', 'message', 'error', 'close']

test('checkServerIdentity gets the name and the certificate, and says yes', async t => {
  const { port } = await serve(t)
  /** @type {any[][]} */
  const calls = []
  const client = dial(t, port, {
    options: {
      servername: 'anything.example',
      checkServerIdentity: (/** @type {any[]} */ ...args) => void calls.push(args),
    },
  })
  await next(client, 'authenticated')
  assert.equal(calls.length, 1)
  const [host, cert] = /** @type {any[]} */ (calls[0])
  assert.equal(host, 'anything.example')
  assert.equal(cert.subject.CN, 'localhost')
  assert.ok(Buffer.isBuffer(cert.raw))
  assert.match(cert.fingerprint256, /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/)
})

test('without servername it gets the host', async t => {
  const { port } = await serve(t)
  const host = new Promise(resolve =>
    dial(t, port, {
      host: '127.0.0.1',
      options: { checkServerIdentity: (/** @type {string} */ name) => void resolve(name) },
    }),
  )
  assert.equal(await host, '127.0.0.1')
})

test('an error it returns is emitted as it is', async t => {
  const { server, port } = await serve(t)
  const own = Object.assign(new Error('not this one'), { code: 'MINE' })
  const client = dial(t, port, { options: { checkServerIdentity: () => own } })
  const log = new Log(client, EVENTS)
  const atServer = new Log(server, ['authenticated', 'message'])
  await log.reach('close')
  assert.deepEqual(log.names, ['error', 'close'])
  assert.equal(log.entries[0]?.[1], own)
  assert.deepEqual(atServer.entries, [])
})

test('it is not called when the chain is bad', async t => {
  const { port } = await serve(t)
  const client = dial(t, port, {
    options: {
      ca: [certificates.other().cert],
      checkServerIdentity: () => assert.fail('called'),
    },
  })
  const log = new Log(client, EVENTS)
  await log.reach('close')
  assert.equal(log.of('error')[0]?.[0].code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
})

test('rejectUnauthorized: false lets everything pass and says why it would not', async t => {
  const { port } = await serve(t)
  const cases = [
    [{ ca: undefined }, false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [{ servername: 'other.example' }, false, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [{}, true, null],
  ]
  for (const [options, authorized, reason] of /** @type {any[][]} */ (cases)) {
    const client = dial(t, port, { options: { rejectUnauthorized: false, ...options } })
    await next(client, 'authenticated')
    assert.deepEqual(
      [client.socket.authorized, client.socket.authorizationError],
      [authorized, reason],
    )
  }
})

test('only the exact value false turns verification off', async t => {
  const { port } = await serve(t)
  for (const rejectUnauthorized of [0, null, '', undefined]) {
    const client = dial(t, port, { options: { ca: undefined, rejectUnauthorized } })
    const log = new Log(client, EVENTS)
    await log.reach('close')
    assert.deepEqual(log.names, ['error', 'close'])
  }
})

test('servername is sent as SNI, and nothing without it', async t => {
  const server = await referenceServer(t)
  const named = dial(t, server.port, { options: { servername: 'localhost' } })
  const first = await server.admit()
  assert.equal(/** @type {any} */ (first.socket).servername, 'localhost')
  assert.equal(named.socket.servername, 'localhost')
  dial(t, server.port)
  const second = await server.admit()
  assert.equal(/** @type {any} */ (second.socket).servername, false)
})

test('an accepted socket knows the name that was asked for', async t => {
  const { server, port } = await serve(t)
  const arrived = next(server, 'authenticated')
  dial(t, port, { options: { servername: 'localhost' } })
  const [, socket] = await arrived
  assert.equal(socket.servername, 'localhost')
})

/** Reasons to refuse a server, in the order of the handshake. */
const refusals = {
  'an unknown certificate': { ca: [certificates.other().cert] },
  'a wrong name': { servername: 'other.example' },
  'a user callback': { checkServerIdentity: () => new Error('no') },
}

for (const [reason, options] of Object.entries(refusals)) {
  for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
    test(`${version}: ${reason}: nothing encrypted has left`, async t => {
      const server = await referenceServer(t, { minVersion: version, maxVersion: version })
      const failed = version === 'TLSv1.3' && next(server.tls, 'tlsClientError')
      const through = await relay(t, server.port)
      const client = dial(t, through.port, { options, password })
      const log = new Log(client, EVENTS)
      await log.reach('close')
      assert.deepEqual(log.names, ['error', 'close'])
      const passage = await through.passage()
      await through.over(passage)
      const types = recordTypes(passage.fromClient)
      assert.ok(!types.includes(23), `records of the client: ${types}`)
      if (version === 'TLSv1.3') assert.deepEqual(types, [22], 'only the ClientHello')
      assert.ok(!passage.fromClient.includes(password))
      if (failed) {
        assert.equal((await failed)[0].code, 'ECONNRESET')
        assert.equal(server.connections.length, 0, 'the server saw no connection')
      }
      for (const connection of server.connections) assert.equal(connection.chunks.length, 0)
    })
  }
}

test('an accepted server gets the password, encrypted', async t => {
  const { server, port } = await serve(t)
  const through = await relay(t, port)
  dial(t, through.port)
  await next(server, 'authenticated')
  const { fromClient, fromServer } = await through.passage()
  assert.ok(recordTypes(fromClient).includes(23))
  assert.ok(!fromClient.includes(password) && !fromServer.includes('authenticated'))
})
