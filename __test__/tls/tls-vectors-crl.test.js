'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tls = require('node:tls')

const { isRecentOpenssl } = require('../../lib/errors')
const { encode } = require('../helpers/certificate-der')
const { fourWays } = require('../helpers/four-ways')
const { Client, Server } = require('../helpers/subject')
const { DAY, TAG, certificate, integer, revocationList } = require('../helpers/x509')
const x = require('../helpers/x509-extensions')

/** Revocation: with `crl`, every certificate of a chain needs a list, the root too. */

/** @typedef {import('../helpers/x509').Extension} Extension */
/** @typedef {import('../helpers/x509').ListSpec} ListSpec */

const root = certificate({ subject: 'Root', extensions: x.authority() })
const inter = certificate({ subject: 'Inter', issuer: root, extensions: x.authority() })
const leaf = certificate({ issuer: inter, extensions: x.leaf() })
const user = certificate({
  subject: 'user',
  issuer: inter,
  extensions: [x.extendedKeyUsage('clientAuth')],
})
const served = { key: leaf.key, cert: leaf.pem + inter.pem }
const past = new Date(Date.now() - 2 * DAY)
const future = new Date(Date.now() + 2 * DAY)

/**
 * @param {Partial<ListSpec>} [more]
 * @returns {string}
 */
const ofRoot = more => revocationList({ issuer: root, ...more })

/**
 * @param {Partial<ListSpec>} [more]
 * @returns {string}
 */
const ofInter = more => revocationList({ issuer: inter, ...more })

/**
 * An issuing distribution point.
 *
 * @param {...Buffer} parts
 * @returns {{ extensions: Extension[] }}
 */
const point = (...parts) => ({
  extensions: [{ oid: '2.5.29.28', critical: true, value: encode(TAG.SEQUENCE, ...parts) }],
})

const yes = Buffer.from([0xff])
const named = (/** @type {string} */ url) => encode(0xa0, encode(0xa0, x.generalName(`URI:${url}`)))
const critical = { oid: '1.2.3.4', critical: true, value: encode(TAG.NULL) }
const reason = (/** @type {number} */ number) => ({
  oid: '2.5.29.21',
  value: encode(TAG.ENUMERATED, Buffer.from([number])),
})

