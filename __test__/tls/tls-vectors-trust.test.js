'use strict'

const assert = require('node:assert/strict')
const tls = require('node:tls')

const certificates = require('../helpers/certificates')
const { enter, serve } = require('../helpers/ends')
const { fourWays } = require('../helpers/four-ways')
const { aboutRustls, difference } = require('../helpers/subject')
const { certificate } = require('../helpers/x509')
const x = require('../helpers/x509-extensions')

/** Self-signed certificates, and names: vectors 1 to 27, 46 to 48 and 55. */

/** @typedef {import('../helpers/x509').Issued} Issued */

/** @param {{ key: string | Buffer, cert?: Buffer, pem?: string }} made */
const serves = ({ key, cert, pem }) => ({ key, cert: cert ?? pem })

const readme = certificates.readmeCa()
const v1 = certificates.readmeV1()
const other = certificates.other()
/** Node 22.23 finds no address of IPv6 in a certificate. */
const isAddressFound = !tls.checkServerIdentity('::1', {
  .../** @type {any} */ ({ subject: {} }),
  subjectaltname: 'IP Address:0:0:0:0:0:0:0:1',
})
const unnamed = certificate({ version: 1, subject: '' })

/**
 * A self-signed certificate that its client trusts.
 *
 * @param {string} name
 * @param {import('../helpers/x509').Spec} spec
 * @param {string | null} code
 * @param {any} [more] `host`, or options of the client
 */
function own(name, spec, code, { host, ...client } = {}) {
  const made = certificate(spec)
  return {
    name,
    server: serves(made),
    client: { ca: [made.pem], ...client },
    code,
    ...(host && { host }),
  }
}

const ALTNAME = 'ERR_TLS_CERT_ALTNAME_INVALID'
const DEPTH_ZERO = 'DEPTH_ZERO_SELF_SIGNED_CERT'
const PAST = { from: new Date('2020-01-01'), to: new Date('2021-01-01') }
const FUTURE = { from: new Date('2060-01-01'), to: new Date('2061-01-01') }
const ca = [readme.cert]

for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
  const server = { ...serves(readme), maxVersion }
  fourWays([
    {
      name: `1, 2 readme-v1, ${maxVersion}`,
      server: { ...serves(v1), maxVersion },
      client: { ca: [v1.cert] },
      code: null,
    },
    {
      name: `3 readme-v1-noca, ${maxVersion}`,
      server: { ...serves(v1), maxVersion },
      code: DEPTH_ZERO,
    },
    {
      name: `5 readme-ca, ${maxVersion}`,
      server,
      client: { ca },
      code: null,
      also: ({ client }) => assert.equal(client.authorized, true),
    },
    { name: `7 readme-ca-noca, ${maxVersion}`, server, code: DEPTH_ZERO },
    {
      name: `8 insecure, ${maxVersion}`,
      server,
      client: { rejectUnauthorized: false },
      code: null,
      also: ({ client }) => assert.equal(client.authorizationError, DEPTH_ZERO),
    },
    {
      name: `13 ip-host-no-san, ${maxVersion}`,
      server,
      client: { ca },
      host: '127.0.0.1',
      code: ALTNAME,
      also: ({ client }) => assert.match(String(client.reason), /cert's list: $/),
    },
    {
      name: `expired and wrong purpose, ${maxVersion}`,
      ...own('', { ...PAST, extensions: [x.extendedKeyUsage('clientAuth')] }, 'CERT_HAS_EXPIRED'),
    },
  ])
}

