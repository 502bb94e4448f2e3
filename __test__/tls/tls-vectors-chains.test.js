'use strict'

const assert = require('node:assert/strict')
const crypto = require('node:crypto')

const certificates = require('../helpers/certificates')
const { fourWays } = require('../helpers/four-ways')
const { rsaKeys } = require('../helpers/rsa-keys')
const { certificate, newKeys } = require('../helpers/x509')
const x = require('../helpers/x509-extensions')

/** Chains of several certificates: vectors 28 to 45. */

/** @typedef {import('../helpers/x509').Issued} Issued */
/** @typedef {import('../helpers/x509').Spec} Spec */

const PAST = { from: new Date('2020-01-01'), to: new Date('2021-01-01') }

/**
 * @param {Pick<Issued, 'keys' | 'subject'> | undefined} issuer
 * @param {string} subject
 * @param {Spec} [more]
 */
const authority = (issuer, subject, more) =>
  certificate({ subject, issuer, extensions: x.authority(), ...more })

/**
 * @param {Pick<Issued, 'keys' | 'subject'>} issuer
 * @param {Spec} [more]
 */
const leafOf = (issuer, more) => certificate({ issuer, extensions: x.leaf(), ...more })

const root = authority(undefined, 'Lab Root')
const inter = authority(root, 'Lab Inter')
const leaf = leafOf(inter)
const direct = leafOf(root)
const unrelated = authority(undefined, 'Unrelated')

/**
 * @param {string} name
 * @param {Issued[]} sent the leaf first
 * @param {Issued[] | undefined} trusted
 * @param {string | null} [code]
 * @param {any} [client]
 */
function chain(name, sent, trusted, code, client = {}) {
  return {
    name,
    server: { key: sent[0]?.key, cert: sent.map(({ pem }) => pem).join('') },
    client: { ca: trusted?.map(({ pem }) => pem), ...client },
    code,
  }
}

const partial = { allowPartialTrustChain: true }
/** Node has the option since 20.18 and 22.9. */
const hasPartial = ([major = 0, minor = 0]) =>
  major > 22 || (major === 22 ? minor >= 9 : minor >= 18)
const partialOk = hasPartial(process.versions.node.split('.').map(Number)) ? null : undefined

const UNTRUSTED = 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
const LONE = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
const NO_ISSUER = 'UNABLE_TO_GET_ISSUER_CERT'
const IN_CHAIN = 'SELF_SIGNED_CERT_IN_CHAIN'

fourWays([
  chain('28 chain', [leaf, inter], [root], null),
  chain('28 chain, root sent too', [leaf, inter, root], [root], null),
  chain('28 chain, extra certificates', [leaf, unrelated, inter, direct], [root], null),
  chain('29 chain-inter-only', [leaf, inter], [inter], NO_ISSUER),
  chain('30 chain-none', [leaf, inter], undefined, UNTRUSTED),
  chain('30 chain-unrelated', [leaf, inter], [unrelated], UNTRUSTED),
  chain('31 full-none', [leaf, inter, root], undefined, IN_CHAIN),
  chain('31 full-unrelated', [leaf, inter, root], [unrelated], IN_CHAIN),
  chain('32 leaf-only', [leaf], [root], LONE),
  chain('32 leaf-only, inter', [leaf], [inter], NO_ISSUER),
  chain('33 leaf-as-ca', [leaf], [leaf], LONE),
  chain('33 leaf-as-ca, root too', [leaf], [leaf, root], LONE),
  chain('33 leaf-as-ca, inter sent', [leaf, inter], [leaf], UNTRUSTED),
  chain('34 leaf-two-ca', [leaf], [inter, root], null),
  ...[[inter], [root, inter]].map(own => ({
    name: `35 server-completes, ${own.length} in its ca`,
    server: { key: leaf.key, cert: leaf.pem, ca: own.map(({ pem }) => pem) },
    client: { ca: root.pem },
    code: null,
  })),
  {
    name: '35 server-completes, the whole chain, nobody trusts',
    server: { key: leaf.key, cert: leaf.pem, ca: [inter.pem, root.pem] },
    client: {},
    code: IN_CHAIN,
  },
  {
    name: '35 server-completes, not a chain that is there',
    server: { key: leaf.key, cert: leaf.pem + unrelated.pem, ca: inter.pem },
    client: { ca: root.pem },
  },
  chain('36 partial', [leaf, inter], [inter], partialOk, partial),
  chain('36 partial, leaf', [leaf], [leaf], partialOk, partial),
  chain('36 partial, nothing', [leaf, inter], [], UNTRUSTED, partial),
  {
    name: '36 partial of a server says nothing',
    server: {
      key: leaf.key,
      cert: leaf.pem + inter.pem,
      requestCert: true,
      ca: inter.pem,
      ...partial,
    },
    client: { key: leaf.key, cert: leaf.pem, ca: root.pem },
    also: ({ server }) => assert.equal(server.secure, false),
  },
  chain('37 misorder', [leaf, root, inter], [root], null),
  ...[undefined, [root]].map(trusted => {
    const old = authority(root, 'Old Inter', PAST)
    const name = `38 inter-expired, ${trusted ? 'trusted' : 'untrusted'}`
    // Of an untrusted top, OpenSSL looks at nothing more.
    return chain(name, [leafOf(old), old], trusted, trusted ? 'CERT_HAS_EXPIRED' : UNTRUSTED)
  }),
])

