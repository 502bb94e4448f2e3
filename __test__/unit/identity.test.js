'use strict'

const assert = require('node:assert/strict')
const { X509Certificate } = require('node:crypto')
const { test } = require('node:test')
const tls = require('node:tls')
const { inspect } = require('node:util')
const { authorizationError, certificateObject, checkIdentity } = require('../../lib/tls/identity')
const { CertificateMaker } = require('./certificates')
const { handshake } = require('./node-peers')

const maker = new CertificateMaker()
const { root, inter, leaf } = maker.family()

/**
 * @param {...{ cert: string }} pairs
 * @returns {Buffer[]}
 */
const chainOf = (...pairs) => pairs.map(({ cert }) => new X509Certificate(cert).raw)

/** @param {unknown} value */
const shown = value => inspect(value, { depth: 9, sorted: false })

test('certificate objects are those of getPeerCertificate', async t => {
  const self = maker.selfSigned({ extensions: ['subjectAltName=DNS:localhost,IP:127.0.0.1'] })
  const rsa = maker.selfSigned({
    key: maker.key('-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'),
    extensions: ['authorityInfoAccess=OCSP;URI:http://ocsp.invalid/'],
  })
  for (const [server, ca, chain] of /** @type {const} */ ([
    [self, self, chainOf(self)],
    [rsa, rsa, chainOf(rsa)],
    [{ key: leaf.key, cert: leaf.cert + inter.cert }, root, chainOf(leaf, inter, root)],
  ])) {
    const { error, certificate, detailed } = await handshake(t, server, { ca: ca.cert })
    assert.equal(error, null)
    assert.deepEqual(certificateObject(chain), certificate)
    assert.deepEqual(certificateObject(chain, true), detailed)
    assert.equal(shown(certificateObject(chain, true)), shown(detailed))
  }
})

test('the last certificate links to itself only when it issued itself', () => {
  const whole = /** @type {any} */ (certificateObject(chainOf(leaf, inter, root), true))
  const anchor = whole.issuerCertificate.issuerCertificate
  assert.equal(anchor.issuerCertificate, anchor)
  const partial = /** @type {any} */ (certificateObject(chainOf(leaf, inter), true))
  assert.equal('issuerCertificate' in partial.issuerCertificate, false)
  assert.deepEqual(certificateObject([]), {})
})

test('the name check is Node’s, with Node’s error', async t => {
  const chain = chainOf(leaf, inter, root)
  assert.equal(checkIdentity({ hostname: 'localhost', chain }), undefined)
  const server = { key: leaf.key, cert: leaf.cert + inter.cert }
  const { error } = await handshake(t, server, { ca: root.cert, servername: 'other.example' })
  const ours = /** @type {any} */ (checkIdentity({ hostname: 'other.example', chain }))
  assert.equal(ours.code, 'ERR_TLS_CERT_ALTNAME_INVALID')
  assert.deepEqual({ ...ours }, { ...error })
  assert.equal(ours.message, error.message)
  assert.deepEqual(Object.keys(ours), Object.keys(error))
  assert.equal(authorizationError(ours), 'ERR_TLS_CERT_ALTNAME_INVALID')
})

test('a user’s check gets host and linked certificates; its answer goes out as it is', () => {
  const chain = chainOf(leaf, inter, root)
  /** @type {any[]} */
  const seen = []
  const mine = Object.assign(new Error('no'), { code: 'MINE' })
  for (const answer of [mine, undefined, 'text']) {
    const check = /** @type {any} */ (
      function check(/** @type {any[]} */ ...args) {
        seen.push(args)
        return answer
      }
    )
    assert.equal(checkIdentity({ hostname: 'a.example', chain, check }), answer)
  }
  const [hostname, certificate] = seen[0]
  assert.equal(hostname, 'a.example')
  assert.equal(certificate.subject.CN, 'localhost')
  assert.equal(certificate.issuerCertificate.subject.CN, 'Lab Intermediate')
  const thrower = () => {
    throw mine
  }
  assert.throws(
    () => checkIdentity({ hostname: 'a', chain, check: thrower }),
    error => error === mine,
  )
  assert.equal(authorizationError(mine), 'MINE')
  assert.equal(authorizationError(new Error('words')), 'words')
  assert.equal(authorizationError(undefined), null)
})

test('a replaced tls.checkServerIdentity is used', t => {
  t.mock.method(tls, 'checkServerIdentity', () => new Error('mocked'))
  const answer = checkIdentity({ hostname: 'localhost', chain: chainOf(leaf) })
  assert.equal(/** @type {Error} */ (answer).message, 'mocked')
})

test('every check is asked each time, about the certificate that was shown', t => {
  const chain = chainOf(leaf, inter, root)
  const other = chainOf(maker.selfSigned({ extensions: ['subjectAltName=DNS:elsewhere.example'] }))
  const check = (/** @type {string} */ hostname, /** @type {Buffer[]} */ of = chain) =>
    /** @type {any} */ (checkIdentity({ hostname, chain: of }))?.code
  const refused = 'ERR_TLS_CERT_ALTNAME_INVALID'
  for (let n = 0; n < 2; n++) {
    assert.equal(check('localhost'), undefined)
    assert.equal(check('localhost', other), refused)
    assert.equal(check('elsewhere.example'), refused)
    assert.equal(check('elsewhere.example', other), undefined)
  }
  // Others than Node's own get objects of their own: they may keep or change them.
  /** @type {Set<unknown>} */
  const seen = new Set()
  const mine = (/** @type {unknown} */ _name, /** @type {unknown} */ object) =>
    void seen.add(object)
  for (let n = 0; n < 3; n++) checkIdentity({ hostname: 'localhost', chain, check: mine })
  t.mock.method(tls, 'checkServerIdentity', mine)
  for (let n = 0; n < 3; n++) checkIdentity({ hostname: 'localhost', chain })
  assert.equal(seen.size, 6)
})

test('certificate objects for Node’s check are made once; the last 256 are kept', () => {
  const [certificate] = chainOf(leaf)
  let made = 0
  /** @param {number} n */
  const objects = n => {
    made = 0
    // Chains that differ, with one certificate in front. Who makes objects goes through the chain.
    const chain = /** @type {any} */ ([certificate, Buffer.from([n >> 8, n])])
    chain.map = (/** @type {any} */ make) => (made++, [certificate].map(make))
    checkIdentity({ hostname: 'localhost', chain })
    return made
  }
  for (let n = 0; n < 257; n++) assert.equal(objects(n), 1, `${n} is new`)
  assert.equal(objects(256), 0, 'the last is known')
  assert.equal(objects(1), 0, 'and 255 before it')
  assert.equal(objects(0), 1, 'the first gave way')
})
