'use strict'

/**
 * Certificates that are not as they should be, byte by byte: each finding of
 * `node __test__/differential/altered-chains.js` as a chain that Node judges in the same run.
 */

const assert = require('node:assert/strict')
const crypto = require('node:crypto')
const { after, before, test } = require('node:test')

const { AlteredJudges } = require('../differential/altered-judges')
const { Draft } = require('../differential/draft')
const { tree } = require('../differential/der-tree')
const { encode } = require('../helpers/certificate-der')
const { isOriginal } = require('../helpers/subject')
const { rsaKeys } = require('../helpers/rsa-keys')
const { TAG, certificate, integer, oid } = require('../helpers/x509')
const x = require('../helpers/x509-extensions')

/** @typedef {import('../helpers/x509').Extension} Extension */
/** @typedef {import('../helpers/x509').Issued} Issued */
/** @typedef {import('../helpers/x509').Spec} Spec */
/** @typedef {import('../differential/der-tree').Tree} Tree */
/** @typedef {import('../differential/altered-cases').AlteredCase} AlteredCase */
/** @typedef {Partial<Pick<AlteredCase, 'shownBy' | 'level' | 'partial'>>} More */

/** Node refuses, but by an error of the handshake, or by another code in another version. */
const REFUSED = Symbol('refused')
/** Node 20 trusts. */
const REFUSED_HERE = Symbol('refused here')

const hex = (/** @type {string} */ text) => Buffer.from(text, 'hex')
const extension = (/** @type {string} */ id, /** @type {string} */ value, critical = false) => ({
  oid: id,
  critical,
  value: hex(value),
})
const NAME_CONSTRAINTS = '2.5.29.30'
const KEY_USAGE = '2.5.29.15'
const BASIC_CONSTRAINTS = '2.5.29.19'

const root = certificate({ subject: 'Lab Root', extensions: x.authority() })

/**
 * @param {Extension[]} extensions
 * @param {Spec} [spec]
 */
const inter = (extensions, spec) =>
  certificate({ subject: 'Lab Inter', issuer: root, extensions, ...spec })

/**
 * @param {Issued} issuer
 * @param {Spec} [spec]
 */
const leaf = (issuer, spec) => certificate({ issuer, extensions: x.leaf(), ...spec })

/**
 * @param {Issued} issued
 * @param {Issued} issuer
 * @param {(parts: Tree[], whole: Tree) => void} change what is done to the parts of its signed part
 * @returns {Issued}
 */
function changed(issued, issuer, change) {
  const draft = new Draft(issued)
  const parts = draft.root.children?.[0]?.children
  assert.ok(parts)
  change(parts, draft.root)
  return { ...issued, der: draft.sign(issuer.keys) }
}

/** @type {[name: string, chain: Issued[], want: string | null | symbol, more?: More][]} the root last, which is trusted */
const vectors = []

/**
 * @param {string} what
 * @param {Issued[]} chain
 * @param {string | null | symbol} want Node's code; null for trust
 * @param {More} [more]
 */
const vector = (what, chain, want, more) => void vectors.push([what, chain, want, more])

/**
 * @param {string} what
 * @param {Extension[]} extensions of an authority between root and leaf
 * @param {string | null | symbol} want
 * @param {Spec} [spec] of the leaf
 */
function between(what, extensions, want, spec) {
  const middle = inter(extensions)
  vector(what, [leaf(middle, spec), middle, root], want)
}

const bounded = (/** @type {string} */ value) => [
  ...x.authority(),
  extension(NAME_CONSTRAINTS, value, true),
]
/** Permitted: DNS names below example.com. */
const EXAMPLE = '300fa00d300b8209' + Buffer.from('a.example').toString('hex')
const NO_CHAIN = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'