/** Intermediates that are none, or not quite: their extensions, and what is said of them. */
const odd = Object.entries({
  'not a CA, may not sign': [
    [x.basicConstraints(false), x.keyUsage('digitalSignature')],
    'UNSPECIFIED',
  ],
  'not a CA, may sign': [[x.basicConstraints(false), x.keyUsage('keyCertSign')], 'INVALID_PURPOSE'],
  'may sign, no constraints': [[x.keyUsage('keyCertSign')], 'INVALID_CA'],
  'CA, may not sign': [[x.basicConstraints(true), x.keyUsage('cRLSign')], 'UNSPECIFIED'],
  'CA for clients': [[...x.authority(), x.extendedKeyUsage('clientAuth')], 'INVALID_PURPOSE'],
  'CA for servers': [[...x.authority(), x.extendedKeyUsage('serverAuth')], null],
  'says nothing': [[], 'INVALID_PURPOSE'],
  'Netscape CA': [[x.netscapeType(0x04)], 'INVALID_CA'],
  'CA with an unknown critical extension': [[...x.authority(), x.unknown(true)], 'UNSPECIFIED'],
})

fourWays(
  odd.map(([name, given]) => {
    const [extensions, code] = /** @type {[import('../helpers/x509').Extension[], string]} */ (
      given
    )
    const made = authority(root, 'Odd', { extensions })
    return chain(`39 inter-not-ca: ${name}`, [leafOf(made), made], [root], code)
  }),
)

const short = authority(root, 'Short', {
  extensions: [x.basicConstraints(true, 0), x.keyUsage('keyCertSign')],
})
const below = authority(short, 'Below')
const again = authority(short, 'Short')
const renewedKeys = newKeys()
const renewed = authority(short, 'Short', {
  keys: renewedKeys,
  extensions: [
    ...x.authority(),
    x.subjectKeyId(renewedKeys),
    x.authorityKeyId({ keys: short.keys }),
  ],
})
const narrow = authority(undefined, 'Narrow', {
  extensions: [x.basicConstraints(true, 0), x.keyUsage('keyCertSign')],
})
const wide = authority(narrow, 'Wide')

fourWays([
  chain('40 pathlen', [leafOf(below), below, short], [root], 'PATH_LENGTH_EXCEEDED'),
  chain('40 pathlen, kept', [leafOf(short), short], [root], null),
  chain('40 pathlen, self-issued', [leafOf(again), again, short], [root], IN_CHAIN),
  chain('40 pathlen, self-issued, by key id', [leafOf(renewed), renewed, short], [root], null),
  chain('40 pathlen of the root', [leafOf(wide), wide], [narrow], 'PATH_LENGTH_EXCEEDED'),
])

