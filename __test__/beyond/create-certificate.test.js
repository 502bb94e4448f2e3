'use strict'

// Certificates that the package makes: what they say, that Node and both ends use them, and what is refused.

const assert = require('node:assert/strict')
const crypto = require('node:crypto')
const { once } = require('node:events')
const tls = require('node:tls')
const { test } = require('node:test')

const { cleanup } = require('../helpers/cleanup')
const certificates = require('../helpers/certificates')
const { dial, serve } = require('../helpers/ends')
const { next } = require('../helpers/events')
const { directory, isOriginal } = require('../helpers/subject')

const skip = isOriginal && 'the original makes no certificates'
/** @type {typeof import('../..')} */
const { createCertificate } = require(directory)

const DAY = 86_400_000

/** @param {import('../..').CertificatePair} pair */
const read = ({ cert }) => new crypto.X509Certificate(cert)

test(
  'without options: for localhost, self-signed, for ten years, and the key is its own',
  { skip },
  () => {
    const pair = createCertificate()
    const certificate = read(pair)
    const { subject, issuer, subjectAltName, validFrom, validTo } = certificate
    assert.equal(subject, 'CN=localhost')
    assert.equal(issuer, 'CN=localhost')
    assert.equal(subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
    assert.ok(Date.parse(validFrom) < Date.now() - 60_000, validFrom)
    assert.equal(Date.parse(validTo) - Date.parse(validFrom), 3650 * DAY)
    assert.equal(certificate.ca, false)
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'])
    const key = crypto.createPrivateKey(pair.key)
    assert.equal(key.asymmetricKeyDetails?.namedCurve, 'prime256v1')
    assert.ok(certificate.checkPrivateKey(key))
    assert.ok(certificate.verify(certificate.publicKey))
  },
)

test('no two have a key or a serial number in common', { skip }, () => {
  const [a, b] = [createCertificate(), createCertificate()]
  assert.notEqual(a.key, b.key)
  assert.notEqual(read(a).serialNumber, read(b).serialNumber)
})

test('names, subject, purpose and time are those asked for', { skip }, () => {
  const validFrom = new Date('2049-12-31T12:00:00Z')
  const certificate = read(
    createCertificate({
      names: ['*.example.test', 'xn--bcher-kva.example', '192.0.2.7', '2001:db8::1'],
      commonName: 'Üben',
      purpose: 'both',
      days: 1.5,
      validFrom,
    }),
  )
  assert.equal(certificate.subject, 'CN=Üben')
  assert.equal(certificate.checkHost('www.example.test'), '*.example.test')
  assert.equal(certificate.checkHost('xn--bcher-kva.example'), 'xn--bcher-kva.example')
  assert.equal(certificate.checkIP('192.0.2.7'), '192.0.2.7')
  assert.equal(certificate.checkIP('2001:db8::1'), '2001:db8::1')
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  // From 2050 on times are written in another form.
  assert.equal(Date.parse(certificate.validFrom), validFrom.getTime())
  assert.equal(Date.parse(certificate.validTo), validFrom.getTime() + 1.5 * DAY)
})

/** @typedef {import('../..').CertificatePair} Pair */

/** @returns {{ authority: Pair, server: Pair, client: Pair, selfSigned: Pair }} */
function family() {
  const authority = createCertificate({ purpose: 'authority', commonName: 'An authority' })
  const client = { purpose: /** @type {const} */ ('client'), commonName: 'alice' }
  return {
    authority,
    server: createCertificate({ issuer: authority }),
    client: createCertificate({ ...client, issuer: authority }),
    selfSigned: createCertificate(client),
  }
}

test('what an authority has issued is accepted by both ends, and no other', { skip }, async t => {
  const { authority, server: own, client: pair, selfSigned } = family()
  const ca = authority.cert
  const { server, port } = await serve(t, { options: { ...own, ca, requestCert: true } })
  const accepted = next(server, 'authenticated')
  dial(t, port, { host: '127.0.0.1', options: { ...pair, ca } })
  const [, socket] = await accepted
  assert.equal(socket.authorized, true)
  assert.equal(socket.getPeerCertificate().subject.CN, 'alice')

  const failed = next(server.tlsServer, 'tlsClientError')
  dial(t, port, { options: { ...selfSigned, ca } }).on('error', () => {})
  await failed
  assert.equal(server.clients.size, 1)
})

test('a client may not have that of a server, nor a server that of a client', { skip }, async t => {
  const { authority, server: ofServer, client: ofClient, selfSigned } = family()
  const ca = authority.cert
  const { port: wrong } = await serve(t, { options: { ...ofClient, ca } })
  const client = dial(t, wrong, { options: { ca } })
  const [error] = await next(client, 'error')
  assert.equal(error.code, 'INVALID_PURPOSE')

  // A server that looks at certificates, and lets everybody in.
  const options = { ...ofServer, ca, requestCert: true, rejectUnauthorized: false }
  const { server, port } = await serve(t, { options })
  for (const [pair, reason] of /** @type {const} */ ([
    [ofServer, 'INVALID_PURPOSE'],
    [selfSigned, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])) {
    const accepted = next(server, 'authenticated')
    dial(t, port, { options: { ...pair, ca } })
    const [, socket] = await accepted
    assert.equal(socket.authorized, false)
    assert.equal(socket.authorizationError, reason)
  }
})

test("Node's own TLS accepts them, self-signed and issued", { skip }, async t => {
  const { authority, server: issued } = family()
  const single = createCertificate()
  for (const [pair, ca] of [
    [issued, authority.cert],
    [single, single.cert],
  ]) {
    const server = tls.createServer(/** @type {Pair} */ (pair), socket => socket.end('hello'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup(t, async () => {
      server.close()
      await once(server, 'close')
    })
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    for (const where of [{ host: '127.0.0.1' }, { host: '127.0.0.1', servername: 'localhost' }]) {
      const socket = tls.connect({ port, ca: String(ca), ...where })
      const [chunk] = await once(socket, 'data')
      assert.equal(String(chunk), 'hello')
      assert.equal(socket.authorized, true)
      socket.destroy()
    }
  }
})

test('an authority that openssl has made issues, too', { skip }, () => {
  const { root } = certificates.chain()
  const top = new crypto.X509Certificate(root.cert)
  const certificate = read(createCertificate({ issuer: root }))
  assert.ok(certificate.checkIssued(top))
  assert.ok(certificate.verify(top.publicKey))
})

/** @type {[what: string, options: () => any, message: RegExp, code?: string][]} */
const REFUSED = [
  ['options that are none', () => 'localhost', /"options" argument/, 'ERR_INVALID_ARG_TYPE'],
  ['a name', () => ({ names: 'localhost' }), /option names/],
  ['a name with a space', () => ({ names: ['local host'] }), /option names/],
  ['a URL', () => ({ names: ['https://localhost'] }), /option names/],
  ['an empty subject', () => ({ commonName: '' }), /option commonName/],
  ['a subject of 65 characters', () => ({ commonName: 'x'.repeat(65) }), /option commonName/],
  ['another purpose', () => ({ purpose: 'servers' }), /option purpose/],
  ['a name of every object', () => ({ purpose: 'constructor' }), /option purpose/],
  ['no day', () => ({ days: 0 }), /option days/],
  ['a day in words', () => ({ days: '30' }), /option days/],
  ['the year 10000', () => ({ days: 1e7 }), /option days/],
  ['no date', () => ({ validFrom: new Date('never') }), /option validFrom/],
  ['a date in words', () => ({ validFrom: '2026-01-01' }), /option validFrom/],
  ['an issuer that is no authority', () => ({ issuer: createCertificate() }), /an authority/],
  [
    "an issuer with another's key",
    () => {
      const authority = createCertificate({ purpose: 'authority' })
      return { issuer: { cert: authority.cert, key: createCertificate().key } }
    },
    /the key it belongs to/,
  ],
]

for (const [what, options, message, code = 'ERR_INVALID_ARG_VALUE'] of REFUSED) {
  test(`refused: ${what}`, { skip }, () => {
    assert.throws(() => createCertificate(options()), { name: 'TypeError', code, message })
  })
}
