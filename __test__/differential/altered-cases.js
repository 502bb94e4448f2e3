'use strict'

/** Chains that are sound, or nearly so, but for a change in the DER of a certificate that is then signed again. */

const crypto = require('node:crypto')

const { encode } = require('../helpers/certificate-der')
const { Random } = require('../helpers/random')
const { rsaKeys } = require('../helpers/rsa-keys')
const { TAG, certificate, integer, oid } = require('../helpers/x509')
const x = require('../helpers/x509-extensions')
const { alter } = require('./alterations')
const { all, copy, write } = require('./der-tree')
const { Draft } = require('./draft')

/** @typedef {import('./der-tree').Tree} Tree */
/** @typedef {import('../helpers/x509').Keys} Keys */
/** @typedef {import('../helpers/x509').Extension} Extension */
/** @typedef {import('../helpers/x509').Issued} Issued */

/**
 * @typedef {object} AlteredCase
 * @property {number} seed
 * @property {'server' | 'client'} shownBy whose chain it is
 * @property {Buffer[]} peer what it shows, the leaf first
 * @property {Buffer[]} ca what the other side trusts
 * @property {crypto.KeyObject} key the leaf's
 * @property {number} level
 * @property {boolean} partial
 * @property {string} note what is special about it
 * @property {string} kind
 */

/** @type {Map<string, Keys>} made when they are needed, and then kept: a key takes longer than a signature */
const keys = new Map()

/**
 * @param {string} kind such as P-256 or RSA-2048
 * @param {number} number of several
 * @returns {Keys}
 */
function keysOf(kind, number) {
  const name = kind.startsWith('RSA') ? kind : `${kind} ${number}`
  const known = keys.get(name)
  if (known) return known
  const made = kind.startsWith('RSA')
    ? rsaKeys(Number(kind.slice(4)))
    : kind === 'Ed25519'
      ? crypto.generateKeyPairSync('ed25519')
      : crypto.generateKeyPairSync('ec', { namedCurve: kind })
  keys.set(name, made)
  return made
}

/** @type {Record<string, string>} */
const ATTRIBUTES = { C: '2.5.4.6', O: '2.5.4.10', CN: '2.5.4.3', email: '1.2.840.113549.1.9.1' }
/** @type {Record<string, number>} */
const STRING_TYPES = { C: 0x13, email: 0x16 }

/**
 * @param {Record<string, string>} parts
 * @returns {Buffer} a Name
 */
function distinguished(parts) {
  const sets = Object.entries(parts).map(([type, value]) => {
    const string = encode(STRING_TYPES[type] ?? TAG.UTF8, Buffer.from(value))
    return encode(TAG.SET, encode(TAG.SEQUENCE, oid(String(ATTRIBUTES[type])), string))
  })
  return encode(TAG.SEQUENCE, ...sets)
}

/**
 * @param {Random} random
 * @returns {Extension} constraints that permit the names of the leaf
 */
function constraints(random) {
  const base = (/** @type {Buffer} */ name) => encode(TAG.SEQUENCE, name)
  const permitted = [
    x.generalName('DNS:example.com'),
    x.generalName('email:example.com'),
    x.generalName('URI:.example.com'),
    x.generalName('IP:127.0.0.0', 8),
    encode(0xa4, distinguished({ C: 'DE', O: 'Lab Works' })),
  ].filter(() => random.chance(0.6))
  const excluded = [
    x.generalName('DNS:evil.example.org'),
    x.generalName('email:me@evil.example.org'),
    x.generalName('IP:10.0.0.0', 8),
    encode(0xa4, distinguished({ C: 'DE', O: 'Evil Works' })),
  ].filter(() => random.chance(0.4))
  const trees = (/** @type {number} */ tag, /** @type {Buffer[]} */ names) =>
    names.length > 0 ? [encode(tag, ...names.map(base))] : []
  const value = encode(TAG.SEQUENCE, ...trees(0xa0, permitted), ...trees(0xa1, excluded))
  return { oid: '2.5.29.30', critical: true, value }
}

/**
 * @param {Random} random
 * @param {number} depth from the root on
 * @returns {Extension[]} RFC 3779; who is below has less
 */