between(
  'a directory name that cannot be read, in critical constraints',
  bounded('300ba0093007a405300331010000'),
  NO_CHAIN,
)
for (const [what, commonName, want] of /** @type {const} */ ([
  ['a NUL within a common name under DNS constraints', 'evil.b\0.a.example', 'UNSPECIFIED'],
  ['a NUL at the end of a common name under DNS constraints', 'x.a.example\0', null],
  ['a common name elsewhere under DNS constraints', 'x.b.example', 'UNSPECIFIED'],
])) {
  between(what, bounded(EXAMPLE), want, { subject: commonName, extensions: [] })
}
const uriBound = () => [...x.authority(), x.nameConstraints({ permitted: ['URI:.a.example'] })]
for (const [uri, want] of /** @type {const} */ ([
  ['https://www.a.example/x', null],
  ['https://www.b.example/x', 'UNSPECIFIED'],
  // OpenSSL 3.0 trusts it.
  ['1https://www.a.example/x', REFUSED_HERE],
  // 3.5 does.
  ['https://www.a.example?x', REFUSED_HERE],
])) {
  const spec = { extensions: [x.alternativeNames(`URI:${uri}`)] }
  between(`the URI ${uri} under constraints`, uriBound(), want, spec)
}
const email = (/** @type {number} */ tag) => {
  const value = encode(tag, Buffer.from('me@a.example'))
  const set = encode(TAG.SET, encode(TAG.SEQUENCE, oid('1.2.840.113549.1.9.1'), value))
  return { subject: encode(TAG.SEQUENCE, set), extensions: [] }
}
between(
  'an e-mail attribute of UTF-8 under any constraints',
  bounded(EXAMPLE),
  'UNSPECIFIED',
  email(TAG.UTF8),
)
between('an e-mail attribute of IA5 under other constraints', bounded(EXAMPLE), null, email(0x16))

for (const [what, tag, time, want] of /** @type {const} */ ([
  ['with an offset', TAG.UTC_TIME, '200101000000+0000', 'ERROR_IN_CERT_NOT_BEFORE_FIELD'],
  ['with a fraction', TAG.GENERALIZED_TIME, '20200101000000.5Z', 'ERROR_IN_CERT_NOT_BEFORE_FIELD'],
  ['without seconds', TAG.UTC_TIME, '2001010000Z', REFUSED],
  ['of a day that is not', TAG.UTC_TIME, '200230000000Z', 'ERROR_IN_CERT_NOT_BEFORE_FIELD'],
  ['of the right form', TAG.GENERALIZED_TIME, '20200101000000Z', null],
])) {
  const made = changed(leaf(root), root, parts => {
    parts[4]?.children?.splice(0, 1, tree(tag, Buffer.from(time)))
  })
  vector(`a time ${what}`, [made, root], want)
}

const sign = x.keyUsage('keyCertSign')
between(
  'a BOOLEAN of two bytes',
  [extension(BASIC_CONSTRAINTS, '30040102ffff', true), sign],
  NO_CHAIN,
)
between(
  'a path length with a byte too many',
  [extension(BASIC_CONSTRAINTS, '30070101ff02020001'), sign],
  NO_CHAIN,
)
between(
  'keyCertSign in unused bits',
  [x.basicConstraints(true), extension(KEY_USAGE, '03020384')],
  'UNSPECIFIED',
)
between(
  'keyCertSign in bits that are used',
  [x.basicConstraints(true), extension(KEY_USAGE, '03020284')],
  null,
)

const block = (/** @type {string} */ prefix) =>
  extension('1.3.6.1.5.5.7.1.7', `300e300c04020001300603040${prefix}`, true)
const allocated = certificate({
  subject: 'Lab Root',
  extensions: [...x.authority(), block('00a0100')],
})
for (const [what, prefix, want] of /** @type {const} */ ([
  ["addresses outside the issuer's", '00a0200', 'UNSPECIFIED'],
  ["addresses that are the issuer's", '00a0100', null],
])) {
  vector(what, [leaf(allocated, { extensions: [block(prefix)] }), allocated], want)
}

