'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tls = require('node:tls')
const certificates = require('../helpers/certificates')
const { dial, serve, serverConfig } = require('../helpers/ends')
const { bounded, next } = require('../helpers/events')
const { connect, tlsServer } = require('../helpers/negotiate')
const { Server } = require('../helpers/subject')

const first = certificates.readmeCa()
const second = certificates.san()

/**
 * @param {import('node:test').TestContext} t
 * @param {number} port
 * @returns {Promise<string>} the fingerprint of the certificate that a new client gets
 */
async function presented(t, port) {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  t.after(() => socket.destroy())
  await next(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

/**
 * @param {() => unknown} run
 * @returns {any} what it throws, without OpenSSL's name of the thread
 */
function thrown(run) {
  try {
    run()
  } catch (/** @type {any} */ error) {
    const { name, message, code } = error
    return { name, message: message.replace(/^[0-9A-F]+:/, ''), code }
  }
  return null
}

test('new handshakes use the new certificate, old connections go on', async t => {
  const { server, port } = await serve(t)
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  const old = dial(t, port)
  await next(old, 'authenticated')
  const before = await presented(t, port)
  server.tlsServer.setSecureContext({ key: second.key, cert: second.cert })
  assert.notEqual(await presented(t, port), before)
  const renewed = dial(t, port, { options: { ca: second.cert } })
  await next(renewed, 'authenticated')
  const late = dial(t, port)
  const [error] = await next(late, 'error')
  assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
  assert.deepEqual(await bounded(old.request({ still: 'here' }), 'an answer'), { still: 'here' })
  server.tlsServer.setSecureContext({ key: first.key, cert: first.cert })
  assert.equal(await presented(t, port), before)
})

test('bad material throws what Node throws, and leaves the old', async t => {
  const { server, port } = await serve(t)
  const before = await presented(t, port)
  const { key, cert } = second
  for (const options of /** @type {any[]} */ ([
    undefined,
    null,
    'text',
    { key: 'garbage', cert },
    { key, cert: 'garbage' },
    { key: first.key, cert },
    { key: 5, cert },
    { key, cert, minVersion: 'TLSv9' },
    { key, cert, ciphers: 'no-such' },
  ])) {
    const expected = thrown(() => tls.createServer().setSecureContext(options))
    assert.ok(expected, JSON.stringify(options))
    assert.deepEqual(
      thrown(() => server.tlsServer.setSecureContext(options)),
      expected,
    )
  }
  assert.equal(await presented(t, port), before)
})

test('rules of the context change with it, those of the server stay', async t => {
  for (const kind of /** @type {const} */ (['native', 'node'])) {
    const { key, cert } = first
    const rules = { requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['a'] }
    const server = await tlsServer(t, kind, { key, cert, ca: cert, ...rules })
    server.setSecureContext({
      key: second.key,
      cert: second.cert,
      ca: second.cert,
      maxVersion: 'TLSv1.2',
    })
    const { port } = server.address()
    const client = { ca: second.cert, ALPNProtocols: ['b', 'a'] }
    const unauthenticated = await connect(t, 'node', port, client)
    assert.match(String(/** @type {any} */ (unauthenticated).error), /HANDSHAKE_FAILURE/, kind)
    const { key: ownKey, cert: ownCert } = second
    const known = await connect(t, 'node', port, { ...client, key: ownKey, cert: ownCert })
    const { protocol, alpn } = /** @type {any} */ (known)
    assert.deepEqual([kind, protocol, alpn], [kind, 'TLSv1.2', 'a'])
  }
})

test('a certificate that is set before listening, or between, is used', async t => {
  const server = new Server(serverConfig())
  const { closeServer } = require('../helpers/cleanup')
  closeServer(t, server)
  server.tlsServer.setSecureContext({ key: second.key, cert: second.cert })
  const listen = () =>
    bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
  const port = () => /** @type {any} */ (server.tlsServer.address()).port
  await listen()
  const one = await presented(t, port())
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  server.tlsServer.setSecureContext({ key: first.key, cert: first.cert })
  await listen()
  assert.notEqual(await presented(t, port()), one)
})
