'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')

const certificates = require('../helpers/certificates')
const { fourWays, showsLeafAlone } = require('../helpers/four-ways')
const { rsaKeys } = require('../helpers/rsa-keys')
const { certificate } = require('../helpers/x509')
const x = require('../helpers/x509-extensions')

/** Client certificates, negotiation and forms of keys: vectors 50 to 58, 66 to 68 and 75. */

const root = certificate({ subject: 'Root', extensions: x.authority() })
const inter = certificate({ subject: 'Inter', issuer: root, extensions: x.authority() })
const leaf = certificate({ issuer: root, extensions: x.leaf() })
const readme = certificates.readmeCa()
const v1 = certificates.readmeV1()

/** @param {import('../helpers/x509').Spec} spec */
const user = spec =>
  certificate({
    subject: 'user',
    issuer: inter,
    extensions: [x.extendedKeyUsage('clientAuth')],
    ...spec,
  })

const unrelated = certificate({ subject: 'Unrelated', extensions: x.authority() })
const good = user({})

/** What clients show, and what a server that tolerates them says of it on every version of Node. */
const visitors = Object.entries({
  '50 mtls-ok': [{ key: good.key, cert: good.pem + inter.pem }, null],
  '51 mtls-none': [{}, 'UNABLE_TO_GET_ISSUER_CERT'],
  '52 mtls-wrong': [shown(user({ issuer: unrelated })), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  '52 without the intermediate': [shown(good), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  '52 self-signed': [{ key: readme.key, cert: readme.cert }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  '52 for servers': [
    shown(user({ issuer: root, extensions: [x.extendedKeyUsage('serverAuth')] })),
    'INVALID_PURPOSE',
  ],
  '52 for key encipherment': [
    shown(user({ issuer: root, extensions: [x.keyUsage('keyEncipherment')] })),
    'INVALID_PURPOSE',
  ],
  '52 for key agreement': [
    shown(user({ issuer: root, extensions: [x.keyUsage('keyAgreement')] })),
    null,
  ],
  '52 Netscape server': [
    shown(user({ issuer: root, extensions: [x.netscapeType(0x40)] })),
    'INVALID_PURPOSE',
  ],
  '52 expired': [
    shown(user({ issuer: root, from: new Date('2020-01-01'), to: new Date('2021-01-01') })),
    'CERT_HAS_EXPIRED',
  ],
  '52 bad signature': [shown(user({ issuer: root, badSignature: true })), 'CERT_SIGNATURE_FAILURE'],
  '54 mtls-self': [{ key: v1.key, cert: v1.cert }, null],
})

/** @param {import('../helpers/x509').Issued} made */
function shown(made) {
  return { key: made.key, cert: made.pem }
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  const server = {
    key: leaf.key,
    cert: leaf.pem,
    requestCert: true,
    ca: [root.pem, v1.cert],
    maxVersion: version,
  }
  fourWays(
    visitors.flatMap(([name, given]) => {
      const [client, error] = /** @type {[any, string | null]} */ (given)
      return [
        {
          name: `${name}, ${version}`,
          server,
          client: { ca: root.pem, ...client },
          ...(error === null && { code: null }),
          otherServerError: error === 'CERT_SIGNATURE_FAILURE',
          also: (/** @type {any} */ { server: seen }) => {
            assert.equal(seen.secure, error === null)
            if (error === null)
              assert.deepEqual([seen.authorized, seen.authorizationError], [true, null])
            if (name.startsWith('50') && !showsLeafAlone) {
              const links = seen.chain.map((/** @type {string} */ link) => link.split(' ')[0])
              assert.deepEqual(links, ['user', 'Inter', 'Root', 'its'])
            }
          },
        },
        {
          name: `53 mtls-optional: ${name}, ${version}`,
          server: { ...server, rejectUnauthorized: false },
          client: { ca: root.pem, ...client },
          code: null,
          also: (/** @type {any} */ { server: seen }) => {
            assert.deepEqual([seen.authorized, seen.authorizationError], [error === null, error])
          },
        },
      ]
    }),
  )
  fourWays([
    {
      name: `a client certificate nobody asks for, ${version}`,
      server: { ...server, requestCert: false },
      client: { ca: root.pem, ...shown(good) },
      code: null,
      also: ({ server: seen }) =>
        assert.deepEqual([seen.authorized, seen.authorizationError], [false, null]),
    },
    {
      name: `client certificates are judged by the default roots, ${version}`,
      server: { ...server, ca: undefined, rejectUnauthorized: false },
      client: { ca: root.pem, key: good.key, cert: good.pem + inter.pem },
      code: null,
      also: ({ server: seen }) => {
        assert.equal(seen.authorizationError, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY')
      },
    },
  ])
}

const served = { key: readme.key, cert: readme.cert }
const ca = readme.cert

/** @param {any} server @param {any} client */
const both = (server, client) => ({ server: { ...served, ...server }, client: { ca, ...client } })

fourWays([
  {
    name: '56 version-gap',
    ...both({ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }),
    code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    also: ({ server }) => assert.equal(server.error, 'ERR_SSL_UNSUPPORTED_PROTOCOL'),
  },
  {
    name: '56 version-gap, the other way',
    ...both({ maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3' }),
    code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  },
  {
    name: '57 cipher-gap',
    ...both(
      { ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' },
      { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
    ),
    also: ({ server }) => assert.equal(server.error, 'ERR_SSL_NO_SHARED_CIPHER'),
  },
  {
    name: '57 cipher chosen',
    ...both({ maxVersion: 'TLSv1.2' }, { ciphers: 'ECDHE-RSA-CHACHA20-POLY1305' }),
    code: null,
    also: ({ client }) => {
      assert.equal(client.cipher, 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256')
    },
  },
  {
    name: '58 alpn-gap',
    ...both({ ALPNProtocols: ['a'] }, { ALPNProtocols: ['b'] }),
    code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    also: ({ server }) => assert.equal(server.error, 'ERR_SSL_NO_APPLICATION_PROTOCOL'),
  },
  {
    name: '58 alpn-pick',
    ...both({ ALPNProtocols: ['a', 'b'] }, { ALPNProtocols: ['b', 'a'] }),
    code: null,
    also: ({ client }) => assert.equal(client.alpnProtocol, 'a'),
  },
  {
    name: '58 alpn of the client only',
    ...both({}, { ALPNProtocols: ['a'] }),
    code: null,
    also: ({ client }) => assert.equal(client.alpnProtocol, false),
  },
  {
    name: '58 alpn of the server only',
    ...both({ ALPNProtocols: ['a'] }, {}),
    code: null,
  },
  { name: 'no certificate', server: {}, client: { ca } },
  {
    name: 'no certificate, TLS 1.2',
    server: { maxVersion: 'TLSv1.2' },
    client: { ca },
  },
  { name: 'the default of TLS 1.2', ...both({ maxVersion: 'TLSv1.2' }, {}), code: null },
  {
    name: 'secureProtocol',
    ...both({}, { secureProtocol: 'TLSv1_2_method' }),
    code: null,
    also: ({ client }) => assert.equal(client.protocol, 'TLSv1.2'),
  },
])

/**
 * @param {string[]} args of openssl, which writes to its output
 * @param {string | Buffer} [input]
 * @returns {Buffer}
 */
const openssl = (args, input) => execFileSync('openssl', args, { input, stdio: 'pipe' })

const encrypt = ['-passout', 'pass:secret']
/** Forms of the README's RSA key. */
const forms = Object.entries({
  'PKCS#8, AES-256': ['pkcs8', '-topk8', '-v2', 'aes256', ...encrypt],
  'PKCS#8, 3DES': ['pkcs8', '-topk8', '-v2', 'des3', ...encrypt],
  'PKCS#8, scrypt': ['pkcs8', '-topk8', '-scrypt', ...encrypt],
  'PKCS#8, PBE-SHA1-3DES': ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES', ...encrypt],
  'PKCS#1': ['rsa', '-traditional'],
  'PKCS#1, AES-256': ['rsa', '-traditional', '-aes256', ...encrypt],
  'PKCS#1, 3DES': ['rsa', '-traditional', '-des3', ...encrypt],
})

fourWays([
  ...forms.map(([name, args]) => ({
    name: `66 enc-keys: ${name}`,
    ...both({ key: openssl(args, readme.key), passphrase: 'secret' }, {}),
    code: null,
  })),
  {
    name: '66 enc-keys: EC, AES-128',
    server: {
      key: openssl(['ec', '-aes128', ...encrypt], leaf.key),
      cert: leaf.pem,
      passphrase: 'secret',
    },
    client: { ca: root.pem },
    code: null,
  },
  ...Object.entries({
    default: [],
    'PBE-SHA1-3DES': ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
  }).map(([name, args]) => ({
    name: `67 pfx: ${name}`,
    server: {
      pfx: openssl([
        'pkcs12',
        '-export',
        '-inkey',
        readme.keyFile,
        '-in',
        readme.certFile,
        ...args,
        ...encrypt,
      ]),
      passphrase: 'secret',
    },
    client: { ca },
    code: null,
  })),
  {
    name: '67 pfx: empty password',
    server: {
      pfx: openssl([
        'pkcs12',
        '-export',
        '-inkey',
        readme.keyFile,
        '-in',
        readme.certFile,
        '-passout',
        'pass:',
      ]),
      passphrase: '',
    },
    client: { ca },
    code: null,
  },
  ...[3072, 2048].map(bits => {
    const made = certificate({ keys: rsaKeys(bits) })
    return {
      name: `68 key-types: rsa ${bits}`,
      server: { key: made.key, cert: made.pem },
      client: { ca: made.pem },
      code: null,
    }
  }),
  {
    name: '68 key-types: two pairs, EC and RSA',
    server: { key: [readme.key, leaf.key], cert: [readme.cert, leaf.pem] },
    client: { ca: [readme.cert, root.pem] },
    code: null,
  },
  {
    name: '68 key-types: EC with its parameters',
    server: {
      key: openssl(['ecparam', '-name', 'prime256v1']) + openssl(['ec'], leaf.key).toString(),
      cert: leaf.pem,
    },
    client: { ca: root.pem },
    code: null,
  },
])