/** @param {string} namedCurve */
const curve = namedCurve => crypto.generateKeyPairSync('ec', { namedCurve })
const strong = { keys: curve('P-384'), digest: 'sha384' }
const strongRoot = certificate({ subject: 'Strong', extensions: x.authority(), ...strong })
vector('SHA-384 at level 4', [leaf(strongRoot, strong), strongRoot], null, { level: 4 })
const weaker = { keys: curve('P-384'), digest: 'sha256' }
vector('SHA-256 at level 4', [leaf(strongRoot, weaker), strongRoot], 'UNSPECIFIED', { level: 4 })
for (const [size, level, want] of /** @type {const} */ ([
  [3000, 3, null],
  [2600, 3, 'UNSPECIFIED'],
  [2047, 2, null],
  [2047, 1, null],
])) {
  const keys = rsaKeys(size)
  const own = certificate({ subject: 'RSA', extensions: x.authority(), keys })
  vector(`RSA of ${size} bits at level ${level}`, [leaf(own), own], want, { level })
}

between('a minimum of 0', bounded('3012a010300e8209' + '6c6f63616c686f7374' + '800100'), null)
between(
  'a minimum of 1',
  bounded('3012a010300e8209' + '6c6f63616c686f7374' + '800101'),
  'UNSPECIFIED',
)
const address = { extensions: [x.alternativeNames('IP:127.0.0.1')] }
const network = '300a87087f000000ff000000'
between(
  'addresses of three bytes behind a match',
  bounded(`3015a013${network}300587037f0000`),
  null,
  address,
)
between(
  'addresses of three bytes before a match',
  bounded(`3015a013300587037f0000${network}`),
  'UNSPECIFIED',
  address,
)

vector(
  'bytes behind a value',
  [leaf(root, { extensions: [extension(KEY_USAGE, '03020780ff')] }), root],
  null,
)
const indefinite = (/** @type {Tree[]} */ parts) => {
  for (const part of parts) if (part.children) part.length = 'indefinite'
}
vector('indefinite lengths', [changed(leaf(root), root, indefinite), root], null)
const parts = changed(leaf(root), root, list => {
  const [from] = list[4]?.children ?? []
  assert.ok(from)
  const { content } = from
  const [a, b] = [content.subarray(0, 5), content.subarray(5)]
  Object.assign(from, tree(TAG.UTC_TIME | 0x20, [tree(TAG.UTC_TIME, a), tree(TAG.OCTET_STRING, b)]))
})
vector('a time in parts', [parts, root], null)
const version1 = changed(leaf(root), root, list => void list.splice(0, 1))
vector('extensions in version 1', [version1, root], null)
between(
  'a key usage of nothing',
  [x.basicConstraints(true), extension(KEY_USAGE, '030100')],
  NO_CHAIN,
)

// In TLS 1.2, as it is spoken here, a key on a curve has to be one for signatures.
const agreement = [x.keyUsage('keyAgreement')]
vector('a key that is not for signatures', [leaf(root, { extensions: agreement }), root], REFUSED)

const visitor = (/** @type {Issued} */ issuer) =>
  leaf(issuer, { extensions: [x.extendedKeyUsage('clientAuth')] })
const middle = inter(x.authority())
/** Of the same name, with a key usage that cannot be read. */
const twin = inter([extension(KEY_USAGE, '0500')])
const asked = /** @type {const} */ ({ shownBy: 'client' })
vector('of a client: nothing special', [visitor(middle), middle, root], null, asked)
vector(
  'of a client: an issuer that cannot be read, before the one',
  [visitor(middle), twin, middle, root],
  REFUSED,
  asked,
)
vector('an issuer that cannot be read, before the one', [leaf(middle), twin, middle, root], null)
const unrelated = changed(certificate({ subject: 'Unrelated' }), root, list => {
  list[4]?.children?.splice(0, 1, tree(TAG.UTC_TIME, Buffer.from('2001010000Z')))
})
vector(
  'a time without seconds in what is in no chain',
  [leaf(middle), unrelated, middle, root],
  REFUSED_HERE,
)
const other = `3018a01606082b06010505070805a00a1708${'30'.repeat(8)}`
vector(
  'a time without seconds in a name',
  [leaf(root, { extensions: [extension('2.5.29.17', other)] }), root],
  REFUSED_HERE,
)