/** Name constraints of the intermediate, names of the leaf, what comes of it. */
const bounds = Object.entries({
  'DNS elsewhere': [{ permitted: ['DNS:example.com'] }, {}, 'UNSPECIFIED'],
  'DNS here': [{ permitted: ['DNS:localhost'] }, {}, null],
  'DNS excluded': [{ excluded: ['DNS:localhost'] }, {}, 'UNSPECIFIED'],
  'DNS not excluded': [{ excluded: ['DNS:example.com'] }, {}, null],
  'CN elsewhere': [
    { permitted: ['DNS:example.com'] },
    { subject: 'a.b', extensions: [] },
    'UNSPECIFIED',
  ],
  'CN without a dot': [{ permitted: ['DNS:example.com'] }, { extensions: [] }, null],
  'IP here': [
    { permitted: ['IP:127.0.0.0'] },
    { extensions: [x.alternativeNames('DNS:localhost', 'IP:127.0.0.1')] },
    null,
  ],
  'IP elsewhere': [
    { permitted: ['IP:10.0.0.0'] },
    { extensions: [x.alternativeNames('DNS:localhost', 'IP:127.0.0.1')] },
    'UNSPECIFIED',
  ],
  'directory here': [{ permitted: ['CN:localhost'] }, {}, null],
  'directory elsewhere': [{ permitted: ['CN:x'] }, {}, 'UNSPECIFIED'],
})

fourWays(
  bounds.map(([name, given]) => {
    const [limit, more, code] = /** @type {[any, Spec, string | null]} */ (given)
    const bounded = authority(root, 'Bounded', {
      extensions: [...x.authority(), x.nameConstraints(limit)],
    })
    return chain(`41 name-constraints: ${name}`, [leafOf(bounded, more), bounded], [root], code)
  }),
)

const allowsLeaf = authority(undefined, 'Lab Root', {
  extensions: [...x.authority(), x.nameConstraints({ permitted: ['CN:localhost'] })],
})
const notAllowed = authority(allowsLeaf, 'Lab Inter')

fourWays([
  chain(
    '41 name-constraints: directory of the intermediate elsewhere',
    [leafOf(notAllowed), notAllowed],
    [allowsLeaf],
    'UNSPECIFIED',
  ),
])

const fake = authority(undefined, 'Lab Root')
const twinA = authority(undefined, 'Twin')
const twinB = authority(undefined, 'Twin')
const idKeys = newKeys()
const withId = authority(undefined, 'With Id', {
  keys: idKeys,
  extensions: [...x.authority(), x.subjectKeyId(idKeys)],
})
const sameName = authority(undefined, 'With Id')
const underId = leafOf(withId, {
  extensions: [...x.leaf(), x.authorityKeyId({ keys: withId.keys })],
})
const wrongId = leafOf(withId, {
  extensions: [...x.leaf(), x.authorityKeyId({ keys: root.keys })],
})
const v1Root = certificate({ subject: 'V1 Root', version: 1 })
const v1Inter = certificate({ subject: 'V1 Inter', version: 1, issuer: root })
const readme = certificates.readmeCa()
const readmeKey = crypto.createPrivateKey(readme.key)
/** What the README's certificate signs with. */
const readmeIssuer = {
  keys: { privateKey: readmeKey, publicKey: crypto.createPublicKey(readmeKey) },
  subject: certificate({ subject: 'localhost' }).subject,
}
const cross = authority(unrelated, 'Lab Root', { keys: root.keys })

const dated = (/** @type {Partial<Spec>} */ dates) =>
  authority(undefined, 'Lab Root', { keys: root.keys, ...dates })
const FUTURE = { from: new Date('2045-01-01'), to: new Date('2046-01-01') }