/** @type {[name: string, lists: string[], code: string | null][]} */
const cases = [
  ['one for each', [ofRoot(), ofInter()], null],
  ['none for the leaf', [ofRoot()], 'UNABLE_TO_GET_CRL'],
  ['none for the root', [ofInter()], 'UNABLE_TO_GET_CRL'],
  ['the leaf revoked', [ofRoot(), ofInter({ revoked: [leaf.serial] })], 'CERT_REVOKED'],
  ['others revoked', [ofRoot({ revoked: [leaf.serial] }), ofInter({ revoked: [1, 2] })], null],
  ['the intermediate revoked', [ofRoot({ revoked: [inter.serial] }), ofInter()], 'CERT_REVOKED'],
  ['the root revoked', [ofRoot({ revoked: [root.serial] }), ofInter()], 'CERT_REVOKED'],
  ['expired', [ofRoot(), ofInter({ from: past, to: past })], 'CRL_HAS_EXPIRED'],
  ['never expires', [ofRoot(), ofInter({ to: null })], null],
  ['not yet valid', [ofRoot(), ofInter({ from: future, to: null })], 'CRL_NOT_YET_VALID'],
  ['bad signature', [ofRoot(), ofInter({ badSignature: true })], 'CRL_SIGNATURE_FAILURE'],
  ['signed with SHA-1', [ofRoot(), ofInter({ digest: 'sha1' })], null],
  [
    'signed with SHA-1, bad signature',
    [ofRoot(), ofInter({ digest: 'sha1', badSignature: true })],
    'CRL_SIGNATURE_FAILURE',
  ],
  [
    'signed by another',
    [ofRoot(), ofInter({ signer: root.keys.privateKey })],
    'CRL_SIGNATURE_FAILURE',
  ],
  [
    'expired and revoked: the last counts',
    [ofRoot(), ofInter({ from: past, to: past, revoked: [leaf.serial] })],
    'CERT_REVOKED',
  ],
  [
    'an old one and a new one: the newer counts',
    [ofRoot(), ofInter({ from: past, revoked: [leaf.serial] }), ofInter()],
    null,
  ],
  [
    'a new one and an old one: the newer counts',
    [ofRoot(), ofInter({ revoked: [leaf.serial] }), ofInter({ from: past })],
    'CERT_REVOKED',
  ],
  ['a critical extension', [ofRoot(), ofInter({ extensions: [critical] })], 'UNSPECIFIED'],
  [
    'a critical extension, and one without',
    [ofRoot(), ofInter({ extensions: [critical] }), ofInter()],
    null,
  ],
  [
    'a critical extension of an entry',
    [ofRoot(), ofInter({ revoked: [{ serial: 1, extensions: [critical] }] })],
    'UNSPECIFIED',
  ],
  [
    'revoked for a reason',
    [ofRoot(), ofInter({ revoked: [{ serial: leaf.serial, extensions: [reason(1)] }] })],
    'CERT_REVOKED',
  ],
  [
    'taken back',
    [ofRoot(), ofInter({ revoked: [{ serial: leaf.serial, extensions: [reason(8)] }] })],
    null,
  ],
  ['for users only', [ofRoot(), ofInter(point(encode(0x81, yes)))], null],
  ['for authorities only', [ofRoot(), ofInter(point(encode(0x82, yes)))], 'UNABLE_TO_GET_CRL'],
  [
    'for users only, of the root',
    [ofRoot(point(encode(0x81, yes))), ofInter()],
    'UNABLE_TO_GET_CRL',
  ],
  ['for attributes only', [ofRoot(), ofInter(point(encode(0x85, yes)))], 'UNABLE_TO_GET_CRL'],
  ['indirect', [ofRoot(), ofInter(point(encode(0x84, yes)))], 'UNABLE_TO_GET_CRL'],
  [
    'for some reasons',
    [ofRoot(), ofInter(point(encode(0x83, Buffer.from([1, 0x40]))))],
    'UNABLE_TO_GET_CRL',
  ],
  [
    'contradicts itself',
    [ofRoot(), ofInter(point(encode(0x81, yes), encode(0x82, yes)))],
    'UNABLE_TO_GET_CRL',
  ],
  [
    'of a point the leaf does not name',
    [ofRoot(), ofInter(point(named('a')))],
    'UNABLE_TO_GET_CRL',
  ],
  [
    'for another key',
    [ofRoot(), ofInter({ extensions: [x.authorityKeyId({ serial: 1 })] })],
    'UNABLE_TO_GET_CRL',
  ],
  [
    'for this very key',
    [ofRoot(), ofInter({ extensions: [x.authorityKeyId({ serial: inter.serial })] })],
    null,
  ],
  [
    'changes only',
    [
      ofRoot(),
      ofInter({
        revoked: [leaf.serial],
        extensions: [
          { oid: '2.5.29.20', value: integer(5) },
          { oid: '2.5.29.27', critical: true, value: integer(4) },
        ],
      }),
    ],
    // A whole list like any other, up to OpenSSL 3.1.
    isRecentOpenssl() ? 'UNABLE_TO_GET_CRL' : 'CERT_REVOKED',
  ],
]

fourWays(
  cases.map(([name, crl, code]) => ({
    name: `crl: ${name}`,
    server: served,
    client: { ca: root.pem, crl },
    code,
  })),
)

/** A leaf that says where lists are to be had. */
function pointing(/** @type {Buffer[]} */ ...parts) {
  const made = certificate({
    issuer: root,
    extensions: [
      ...x.leaf(),
      { oid: '2.5.29.31', value: encode(TAG.SEQUENCE, encode(TAG.SEQUENCE, ...parts)) },
    ],
  })
  return { key: made.key, cert: made.pem }
}

const bare = certificate({
  subject: 'Bare',
  extensions: [x.basicConstraints(true), x.keyUsage('keyCertSign')],
})
const underBare = certificate({ issuer: bare, extensions: x.leaf() })