/**
 * @param {Buffer[]} content
 * @returns {Buffer} a choice of what is listed
 */
const listed = (...content) => encode(TAG.SEQUENCE, ...content)
const range = (/** @type {number} */ from, /** @type {number} */ to) =>
  encode(TAG.SEQUENCE, integer(from), integer(to))
const systems = (/** @type {Buffer} */ choice) => ({
  oid: '1.3.6.1.5.5.7.1.8',
  critical: true,
  value: encode(TAG.SEQUENCE, encode(0xa0, choice)),
})
const addresses = (/** @type {Buffer} */ choice) => ({
  oid: '1.3.6.1.5.5.7.1.7',
  critical: true,
  value: encode(
    TAG.SEQUENCE,
    encode(TAG.SEQUENCE, encode(TAG.OCTET_STRING, Buffer.from([0, 1])), choice),
  ),
})
const prefix = (/** @type {number[]} */ ...bytes) =>
  encode(TAG.BIT_STRING, Buffer.from([0, ...bytes]))
const INHERITED = encode(TAG.NULL)
const BEYOND = 'UNSPECIFIED'
// RFC 3779: whoever issues has what is below.
for (const [what, of, above, own, want] of /** @type {const} */ ([
  ['a number of the issuer', systems, listed(range(65_000, 65_100)), listed(integer(65_100)), null],
  ['a number beyond', systems, listed(range(65_000, 65_100)), listed(integer(65_101)), BEYOND],
  ['inherited numbers', systems, listed(range(65_000, 65_100)), INHERITED, null],
  ['numbers inherited of nobody', systems, INHERITED, INHERITED, BEYOND],
  ['addresses of the issuer', addresses, listed(prefix(10)), listed(prefix(10, 1)), null],
  ['addresses beyond', addresses, listed(prefix(10)), listed(prefix(11, 1)), BEYOND],
])) {
  const issuer = certificate({ subject: 'Lab Root', extensions: [...x.authority(), of(above)] })
  vector(what, [leaf(issuer, { extensions: [...x.leaf(), of(own)] }), issuer], want)
}

const tight = changed(leaf(root, { extensions: [extension('2.5.29.37', '3000')] }), root, () => {})
vector('purposes that are none', [tight, root], 'INVALID_PURPOSE')

if (!isOriginal) {
  /** @type {AlteredJudges} */
  let judges
  before(() => void (judges = new AlteredJudges()))
  after(() => judges.close())

  for (const [what, chain, want, more] of vectors) {
    test(what, async () => {
      const [first] = chain
      const trusted = chain.at(-1)
      assert.ok(first && trusted)
      const given = {
        seed: 0,
        shownBy: /** @type {const} */ ('server'),
        level: 1,
        partial: false,
        peer: chain.slice(0, -1).map(({ der }) => der),
        ca: [trusted.der],
        key: first.keys.privateKey,
        note: what,
        ...more,
      }
      const { node, ours } = await judges.ask(given)
      const seen = ours.code ?? (await judges.inHandshake(given)).code
      if (want === REFUSED || want === REFUSED_HERE) {
        if (want === REFUSED) assert.notEqual(node.code, null, 'Node trusts it')
        assert.notEqual(seen, null, 'it is trusted')
      } else {
        assert.equal(node.code, want, `Node: ${node.message}`)
        assert.equal(seen, want)
      }
    })
  }
}
