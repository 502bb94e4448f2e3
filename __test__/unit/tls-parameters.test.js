'use strict'

const assert = require('node:assert/strict')
const { constants } = require('node:crypto')
const { test } = require('node:test')
const { clientMaterial } = require('../../lib/tls/client-material')
const { clientPlan, serverPlan } = require('../../lib/tls/plan')
const { defaultGroups, tlsParameters } = require('../../lib/tls/parameters')

test('options that ask for nothing but versions need no ClientHello', () => {
  const options = { ciphers: '', ecdhCurve: 'auto', minVersion: 'TLSv1.3', secureOptions: 0 }
  assert.equal(tlsParameters({}, 'client'), null)
  assert.equal(tlsParameters(options, 'server'), null)
  assert.equal(tlsParameters({ secureOptions: constants.SSL_OP_NO_TLSv1 }, 'server'), null)
})

test('OpenSSL’s words become IANA’s numbers, in order, without what the engine has not', () => {
  const found = tlsParameters(
    {
      ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA',
      ecdhCurve: 'P-521:X448:P-384:P-256',
      sigalgs: 'ed448:rsa_pss_pss_sha256:RSA+SHA512:ecdsa_secp256r1_sha256',
    },
    'client',
  )
  assert.deepEqual(found, {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    cipherSuites: [0x1301, 0xc030],
    groups: [0x19, 0x18, 0x17],
    signatureSchemes: [0x0809, 0x0601, 0x0403],
  })
})

test('the groups of those who ask for none are those of the OpenSSL in use', () => {
  const [classical, hybrid] = [defaultGroups('3.0.19'), defaultGroups('3.5.0+quic')]
  assert.deepEqual(classical, [0x1d, 0x17, 0x19, 0x18])
  assert.deepEqual(hybrid, [0x11ec, 0x1d, 0x17, 0x18, 0x19])
  assert.deepEqual(defaultGroups('4.0.0'), hybrid)
  assert.deepEqual(defaultGroups('3.4.9'), classical)
})

test("what leaves nothing that the engine has is planned for Node's own TLS, by its name", () => {
  const { SSL_OP_NO_TLSv1_2: no12, SSL_OP_NO_TLSv1_3: no13 } = constants
  for (const [name, options] of /** @type {[string, any][]} */ ([
    ['ciphers', { ciphers: 'AES128-SHA' }],
    ['ciphers', { ciphers: 'TLS_AES_128_GCM_SHA256:AES128-SHA' }],
    ['ecdhCurve', { ecdhCurve: 'X448' }],
    ['sigalgs', { sigalgs: 'ed448' }],
    ['secureProtocol', { secureProtocol: 'TLSv1_1_method' }],
    ['secureOptions', { secureOptions: no12 | no13 }],
    ['secureOptions', { minVersion: 'TLSv1.3', secureOptions: no13 }],
  ])) {
    const isForced = process.env.TLSJSON_TRANSPORT === 'node'
    const why = isForced ? /TLSJSON_TRANSPORT/ : new RegExp(`^${name}$| ${name} \\(`)
    for (const plan of [serverPlan(options), clientPlan(options)]) {
      assert.equal(plan.transport, 'node', name)
      assert.match(/** @type {any} */ (plan).why, why)
    }
  }
})

test('a security level in ciphers counts for the peer’s keys as well', () => {
  const level = (/** @type {string} */ ciphers) =>
    clientMaterial({ ciphers }).material.securityLevel
  assert.equal(level('DEFAULT@SECLEVEL=0'), 0)
  assert.equal(level('DEFAULT@SECLEVEL=0:@SECLEVEL=3'), 3)
})

test('other values give other client material', () => {
  const { material } = clientMaterial({ ALPNProtocols: ['a'] })
  assert.deepEqual(material.alpnProtocols, [Buffer.from('a')])
  assert.equal(clientMaterial({ ALPNProtocols: ['a'] }).material, material)
  assert.notEqual(clientMaterial({ ALPNProtocols: ['b'] }).material, material)
  const suites = (/** @type {string} */ ciphers) =>
    clientMaterial({ ciphers }).material.cipherSuites
  assert.deepEqual(suites('TLS_AES_128_GCM_SHA256'), [0x1301])
  assert.deepEqual(suites('TLS_AES_256_GCM_SHA384'), [0x1302])
})
