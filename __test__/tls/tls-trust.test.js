'use strict'

const assert = require('node:assert/strict')
const { X509Certificate } = require('node:crypto')
const { test } = require('node:test')
const { serve, dial } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { referenceServer, referenceClient } = require('../helpers/reference-peer')
const certificates = require('../helpers/certificates')
const { expired } = require('../helpers/special-certificates')

/** The verification of a certificate, with the two the README's recipes make above all. */

const recipes = { v1: certificates.readmeV1, 'CA:TRUE': certificates.readmeCa }

/**
 * @param {import('node:test').TestContext} t
 * @param {{ key: Buffer, cert: Buffer }} identity of the server
 * @param {any} config of the client
 * @returns {Promise<any>} the only error, after which came 'close'
 */
async function refusal(t, identity, config) {
  const { server, port } = await serve(t, { options: { key: identity.key, cert: identity.cert } })
  const client = dial(t, port, config)
  const log = new Log(client, ['authenticated', 'message', 'error', 'close'])
  const atServer = new Log(server, ['authenticated', 'message', 'error'])
  await log.reach('close')
  assert.deepEqual(log.names, ['error', 'close'])
  assert.deepEqual(atServer.entries, [])
  return log.entries[0]?.[1]
}

test('the recipes make what they are said to make', () => {
  const v1 = new X509Certificate(certificates.readmeV1().cert)
  const ca = new X509Certificate(certificates.readmeCa().cert)
  // Version is an explicit [0] field that v1 certificates do not have.
  assert.notEqual(v1.raw.subarray(8, 9)[0], 0xa0)
  assert.equal(ca.raw.subarray(8, 9)[0], 0xa0)
  assert.deepEqual([v1.ca, ca.ca], [false, true])
  assert.deepEqual([v1.subject, ca.subject], ['CN=localhost', 'CN=localhost'])
})

for (const [name, make] of Object.entries(recipes)) {
  for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
    const versions = { minVersion: version, maxVersion: version }

    test(`${name}, ${version}: both ends under test`, async t => {
      const { key, cert } = make()
      const { server, port } = await serve(t, { options: { key, cert, ...versions } })
      const arrived = next(server, 'authenticated')
      const client = dial(t, port, { options: { ca: [cert] } })
      await next(client, 'authenticated')
      assert.equal(client.socket.authorized, true)
      assert.equal(client.socket.getProtocol(), version)
      const [, socket] = await arrived
      assert.equal(socket.getProtocol(), version)
    })

    test(`${name}, ${version}: a client under test with a node server`, async t => {
      const { key, cert } = make()
      const server = await referenceServer(t, { key, cert, ...versions })
      const client = dial(t, server.port, { options: { ca: cert } })
      const entered = next(client, 'authenticated')
      await server.admit()
      await entered
      assert.equal(client.socket.authorized, true)
    })

    test(`${name}, ${version}: a server under test with a node client`, async t => {
      const { key, cert } = make()
      const { port } = await serve(t, { options: { key, cert } })
      const { socket } = await referenceClient(t, port, { ca: cert, ...versions })
      assert.deepEqual([socket.authorized, socket.getProtocol()], [true, version])
    })

    test(`${name}, ${version}: not trusted without ca`, async t => {
      const error = await refusal(t, make(), { options: { ca: undefined, ...versions } })
      assert.ok(error instanceof Error)
      assert.equal(/** @type {any} */ (error).code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
      assert.match(error.message, /^self-signed certificate/)
      assert.deepEqual(Object.keys(error), ['code'])
    })
  }

  test(`${name}: not trusted with another ca`, async t => {
    const error = await refusal(t, make(), { options: { ca: [certificates.other().cert] } })
    assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
  })

  test(`${name}: ca may be a string, a Buffer, a bundle`, async t => {
    const { key, cert } = make()
    const { port } = await serve(t, { options: { key, cert } })
    const bundle = Buffer.concat([certificates.wrongName().cert, cert])
    for (const ca of [String(cert), cert, [String(cert)], bundle, ['garbage', cert]]) {
      await next(dial(t, port, { options: { ca } }), 'authenticated')
    }
  })

  test(`${name}: nothing is trusted with an unreadable ca`, async t => {
    for (const ca of ['garbage', [], new X509Certificate(make().cert).raw]) {
      const error = await refusal(t, make(), { options: { ca } })
      assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
    }
  })

  test(`${name}: the key must be proved, a copied certificate is not enough`, () => {
    const { cert } = make()
    const { key } = certificates.other()
    assert.throws(
      () => {
        const { Server } = require('../helpers/subject')
        new Server({ options: { key, cert }, password: 'x' })
      },
      { code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' },
    )
  })

  test(`${name}: an IP address is not the name localhost`, async t => {
    const { cert } = make()
    const error = await refusal(t, make(), { host: '127.0.0.1', options: { ca: [cert] } })
    assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID')
    assert.equal(error.reason, "IP: 127.0.0.1 is not in the cert's list: ")
    assert.equal(error.host, '127.0.0.1')
    assert.equal(error.cert.subject.CN, 'localhost')
    assert.equal(
      error.message,
      "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ",
    )
  })
}

test('a name the certificate does not have', async t => {
  const { cert } = certificates.readmeCa()
  const error = await refusal(t, certificates.readmeCa(), {
    options: { ca: [cert], servername: 'other.example' },
  })
  assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID')
  assert.equal(error.reason, "Host: other.example. is not cert's CN: localhost")
  assert.deepEqual(Object.keys(error).sort(), ['cert', 'code', 'host', 'reason'])
})

test('a certificate with subject alternative names is good for 127.0.0.1 too', async t => {
  const { key, cert } = certificates.san()
  const { port } = await serve(t, { options: { key, cert } })
  for (const host of ['localhost', '127.0.0.1', 'LOCALHOST']) {
    await next(dial(t, port, { host, options: { ca: [cert] } }), 'authenticated')
  }
})

test('a pinned certificate that has expired is refused', async t => {
  const identity = expired()
  const error = await refusal(t, identity, { options: { ca: [identity.cert] } })
  assert.equal(error.code, 'CERT_HAS_EXPIRED')
  assert.equal(error.message, 'certificate has expired')
})

test('expiry counts before trust, as the last error node reports', async t => {
  const error = await refusal(t, expired(), { options: { ca: undefined } })
  assert.equal(error.code, 'CERT_HAS_EXPIRED')
})
