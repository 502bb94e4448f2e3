'use strict'

// What the two ends agree on, or fail by, is what two ends of Node's agree on: Node is asked in the same run.

const assert = require('node:assert/strict')
const { constants } = require('node:crypto')
const { test } = require('node:test')
const certificates = require('../helpers/certificates')
const { negotiate } = require('../helpers/negotiate')

const { key, cert } = certificates.readmeCa()
const GCM128 = 'ECDHE-RSA-AES128-GCM-SHA256'
const GCM256 = 'ECDHE-RSA-AES256-GCM-SHA384'
const CHACHA = 'ECDHE-RSA-CHACHA20-POLY1305'
const SUITES13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384']
const only12 = { maxVersion: 'TLSv1.2' }

/** Of OpenSSL before 3.5 Node takes no such name. @type {Record<string, [server: any, client: any]>} */
const hybrid = /^3\.[0-4]\./.test(process.versions.openssl)
  ? {}
  : {
      'a hybrid group': [{ ecdhCurve: 'X25519MLKEM768' }, {}],
      'a hybrid group of the client': [{}, { ecdhCurve: 'X25519MLKEM768' }],
      'no hybrid group at the server': [{ ecdhCurve: 'X25519:P-256' }, {}],
      'no hybrid group at the client': [{}, { ecdhCurve: 'X25519:P-256' }],
      'hybrid groups of another kind': [
        { ecdhCurve: 'SecP256r1MLKEM768:MLKEM768' },
        { ecdhCurve: 'MLKEM768' },
      ],
    }