function resources(random, depth) {
  const inherits = depth > 0 && random.chance(0.2)
  const bits = (/** @type {number[]} */ ...bytes) =>
    encode(TAG.BIT_STRING, Buffer.from([0, ...bytes]))
  const blocks = [
    bits(...[10, 1, 2, 3].slice(0, depth + 1)),
    encode(TAG.SEQUENCE, bits(192, 168, 0), bits(192, 168, 9 - depth)),
  ]
  const numbers = [integer(64_500), encode(TAG.SEQUENCE, integer(65_000), integer(65_100 - depth))]
  const choice = (/** @type {Buffer[]} */ list) =>
    inherits ? encode(TAG.NULL) : encode(TAG.SEQUENCE, ...list)
  const family = encode(TAG.OCTET_STRING, Buffer.from([0, 1]))
  return [
    {
      oid: '1.3.6.1.5.5.7.1.7',
      critical: true,
      value: encode(TAG.SEQUENCE, encode(TAG.SEQUENCE, family, choice(blocks))),
    },
    {
      oid: '1.3.6.1.5.5.7.1.8',
      critical: true,
      value: encode(TAG.SEQUENCE, encode(0xa0, choice(numbers))),
    },
  ]
}

/**
 * @param {Random} random
 * @param {'server' | 'client'} shownBy
 * @returns {Extension[]}
 */
function leafExtensions(random, shownBy) {
  const names = [
    x.generalName('DNS:www.example.com'),
    x.generalName('IP:127.0.0.1'),
    x.generalName('email:me@example.com'),
    x.generalName('URI:https://www.example.com/x'),
    encode(0xa4, distinguished({ C: 'DE', O: 'Lab Works', CN: 'x' })),
    encode(0x88, oid('1.2.3.4').subarray(2)),
    encode(0xa0, oid('1.3.6.1.5.5.7.8.5'), encode(0xa0, encode(TAG.UTF8, Buffer.from('x')))),
  ].filter(() => random.chance(0.5))
  const own = shownBy === 'server' ? 'serverAuth' : 'clientAuth'
  return [
    x.basicConstraints(false),
    x.keyUsage('digitalSignature', 'keyAgreement'),
    x.extendedKeyUsage(own, ...(random.chance(0.3) ? [/** @type {const} */ ('any')] : [])),
    ...(names.length > 0 ? [{ oid: '2.5.29.17', value: encode(TAG.SEQUENCE, ...names) }] : []),
    x.netscapeType(0xc0),
    x.unknown(false),
    { oid: '2.5.29.31', value: DISTRIBUTION_POINT },
    { oid: '2.5.29.32', value: encode(TAG.SEQUENCE, encode(TAG.SEQUENCE, oid('1.2.3.4'))) },
  ].filter(() => random.chance(0.6))
}

const DISTRIBUTION_POINT = encode(
  TAG.SEQUENCE,
  encode(TAG.SEQUENCE, encode(0xa0, encode(0xa0, encode(0x86, Buffer.from('http://x/y'))))),
)

/**
 * @param {Random} random
 * @param {number} below authorities below it
 * @returns {Extension[]}
 */
function authorityExtensions(random, below) {
  return [
    x.basicConstraints(true, random.chance(0.5) ? below : undefined),
    ...(random.chance(0.8) ? [x.keyUsage('keyCertSign', 'cRLSign')] : []),
    ...(random.chance(0.5) ? [constraints(random)] : []),
    ...(random.chance(0.15) ? [x.extendedKeyUsage('serverAuth', 'clientAuth')] : []),
    ...(random.chance(0.1) ? [x.netscapeType(0x07)] : []),
  ]
}

/**
 * @param {Random} random
 * @param {'server' | 'client'} shownBy
 * @param {number} level
 * @returns {Issued[]} from the root to the leaf
 */
function soundChain(random, shownBy, level) {
  const length = random.weighted(
    /** @type {[number, number][]} */ ([
      [1, 1],
      [3, 2],
      [5, 3],
      [1, 4],
    ]),
  )
  const usual = { 4: 'P-384', 5: 'P-521' }[level] ?? 'P-256'
  const allocated = random.chance(0.2)
  const numbered = random.chance(0.5)
  /** @type {Issued[]} */
  const chain = []
  for (let at = 0; at < length; at++) {
    const leaf = at === length - 1
    const kind = random.chance(0.06) ? random.pick(ODD_KEYS) : usual
    const own = keysOf(kind, at)
    const issuer = chain[at - 1]
    const digest = random.chance(0.02) ? random.pick(DIGESTS) : DIGEST_OF_LEVEL[level]
    const extensions = [
      ...(leaf ? leafExtensions(random, shownBy) : authorityExtensions(random, length - 2 - at)),
      ...(allocated ? resources(random, at) : []),
    ]
    if (numbered) {
      extensions.push(x.subjectKeyId(own))
      if (issuer) {
        const { serial, issuer: named } = issuer
        extensions.push(
          x.authorityKeyId({
            keys: issuer.keys,
            ...(random.chance(0.4) && { issuer: named, serial }),
          }),
        )
      }
    }
    const parts = { C: 'DE', O: 'Lab Works', CN: leaf ? 'www.example.com' : `CA ${at}` }
    const subject = distinguished(
      random.chance(0.4) ? { ...parts, email: 'me@example.com' } : parts,
    )
    chain.push(
      certificate({
        subject,
        keys: own,
        ...(issuer && { issuer }),
        extensions,
        ...(digest && { digest }),
        serial: 1000 + at,
      }),
    )
  }
  return chain
}

