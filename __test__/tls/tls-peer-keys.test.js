'use strict'

// Keys and signatures that a peer may come with, and nobody knows before the handshake. What two of Node's ends make of
// them is what every other pairing has to make of them; and it is rustls that carries the other end.

const assert = require('node:assert/strict')
const { generateKeyPairSync } = require('node:crypto')
const { test } = require('node:test')

const { dial, serve } = require('../helpers/ends')
const { next } = require('../helpers/events')
const { fourWays, meet } = require('../helpers/four-ways')
const { over, skip } = require('../helpers/transports')
const { rsaKeys } = require('../helpers/rsa-keys')
const { certificate } = require('../helpers/x509')
const x = require('../helpers/x509-extensions')

/** @typedef {import('../helpers/x509').Keys} Keys */

/** Allows RSA keys from 1024 bits on, as Node 20 and 22 do by themselves. */
const LEVEL_1 = { ciphers: 'DEFAULT@SECLEVEL=1' }

/** @param {string} namedCurve @returns {() => Keys} */
const ec = namedCurve => () => generateKeyPairSync('ec', { namedCurve })
/** @param {number} modulusLength @param {number} [publicExponent] @returns {() => Keys} */
const rsa = (modulusLength, publicExponent) => () => rsaKeys(modulusLength, publicExponent)

/**
 * @typedef {object} Peer
 * @property {() => Keys} keys
 * @property {string} [digest] of the certificates' signatures
 * @property {string} [sigalgs] with which the peer signs
 * @property {object} [both] options of both ends
 * @property {('TLSv1.2' | 'TLSv1.3')[]} [versions] all, if left out
 */

/** @type {Record<string, Peer>} */
const PEERS = {
  'P-521': { keys: ec('P-521'), digest: 'sha512' },
  'P-521, certificate of SHA-256': { keys: ec('P-521') },
  'P-384, certificate of SHA-512': { keys: ec('P-384'), digest: 'sha512' },
  'P-256, certificate of SHA-512': { keys: ec('P-256'), digest: 'sha512' },
  'P-256, handshake of SHA-512': {
    keys: ec('P-256'),
    sigalgs: 'ECDSA+SHA512:RSA-PSS+SHA256',
    versions: ['TLSv1.2'],
  },
  'P-256, handshake of SHA-384': {
    keys: ec('P-256'),
    sigalgs: 'ECDSA+SHA384:RSA-PSS+SHA256',
    versions: ['TLSv1.2'],
  },
  'P-384, handshake of SHA-512': {
    keys: ec('P-384'),
    sigalgs: 'ECDSA+SHA512:RSA-PSS+SHA256',
    versions: ['TLSv1.2'],
  },
  'RSA of 1024 bits': { keys: rsa(1024), both: LEVEL_1 },
  'RSA of 1024 bits, PKCS#1': {
    keys: rsa(1024),
    both: LEVEL_1,
    sigalgs: 'RSA+SHA256',
    versions: ['TLSv1.2'],
  },
  'RSA of 1024 bits, SHA-384': { keys: rsa(1024), both: LEVEL_1, sigalgs: 'RSA-PSS+SHA384' },
  'RSA of 1031 bits': { keys: rsa(1031), both: LEVEL_1 },
  'RSA of 1536 bits, certificate of SHA-384': {
    keys: rsa(1536),
    both: LEVEL_1,
    digest: 'sha384',
  },
  'RSA of 2047 bits, certificate of SHA-512': { keys: rsa(2047), both: LEVEL_1, digest: 'sha512' },
  'RSA of 2048 bits with exponent 3': { keys: rsa(2048, 3) },
}

/**
 * rustls verifies what this end signs, but would not sign so itself.
 *
 * @param {import('../helpers/four-ways').Vector} vector
 */
function signsAlone(vector) {
  test(vector.name, { skip }, async t => {
    const expected = await meet(t, vector, { client: 'node', server: 'node' })
    assert.equal(/** @type {any} */ (expected.client).code, vector.code ?? undefined)
    const kinds = /** @type {const} */ (
      'sigalgs' in vector.server
        ? { client: 'native', server: 'node' }
        : { client: 'node', server: 'native' }
    )
    assert.deepEqual(await meet(t, vector, kinds), expected)
  })
}

const usual = certificate({ subject: 'Usual', keys: rsa(2048)(), extensions: x.authority() })
const plain = certificate({ issuer: usual, keys: rsa(2048)(), extensions: x.leaf() })

/** @param {string} version */
const only = version => ({ minVersion: version, maxVersion: version })

for (const [name, peer] of Object.entries(PEERS)) {
  const { keys, digest = 'sha256', both = {}, versions = ['TLSv1.2', 'TLSv1.3'] } = peer
  const root = certificate({ subject: 'Root', keys: keys(), digest, extensions: x.authority() })
  /** @param {string} purpose */
  const issue = purpose =>
    certificate({
      subject: 'localhost',
      issuer: root,
      keys: keys(),
      digest,
      extensions: [
        x.alternativeNames('DNS:localhost'),
        x.extendedKeyUsage(/** @type {any} */ (purpose)),
      ],
    })
  const [leaf, user] = [issue('serverAuth'), issue('clientAuth')]
  const forged = certificate({
    subject: 'localhost',
    issuer: root,
    keys: keys(),
    digest,
    extensions: x.leaf(),
    badSignature: true,
  })
  const sigalgs = peer.sigalgs && { sigalgs: peer.sigalgs }
  for (const version of versions) {
    const common = { ...both, ...only(version) }
    const server = { ...common, ...sigalgs, key: leaf.key, cert: leaf.pem }
    const client = { ...common, ca: root.pem }
    const vectors = [
      { name: `a server with ${name}, ${version}`, server, client, code: null },
      {
        name: `a server with ${name}, ${version}, forged`,
        server: { ...server, key: forged.key, cert: forged.pem },
        client,
        code: 'CERT_SIGNATURE_FAILURE',
      },
      {
        name: `a client with ${name}, ${version}`,
        server: {
          ...common,
          key: plain.key,
          cert: plain.pem,
          requestCert: true,
          ca: root.pem,
        },
        client: {
          ...common,
          ...sigalgs,
          ca: usual.pem,
          key: user.key,
          cert: user.pem,
        },
        code: null,
        also: (/** @type {any} */ { server: seen }) => assert.equal(seen.authorized, true),
      },
    ]
    if (peer.sigalgs?.startsWith('ECDSA')) vectors.forEach(signsAlone)
    else fourWays(vectors)
  }

  test(`rustls meets ${name}`, { skip }, async t => {
    const [version] = versions
    const common = { ...both, ...only(version) }
    const served = { ...common, ...sigalgs, key: leaf.key, cert: leaf.pem }
    const { port } = await over('node', () => serve(t, { options: served }))
    const client = dial(t, port, { options: { ...common, ca: root.pem } })
    await next(client, 'authenticated')
    assert.equal(client.transport, 'rustls')
  })
}
