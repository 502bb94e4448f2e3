'use strict'

// Certificates by the name that a client asks for: tlsServer.addContext. Node's server is asked in the same run.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tls = require('node:tls')
const certificates = require('../helpers/certificates')
const { tlsServer } = require('../helpers/negotiate')
const { next } = require('../helpers/events')

const { key, cert } = certificates.readmeCa()
const kinds = /** @type {const} */ (['native', 'node'])

/** @param {{ key: Buffer, cert: Buffer }} pair */
const options = pair => ({ key: pair.key, cert: pair.cert })

/**
 * @param {import('node:test').TestContext} t
 * @param {number} port
 * @param {any} [client]
 * @returns {Promise<any>} the certificate that a new client gets, and what it agrees on
 */
async function presented(t, port, client) {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...client })
  t.after(() => socket.destroy())
  await next(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  const seen = [fingerprint256, socket.getProtocol(), socket.alpnProtocol]
  socket.destroy()
  return seen
}

test('a client gets the certificate that was added last for the name it asks for', async t => {
  const servernames = [
    undefined,
    'a.example.test',
    'A.example.test',
    'b.example.test',
    'a.b.example.test',
    'exact.test',
    'xexact.test',
    'exact.testx',
    'exactxtest',
    'other.test',
  ]
  const seen = []
  for (const kind of kinds) {
    const server = await tlsServer(t, kind, { key, cert, ALPNProtocols: ['j'] })
    const { port } = server.address()
    const answers = [await presented(t, port, { servername: 'exact.test' })]
    server.addContext('*.example.test', options(certificates.san()))
    server.addContext('b.example.test', options(certificates.other()))
    server.addContext('exact.test', { ...options(certificates.wrongName()), maxVersion: 'TLSv1.2' })
    for (const servername of servernames) {
      answers.push(await presented(t, port, { servername, ALPNProtocols: ['j'] }))
    }
    server.setSecureContext({ ...options(certificates.expired()), maxVersion: 'TLSv1.2' })
    for (const servername of servernames) answers.push(await presented(t, port, { servername }))
    seen.push(answers)
  }
  assert.deepEqual(seen[0], seen[1])
  assert.equal(new Set(seen[0]?.map(([fingerprint]) => fingerprint)).size, 5)
})

test('the added context says whose clients are trusted', async t => {
  const seen = []
  const { root, leaf, fullchain } = certificates.chain()
  for (const kind of kinds) {
    const rules = { requestCert: true, rejectUnauthorized: false }
    const server = await tlsServer(t, kind, { key, cert, ca: cert, ...rules })
    server.addContext('x.test', { ...options(certificates.san()), ca: root.cert })
    const results = []
    for (const servername of [undefined, 'x.test']) {
      for (const own of [
        { key, cert },
        { key: leaf.key, cert: fullchain },
      ]) {
        const arrived = next(server, 'secureConnection')
        const { port } = server.address()
        const client = tls.connect({ port, rejectUnauthorized: false, servername, ...own })
        t.after(() => client.destroy())
        const [socket] = await arrived
        results.push([socket.authorized, socket.authorizationError, socket.servername])
      }
    }
    seen.push(results)
  }
  assert.deepEqual(seen[0], seen[1])
})

test('what Node refuses is refused with Node’s own error', async t => {
  const server = await tlsServer(t, 'native', { key, cert })
  const node = tls.createServer()
  for (const [name, value] of /** @type {any[][]} */ ([
    ['', { key, cert }],
    [undefined, { key, cert }],
    [5, { key, cert }],
    ['x.test', { key: 'garbage', cert }],
    ['x.test', { key, cert: 'garbage' }],
    ['x.test', { key, cert: certificates.other().cert }],
  ])) {
    const [expected, actual] = [node, server].map(listener => {
      try {
        listener.addContext(name, value)
      } catch (/** @type {any} */ error) {
        const message = error.message.replace(/^[0-9A-F]+:/, '')
        return { name: error.name, code: error.code, message }
      }
      return null
    })
    assert.ok(expected, String(name))
    assert.deepEqual(actual, expected)
  }
})