fourWays([
  {
    name: 'crl: text with two lists',
    server: served,
    client: { ca: root.pem, crl: ofRoot() + ofInter() },
    // Of two, some versions of Node read the first alone: which of them is no matter of ours.
  },
  {
    name: 'crl: an empty list asks for nothing',
    server: served,
    client: { ca: root.pem, crl: [] },
  },
  {
    name: 'crl: of a self-signed one',
    server: { key: root.key, cert: root.pem },
    client: { ca: root.pem, crl: ofRoot(), servername: 'Root' },
  },
  {
    name: 'crl: nothing trusted',
    server: served,
    client: { ca: [], crl: [ofRoot(), ofInter()] },
    code: 'CRL_SIGNATURE_FAILURE',
  },
  {
    name: 'crl: nothing trusted, and none',
    server: served,
    client: { ca: [], crl: ofRoot() },
    code: 'CRL_SIGNATURE_FAILURE',
  },
  {
    name: 'crl: an authority that may not sign lists',
    server: { key: underBare.key, cert: underBare.pem },
    client: { ca: bare.pem, crl: revocationList({ issuer: bare }) },
    code: 'UNSPECIFIED',
  },
  {
    name: 'crl: at the point that the leaf names',
    server: pointing(named('a')),
    client: { ca: root.pem, crl: [ofRoot(), ofRoot(point(named('a')))] },
    code: null,
  },
  {
    name: 'crl: at another point',
    server: pointing(named('a')),
    client: { ca: root.pem, crl: ofRoot(point(named('b'))) },
    code: 'UNABLE_TO_GET_CRL',
  },
  {
    name: 'crl: for some reasons at that point',
    server: pointing(named('a'), encode(0x81, Buffer.from([1, 0x40]))),
    client: { ca: root.pem, crl: ofRoot() },
    code: 'UNABLE_TO_GET_CRL',
  },
])

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  const server = { ...served, requestCert: true, ca: root.pem, maxVersion: version }
  const client = { ca: root.pem, key: user.key, cert: user.pem + inter.pem }
  fourWays([
    {
      name: `crl of a server, ${version}: the client is good`,
      server: { ...server, crl: [ofRoot(), ofInter()] },
      client,
      code: null,
    },
    {
      name: `crl of a server, ${version}: the client is revoked`,
      server: { ...server, crl: [ofRoot(), ofInter({ revoked: [user.serial] })] },
      client,
      also: ({ server: seen }) => assert.equal(seen.secure, false),
    },
    {
      name: `crl of a server, ${version}: the client is revoked, and tolerated`,
      server: {
        ...server,
        rejectUnauthorized: false,
        crl: [ofRoot(), ofInter({ revoked: [user.serial] })],
      },
      client,
      code: null,
      also: ({ server: seen }) => assert.equal(seen.authorizationError, 'CERT_REVOKED'),
    },
    {
      name: `crl of a server, ${version}: no list`,
      server: { ...server, rejectUnauthorized: false, crl: ofRoot() },
      client,
      code: null,
      also: ({ server: seen }) => assert.equal(seen.authorizationError, 'UNABLE_TO_GET_CRL'),
    },
  ])
}

test('crl: what is no list throws what Node throws', () => {
  const wrong = ['garbage', leaf.pem, ofRoot().slice(0, 200), 5, [ofRoot(), 'x'], Buffer.alloc(9)]
  for (const crl of /** @type {any[]} */ (wrong)) {
    /** @type {any} */
    let expected
    try {
      tls.createSecureContext({ crl })
    } catch (error) {
      expected = error
    }
    assert.ok(expected instanceof Error, 'Node refuses it')
    const { name, code, message } = /** @type {any} */ (expected)
    const config = { port: 1, host: 'localhost', password: 'x', options: { ...served, crl } }
    assert.throws(() => new Server(/** @type {any} */ (config)), { name, code, message })
    assert.throws(() => new Client(/** @type {any} */ (config)), { name, code, message })
  }
})