const ODD_KEYS = [
  'P-384',
  'P-521',
  'Ed25519',
  'RSA-1024',
  'RSA-2047',
  'RSA-2048',
  'RSA-3000',
  'RSA-3071',
]
const DIGESTS = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512']
const DIGEST_OF_LEVEL = ['sha256', 'sha256', 'sha256', 'sha256', 'sha384', 'sha512']

/**
 * Gives `to` what `from` has become.
 *
 * @param {Tree} from
 * @param {Tree} to
 */
const carry = (from, to) => void Object.assign(to, copy(from))

/**
 * What one says of another, or twice, is mostly changed in both places.
 *
 * @param {Random} random
 * @param {Draft[]} drafts from the root to the leaf
 */
function keepTogether(random, drafts) {
  for (const [at, draft] of drafts.entries()) {
    const above = drafts[at - 1] ?? draft
    const [wasIssuer, wasSubject, wasAlgorithm] = draft.was
    const [algorithm, outside] = draft.algorithms
    if (!wasAlgorithm?.equals(write(algorithm)) && random.chance(0.6)) carry(algorithm, outside)
    if (!wasSubject?.equals(write(draft.subject)) && random.chance(0.85)) {
      const below = drafts[at + 1]
      if (below) carry(draft.subject, below.issuer)
      if (at === 0) carry(draft.subject, draft.issuer)
    } else if (!wasIssuer?.equals(write(draft.issuer)) && random.chance(0.6)) {
      carry(draft.issuer, above.subject)
      if (at === 1) carry(draft.issuer, above.issuer)
    }
  }
}

/**
 * @param {number} seed
 * @returns {AlteredCase} the same for the same seed, but for keys and signatures
 */
function makeAltered(seed) {
  const random = new Random(seed)
  const shownBy = random.chance(0.75) ? 'server' : 'client'
  const level = random.weighted(
    /** @type {[number, number][]} */ ([
      [1, 0],
      [8, 1],
      [3, 2],
      [1, 3],
      [1, 4],
      [0.3, 5],
    ]),
  )
  const partial = shownBy === 'server' && random.chance(0.1)
  const chain = soundChain(random, shownBy, level)
  const drafts = chain.map(one => new Draft(one))
  const notes = []
  let kind = 'nothing'
  const count = random.weighted(
    /** @type {[number, number][]} */ ([
      [1, 0],
      [20, 1],
      [6, 2],
      [2, 3],
    ]),
  )
  for (let n = 0; n < count; n++) {
    const at = random.below(drafts.length)
    const draft = drafts[at]
    if (!draft) continue
    kind = alter(random, draft.root, () => drafts.flatMap(one => all(one.root)))
    notes.push(`${drafts.length - 1 - at}: ${kind}`)
  }
  keepTogether(random, drafts)
  const made = drafts.map((draft, at) =>
    draft.sign((chain[at - 1] ?? /** @type {Issued} */ (chain[at])).keys),
  )
  const [root, ...rest] = /** @type {[Buffer, ...Buffer[]]} */ (made)
  const [leaf = root, ...above] = rest.reverse()
  const peer = [leaf, ...above, ...(random.chance(0.1) && rest.length > 0 ? [root] : [])]
  const ca = partial && rest.length > 1 && random.chance(0.5) ? rest.slice(1, 2) : [root]
  // What was not changed may be there as well, and choosing between the two is part of the verification.
  if (random.chance(0.12)) {
    const other = random.pick(chain).der
    if (random.chance(0.5)) peer.splice(1 + random.below(peer.length), 0, other)
    else ca.splice(random.below(2), 0, other)
  }
  return {
    seed,
    shownBy,
    peer,
    ca,
    key: /** @type {Issued} */ (chain.at(-1)).keys.privateKey,
    level,
    partial,
    note: notes.join(', ') || 'nothing',
    kind,
  }
}

module.exports = { makeAltered }
