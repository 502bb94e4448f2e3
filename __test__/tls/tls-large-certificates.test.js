'use strict'

// Certificates of 64 KiB and more, which rustls does not read: OpenSSL takes up to 100 KiB of them.

const assert = require('node:assert/strict')
const tls = require('node:tls')
const { test } = require('node:test')

const { aboutRustls, isOriginal } = require('../helpers/subject')
const { dial, password, serve } = require('../helpers/ends')
const { cleanup } = require('../helpers/cleanup')
const { Log, bounded, next } = require('../helpers/events')
const { admitted, referenceServer } = require('../helpers/reference-peer')
const { certificate } = require('../helpers/x509')
const { alternativeNames } = require('../helpers/x509-extensions')

const EVENTS = ['authenticated', 'reconnectAttempt', 'error', 'close']

/**
 * @param {number} bytes
 * @returns {{ key: string, cert: string }} for localhost, of about that size
 */
function padded(bytes) {
  const padding = { oid: '1.3.6.1.4.1.55555.1', value: Buffer.alloc(bytes) }
  const { key, pem } = certificate({ extensions: [alternativeNames('localhost'), padding] })
  return { key, cert: pem }
}

/**
 * @param {import('node:test').TestContext} t
 * @param {any} options
 * @returns {Promise<string>} what comes of it with Node's own client
 */
async function outcomeOfNode(t, options) {
  const socket = tls.connect({ host: 'localhost', ...options })
  cleanup(t, () => void socket.destroy())
  const outcome = new Promise(resolve => {
    socket.once('secureConnect', () => resolve('in'))
    socket.once('error', error => resolve(/** @type {any} */ (error).code))
  })
  return bounded(outcome, "an outcome of Node's")
}

for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
  test(`a client takes the certificates that Node takes, however large, ${version}`, async t => {
    for (const bytes of [60_000, 65_000, 66_000, 101_000, 103_000]) {
      const { key, cert } = padded(bytes)
      const server = await referenceServer(t, { key, cert })
      const options = { port: server.port, ca: cert, minVersion: version, maxVersion: version }
      const node = await outcomeOfNode(t, options)
      if (node === 'in') await server.accept()
      const client = dial(t, server.port, { options })
      const log = new Log(client, EVENTS)
      const connects = new Log(client.socket, ['connect', 'secureConnect'])
      if (node === 'in') {
        void server.admit()
        await log.reach('authenticated')
        assert.deepEqual(log.names, ['authenticated'], `${bytes} bytes`)
        assert.deepEqual(connects.names, ['connect', 'secureConnect'])
        assert.equal(client.socket.authorized, true)
        assert.ok(client.socket.getPeerCertificate().raw.length > bytes)
      } else {
        await log.reach('close')
        assert.deepEqual(log.names, ['error', 'close'], `${bytes} bytes`)
        assert.equal(log.of('error')[0]?.[0].code, node)
      }
      client.disconnect()
    }
  })
}

test(
  'the next attempt begins with what can read them',
  { skip: aboutRustls || isOriginal },
  async t => {
    const { key, cert } = padded(70_000)
    const { server, port } = await serve(t, { options: { key, cert } })
    /** @type {any[]} */
    const failed = []
    server.tlsServer.on('tlsClientError', (/** @type {any} */ error) => failed.push(error.code))
    const client = dial(t, port, { options: { ca: cert }, reconnectInterval: 10 })
    const log = new Log(client, EVENTS)
    for (const round of [1, 2, 3]) {
      await log.reach('authenticated', round)
      assert.equal(client.transport, 'node')
      for (const socket of server.sockets.values()) socket.destroy()
    }
    assert.equal(failed.length, 1)
  },
)

test(
  'a server over rustls refuses those of its clients',
  { skip: aboutRustls || isOriginal },
  async t => {
    const { key, cert } = padded(70_000)
    const { server, port } = await serve(t, { options: { requestCert: true, ca: cert } })
    const refused = next(server.tlsServer, 'tlsClientError')
    const client = dial(t, port, { options: { key, cert } })
    const log = new Log(client, EVENTS)
    assert.equal((await refused)[0].code, 'ERR_SSL_EXCESSIVE_MESSAGE_SIZE')
    await log.reach('close')
    assert.deepEqual(log.of('authenticated'), [])
  },
)

test('a server shows large certificates, whatever the client is', async t => {
  const { key, cert } = padded(70_000)
  const { server, port } = await serve(t, { options: { key, cert } })
  await admitted(t, port, password, { ca: cert })
  const client = dial(t, port, { options: { ca: cert } })
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  await next(client, 'authenticated')
  assert.deepEqual(await client.request({ a: 1 }), { a: 1 })
})