fourWays([
  {
    name: '4 readme-v1-nocn',
    server: serves(unnamed),
    client: { ca: unnamed.pem },
    code: ALTNAME,
    also: ({ client }) => assert.equal(client.reason, 'Cert does not contain a DNS name'),
  },
  ...Object.entries({
    string: String(readme.cert),
    Buffer: readme.cert,
    Uint8Array: new Uint8Array(readme.cert),
    'bundle, first': Buffer.concat([readme.cert, v1.cert]),
    'bundle, last': Buffer.concat([certificates.wrongName().cert, readme.cert]),
    'after other text': `written by hand\n\n${readme.cert}`,
    CRLF: String(readme.cert).replaceAll('\n', '\r\n'),
    'behind garbage': ['garbage', readme.cert],
    'TRUSTED CERTIFICATE': String(readme.cert).replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
    'X509 CERTIFICATE': String(readme.cert).replaceAll('CERTIFICATE', 'X509 CERTIFICATE'),
    twice: [readme.cert, readme.cert],
  }).map(([form, given]) => ({
    name: `6 readme-ca-string: ${form}`,
    server: serves(readme),
    client: { ca: given },
    code: null,
  })),
  ...[[], 'garbage', '', null, undefined, 0, certificate().der].map(given => ({
    name: `7 readme-ca-noca: ca ${Buffer.isBuffer(given) ? 'in DER' : JSON.stringify(given)}`,
    server: serves(readme),
    client: { ca: given },
    code: DEPTH_ZERO,
  })),
  ...[0, null, 'false', '', undefined].map(given => ({
    name: `9 insecure-falsy: ${JSON.stringify(given)}`,
    server: serves(readme),
    client: { rejectUnauthorized: given },
    code: DEPTH_ZERO,
  })),
  { name: '10 mimic', server: serves(readme), client: { ca: other.cert }, code: DEPTH_ZERO },
  {
    name: '10 mimic, both trusted, the other first',
    server: serves(readme),
    client: { ca: [other.cert, readme.cert] },
  },
  {
    name: '10 mimic, both without key ids, the other first',
    server: serves(v1),
    client: { ca: [certificate({ version: 1, keys: undefined }).pem, v1.cert] },
  },
  {
    name: '14 ip-host-servername',
    server: serves(readme),
    client: { ca, servername: 'localhost' },
    host: '127.0.0.1',
    code: null,
    also: ({ server }) => assert.equal(server.servername, 'localhost'),
  },
  {
    name: '15 no-sni',
    server: serves(readme),
    client: { ca },
    code: null,
    also: ({ server }) => assert.equal(server.servername, false),
  },
  {
    name: 'servername with a wrong name',
    server: serves(readme),
    client: { ca, servername: 'other.example' },
    code: ALTNAME,
  },
  {
    name: 'wrong name, tolerated',
    server: serves(readme),
    client: { ca, servername: 'other.example', rejectUnauthorized: false },
    code: null,
    also: ({ client }) => assert.equal(client.authorizationError, ALTNAME),
  },
  {
    name: 'wrong name and wrong ca: the chain counts',
    server: serves(readme),
    client: { ca: other.cert, servername: 'other.example' },
    code: DEPTH_ZERO,
  },
  {
    name: 'host in capitals',
    server: serves(readme),
    client: { ca },
    host: 'LOCALHOST',
    code: null,
  },
  ...['127.0.0.1', '::1'].map(host =>
    own(
      `16 san-ip: ${host}`,
      { subject: 'x', extensions: [x.alternativeNames('IP:127.0.0.1', 'IP:::1')] },
      host === '::1' && !isAddressFound ? ALTNAME : null,
      { host },
    ),
  ),
  own('17 cn-ip', { subject: '127.0.0.1' }, ALTNAME, { host: '127.0.0.1' }),
  own('18 san-beats-cn', { extensions: [x.alternativeNames('DNS:other.example')] }, ALTNAME),
  own('19 san-ip-keeps-cn', { extensions: [x.alternativeNames('IP:127.0.0.1')] }, null),
  own(
    '19 san-ip, another cn',
    { subject: 'x', extensions: [x.alternativeNames('IP:127.0.0.1')] },
    ALTNAME,
  ),
  ...Object.entries({
    'a.example.test': null,
    'A.EXAMPLE.test': null,
    'a.b.example.test': ALTNAME,
    'example.test': ALTNAME,
  }).flatMap(([servername, code]) => [
    own(
      `20 wildcard: SAN, ${servername}`,
      { subject: 'x', extensions: [x.alternativeNames('DNS:*.example.test')] },
      code,
      { servername },
    ),
    own(`20 wildcard: CN, ${servername}`, { subject: '*.example.test' }, code, { servername }),
  ]),
  own('20 wildcard: all', { extensions: [x.alternativeNames('DNS:*')] }, ALTNAME),
  own('21 empty-subject', { subject: '', extensions: [x.alternativeNames('DNS:localhost')] }, null),
  own('22 ca-false-self', { extensions: [x.basicConstraints(false)] }, null),
  own('23 eku-client', { extensions: [x.extendedKeyUsage('clientAuth')] }, 'INVALID_PURPOSE'),
  own('23 eku-any', { extensions: [x.extendedKeyUsage('any')] }, 'INVALID_PURPOSE'),
  own('23 eku-server', { extensions: [x.extendedKeyUsage('serverAuth')] }, null),
  own('24 ku-certsign', { extensions: [x.keyUsage('keyCertSign', 'cRLSign')] }, 'INVALID_PURPOSE'),
  own('24 ku-repudiation', { extensions: [x.keyUsage('nonRepudiation')] }, 'INVALID_PURPOSE'),
  {
    ...own('24 ku-signature', { extensions: [x.keyUsage('digitalSignature')] }, null),
    // Of Node's three objects each has the same certificate.
    otherChain: true,
  },
  own('24 netscape-client', { extensions: [x.netscapeType(0x80)] }, 'INVALID_PURPOSE'),
  own('25 crit-unknown', { extensions: [x.unknown(true)] }, 'UNSPECIFIED'),
  own('25 unknown, not critical', { extensions: [x.unknown(false)] }, null),
  own('26 expired', PAST, 'CERT_HAS_EXPIRED'),
  own('26 expired, no ca', PAST, 'CERT_HAS_EXPIRED', { ca: undefined }),
  own('27 future', FUTURE, 'CERT_NOT_YET_VALID'),
  own('27 future, no ca', FUTURE, 'CERT_NOT_YET_VALID', { ca: undefined }),
  own('a corrupt signature of its own', { badSignature: true }, null),
  own('self-signed with SHA-1', { digest: 'sha1' }, null),
  {
    name: '46 csi-called',
    server: serves(readme),
    client: { ca, servername: 'other.example', checkServerIdentity: () => undefined },
    code: null,
  },
  {
    name: '47 csi-error',
    server: serves(readme),
    client: {
      ca,
      checkServerIdentity: () => Object.assign(new Error('mine'), { code: 'MINE', host: 'h' }),
    },
    code: 'MINE',
  },
  {
    name: '47 csi-error, tolerated',
    server: serves(readme),
    client: {
      ca,
      rejectUnauthorized: false,
      checkServerIdentity: () => new Error('no code'),
    },
    code: null,
    also: ({ client }) => assert.equal(client.authorizationError, 'no code'),
  },
  {
    name: '47 csi-string',
    server: serves(readme),
    client: { ca, checkServerIdentity: () => 'not an error' },
    also: ({ client }) => assert.deepEqual(client, { value: 'not an error' }),
  },
  {
    name: '48 csi-not-called',
    server: serves(readme),
    client: { rejectUnauthorized: false, checkServerIdentity: () => assert.fail('called') },
    code: null,
  },
  {
    name: '55 readme-server-opts',
    server: { ...serves(readme), rejectUnauthorized: true },
    client: { ca },
    code: null,
    also: ({ server }) => {
      assert.deepEqual([server.authorized, server.authorizationError], [false, null])
    },
  },
])

difference(
  'a name sent in capitals is seen in small letters',
  async t => {
    const { server } = await serve(t)
    const { socket } = await enter(t, server, { options: { servername: 'LOCALHOST' } })
    assert.equal(socket.servername, 'localhost')
  },
  { skip: aboutRustls },
)