fourWays([
  chain('38 root expired', [direct], [dated(PAST)], 'CERT_HAS_EXPIRED'),
  chain('38 root expired, and renewed', [direct], [dated(PAST), root], null),
  chain(
    '38 root expired, or not yet',
    [direct],
    [dated(PAST), dated(FUTURE)],
    'CERT_NOT_YET_VALID',
  ),
  chain(
    '38 root not yet, or expired',
    [direct],
    [dated(FUTURE), dated(PAST)],
    'CERT_NOT_YET_VALID',
  ),
  chain(
    'an issuer in other letters',
    [leafOf(root, { issuerName: '  lab   ROOT ' })],
    [root],
    null,
  ),
  chain('42 fake-root', [leafOf(fake), fake], [root], undefined),
  chain('42 fake-root, leaf only', [leafOf(fake)], [root], 'CERT_SIGNATURE_FAILURE'),
  chain('42 two roots of a name, the first', [leafOf(twinA)], [twinA, twinB], null),
  chain('42 two roots of a name, the second', [leafOf(twinB)], [twinA, twinB]),
  chain('42 two roots of a name, by key id', [underId], [sameName, withId]),
  chain('42 two roots of a name, by key id, the other way', [underId], [withId, sameName], null),
  chain('42 a wrong key id', [wrongId], [withId], LONE),
  chain('43 bad-sig', [leafOf(root, { badSignature: true })], [root], 'CERT_SIGNATURE_FAILURE'),
  chain(
    '43 bad-sig of the intermediate',
    [leaf, authority(root, 'Lab Inter', { keys: inter.keys, badSignature: true })],
    [root],
    'CERT_SIGNATURE_FAILURE',
  ),
  chain('44 v1-leaf', [certificate({ version: 1, issuer: root })], [root], null),
  chain('44 v1-leaf, v1 root', [certificate({ version: 1, issuer: v1Root })], [v1Root], null),
  chain('44 v1 root', [leafOf(v1Root)], [v1Root], null),
  chain('44 v1 intermediate', [leafOf(v1Inter), v1Inter], [root], 'INVALID_PURPOSE'),
  {
    name: '45 self-issues',
    ...(() => {
      const made = leafOf(readmeIssuer)
      return { server: { key: made.key, cert: made.pem }, client: { ca: readme.cert } }
    })(),
  },
  chain(
    '45 a leaf that is a CA',
    [leafOf(root, { extensions: [x.basicConstraints(true)] })],
    [root],
    null,
  ),
  { ...chain('cross-signed, old root', [leaf, inter, cross], [root], null), otherChain: true },
  chain('cross-signed, new root', [leaf, inter, cross], [unrelated], null),
  chain('cross-signed, nothing', [leaf, inter, cross], [], UNTRUSTED),
  chain(
    'a leaf for clients',
    [leafOf(root, { extensions: [x.extendedKeyUsage('clientAuth')] })],
    [root],
    'INVALID_PURPOSE',
  ),
  ...['P-256', 'P-384'].map(curve => {
    const keys = () => crypto.generateKeyPairSync('ec', { namedCurve: curve })
    const own = authority(undefined, 'Root', { keys: keys() })
    const digest = curve === 'P-256' ? 'sha256' : 'sha384'
    return chain(`68 key-types: ${curve}`, [leafOf(own, { keys: keys(), digest })], [own], null)
  }),
  ...(() => {
    const keys = () => crypto.generateKeyPairSync('ed25519')
    const own = authority(undefined, 'Root', { keys: keys() })
    return [chain('68 key-types: Ed25519', [leafOf(own, { keys: keys() })], [own], null)]
  })(),
  ...(() => {
    const own = authority(undefined, 'Root', { keys: rsaKeys(2048) })
    return ['sha256', 'sha384', 'sha512'].map(digest =>
      chain(`68 key-types: RSA, ${digest}`, [leafOf(own, { keys: own.keys, digest })], [own], null),
    )
  })(),
  ...['P-256', 'RSA'].map(kind => {
    const own = kind === 'RSA' ? authority(undefined, 'Root', { keys: rsaKeys(2048) }) : root
    const weak = chain(`SHA-1, ${kind}`, [leafOf(own, { digest: 'sha1' })], [own], 'UNSPECIFIED')
    // Node's own server would refuse to be made with it.
    return { ...weak, server: { ...weak.server, ciphers: 'DEFAULT@SECLEVEL=0' } }
  }),
])