/** @type {Record<string, [server: any, client: any]>} */
const cases = {
  defaults: [{}, {}],
  'defaults of TLS 1.2': [{}, only12],
  "the server's order of suites": [
    { ciphers: `${GCM256}:${GCM128}`, ...only12 },
    { ciphers: `${CHACHA}:${GCM128}:${GCM256}` },
  ],
  "the server's order of TLS 1.3 suites": [
    { ciphers: SUITES13.join(':') },
    { ciphers: [...SUITES13].reverse().join(':') },
  ],
  "the client's order of suites": [
    { ciphers: `${GCM256}:${GCM128}`, honorCipherOrder: false, ...only12 },
    { ciphers: `${CHACHA}:${GCM128}:${GCM256}` },
  ],
  'honorCipherOrder as a bit of secureOptions': [
    {
      ciphers: `${GCM256}:${GCM128}`,
      honorCipherOrder: false,
      secureOptions: constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
      ...only12,
    },
    { ciphers: `${GCM128}:${GCM256}` },
  ],
  'suites in the language of OpenSSL': [{ ciphers: 'HIGH:!aNULL:!AESGCM', ...only12 }, {}],
  'suites that are mixed with others': [{ ciphers: `${CHACHA}:AES128-SHA` }, only12],
  'only TLS 1.3 suites': [{ ciphers: SUITES13[0] }, {}],
  'no suite in common': [{ ciphers: GCM256, ...only12 }, { ciphers: GCM128 }],
  'no TLS 1.3 suite in common': [{ ciphers: SUITES13[0] }, { ciphers: SUITES13[1] }],
  'suites that do not fit the key': [{ ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', ...only12 }, {}],
  'a security level': [{ ciphers: `${GCM128}@SECLEVEL=1`, ...only12 }, {}],
  'one curve': [{ ecdhCurve: 'P-384' }, {}],
  'one curve of the client': [{}, { ecdhCurve: 'P-256' }],
  'curves of which one is in common': [{ ecdhCurve: 'P-384:X25519' }, { ecdhCurve: 'P-256:P-384' }],
  'P-521': [{ ecdhCurve: 'P-521' }, {}],
  'P-521 with TLS 1.2': [{ ecdhCurve: 'P-521' }, only12],
  'P-521 of the client': [{}, { ecdhCurve: 'P-521' }],
  ...hybrid,
  'no curve in common': [{ ecdhCurve: 'P-384' }, { ecdhCurve: 'P-256' }],
  'no curve in common with TLS 1.2': [
    { ecdhCurve: 'P-384', ciphers: GCM128, ...only12 },
    { ecdhCurve: 'P-256' },
  ],
  'one signature algorithm': [{ sigalgs: 'rsa_pss_rsae_sha384' }, {}],
  'one signature algorithm of the client': [{}, { sigalgs: 'RSA-PSS+SHA512' }],
  'a signature algorithm of TLS 1.2': [{ sigalgs: 'RSA+SHA256', ...only12 }, {}],
  'no signature algorithm in common': [
    { sigalgs: 'rsa_pss_rsae_sha384' },
    { sigalgs: 'rsa_pss_rsae_sha256' },
  ],
  'a signature algorithm that does not fit the key': [{}, { sigalgs: 'ecdsa_secp256r1_sha256' }],
  secureProtocol: [{ secureProtocol: 'TLSv1_2_method' }, {}],
  'secureProtocol of a server': [{ secureProtocol: 'TLSv1_2_server_method' }, {}],
  'secureProtocol of a client': [{}, { secureProtocol: 'TLSv1_2_client_method' }],
  'secureProtocol for any version': [{ secureProtocol: 'TLS_method' }, {}],
  'secureOptions without TLS 1.3': [{ secureOptions: constants.SSL_OP_NO_TLSv1_3 }, {}],
  'secureOptions without TLS 1.2': [{}, { secureOptions: constants.SSL_OP_NO_TLSv1_2 }],
  'versions that do not overlap': [
    { secureOptions: constants.SSL_OP_NO_TLSv1_2 },
    { secureProtocol: 'TLSv1_2_method' },
  ],
  "application protocols: the server's order": [
    { ALPNProtocols: ['a', 'b'] },
    { ALPNProtocols: ['b', 'a'] },
  ],
  'application protocols as bytes': [
    { ALPNProtocols: Buffer.from('\x01a\x04json') },
    { ALPNProtocols: Buffer.from('\x04json\x01x') },
  ],
  'application protocols of the server alone': [{ ALPNProtocols: ['a'] }, {}],
  'application protocols of the client alone': [{}, { ALPNProtocols: ['a'] }],
  'an empty list of application protocols': [{ ALPNProtocols: [] }, { ALPNProtocols: ['a'] }],
  'no application protocol in common': [{ ALPNProtocols: ['a'] }, { ALPNProtocols: ['b'] }],
  'no application protocol in common with TLS 1.2': [
    { ALPNProtocols: ['a'], ...only12 },
    { ALPNProtocols: ['b'] },
  ],
  'ALPNCallback chooses': [{ ALPNCallback: () => 'b' }, { ALPNProtocols: ['a', 'b'] }],
  'ALPNCallback chooses none': [{ ALPNCallback: () => undefined }, { ALPNProtocols: ['a'] }],
  'ALPNCallback chooses what was not offered': [
    { ALPNCallback: () => 'z' },
    { ALPNProtocols: ['a', 'b'] },
  ],
  'ALPNCallback answers with a promise': [
    { ALPNCallback: async () => 'a' },
    { ALPNProtocols: ['a'] },
  ],
  'ALPNCallback throws': [
    {
      ALPNCallback: () => {
        throw Object.assign(new Error('mine'), { code: 'MINE' })
      },
    },
    { ALPNProtocols: ['a'] },
  ],
  'ALPNCallback is not asked': [{ ALPNCallback: () => 'a' }, {}],
  'ALPNCallback is told the name and the protocols': [
    {
      ALPNCallback: (/** @type {any} */ offer) => {
        throw Object.assign(new Error('told'), { code: JSON.stringify(offer) })
      },
    },
    { ALPNProtocols: ['é', 'b'], servername: 'localhost' },
  ],
}

for (const [name, [server, client]] of Object.entries(cases)) {
  test(name, async t => {
    const options = { server: { key, cert, ...server }, client: { ca: cert, ...client } }
    const expected = await negotiate(t, { server: 'node', client: 'node' }, options)
    for (const kinds of /** @type {const} */ ([
      { server: 'native', client: 'native' },
      { server: 'native', client: 'node' },
      { server: 'node', client: 'native' },
    ])) {
      const seen = await negotiate(t, kinds, options)
      assert.deepEqual(seen, expected, `${kinds.client} client, ${kinds.server} server`)
    }
  })
}
