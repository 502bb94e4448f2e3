'use strict'

/**
 * Random certificate chains: ordinary ones in all the variety that ordinary ones have, with no
 * fault, one, or some.
 */

const crypto = require('node:crypto')

const { rsaKeys } = require('../helpers/rsa-keys')
const { certificate, name, newKeys } = require('../helpers/x509')
const x = require('../helpers/x509-extensions')
const { Random } = require('../helpers/random')

/** @typedef {import('../helpers/x509').Issued} Issued */
/** @typedef {import('../helpers/x509').Spec} Spec */
/** @typedef {import('../helpers/x509').Extension} Extension */

/**
 * What one side shows and the other judges.
 *
 * @typedef {object} Case
 * @property {number} seed
 * @property {'server' | 'client'} shownBy whose chain it is
 * @property {Issued[]} sent the leaf first
 * @property {Issued[]} trusted
 * @property {boolean} partial
 * @property {string[]} notes what is special about it
 */

/** One certificate while it is thought out; an authority's come before those of whom it signs. */
class Draft {
  /**
   * @param {string} subject
   * @param {import('../helpers/x509').Keys} keys
   */
  constructor(subject, keys) {
    this.subject = subject
    this.keys = keys
    /** @type {Draft | null} itself when null */
    this.issuer = null
    /** @type {Partial<Spec>} */
    this.spec = {}
    /** @type {{ ca: boolean, pathLength?: number } | null} */
    this.basic = null
    /** @type {import('../helpers/x509-extensions').Usage[] | null} */
    this.usage = null
    /** @type {import('../helpers/x509-extensions').ExtendedUsage[] | null} */
    this.purposes = null
    /** @type {Extension[]} */
    this.others = []
    this.keyId = false
    /** @type {'none' | 'key' | 'name' | 'both' | 'wrong'} */
    this.authority = 'none'
    /** @type {Issued | null} */
    this.made = null
  }

  /** @returns {Extension[]} */
  #extensions() {
    const above = this.issuer ?? this
    const parent = above === this ? null : above.make()
    const list = [...this.others]
    if (this.basic) list.push(x.basicConstraints(this.basic.ca, this.basic.pathLength))
    if (this.usage) list.push(x.keyUsage(...this.usage))
    if (this.purposes) list.push(x.extendedKeyUsage(...this.purposes))
    if (this.keyId) list.push(x.subjectKeyId(this.keys))
    const named = parent ? { issuer: parent.issuer, serial: parent.serial } : {}
    if (this.authority === 'key') list.push(x.authorityKeyId({ keys: above.keys }))
    if (this.authority === 'name') list.push(x.authorityKeyId(named))
    if (this.authority === 'both') list.push(x.authorityKeyId({ keys: above.keys, ...named }))
    if (this.authority === 'wrong') list.push(x.authorityKeyId({ keys: UNRELATED }))
    return list
  }

  /** @returns {Issued} */
  make() {
    const { subject, keys } = this
    const issuer = this.issuer?.make()
    const version1 = this.spec.version === 1
    this.made ??= certificate({
      subject,
      keys,
      ...(issuer && { issuer }),
      extensions: version1 ? [] : this.#extensions(),
      ...this.spec,
    })
    return this.made
  }
}

const UNRELATED = newKeys()
/** Made once: a signature costs little, a key more. */
const POOL = [
  ...Array.from({ length: 12 }, newKeys),
  crypto.generateKeyPairSync('ed25519'),
  crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' }),
]
const RSA = rsaKeys(2048)

const PAST = { from: new Date('2020-01-01'), to: new Date('2021-01-01') }
const FUTURE = { from: new Date('2045-01-01'), to: new Date('2046-01-01') }

/**
 * A chain as it should be, from the root to the leaf.
 *
 * @param {Random} random
 * @param {'server' | 'client'} shownBy
 * @returns {Draft[]}
 */
function soundChain(random, shownBy) {
  const length = random.pick([1, 2, 2, 3, 3, 3, 4, 5])
  const keys = [...POOL]
  /** @type {Draft[]} */
  const chain = []
  for (let at = 0; at < length; at++) {
    const [own] = keys.splice(random.below(keys.length), 1)
    const leaf = at === length - 1
    const rsa = random.chance(0.05)
    const draft = new Draft(leaf ? 'localhost' : `CA ${at}`, rsa || !own ? RSA : own)
    draft.issuer = chain[at - 1] ?? null
    draft.keyId = random.chance(0.5)
    draft.authority = random.pick(['none', 'none', 'key', 'name', 'both'])
    if (leaf) endEntity(random, draft, shownBy, length)
    else authority(random, draft, length - 2 - at)
    if (at === 0 && random.chance(0.1)) draft.spec.version = 1
    if (random.chance(0.1)) draft.others.push(x.unknown(false))
    chain.push(draft)
  }
  return chain
}

/**
 * @param {Random} random
 * @param {Draft} draft
 * @param {'server' | 'client'} shownBy
 * @param {number} length
 */
function endEntity(random, draft, shownBy, length) {
  draft.basic = random.pick([null, { ca: false }, { ca: length === 1 }])
  draft.usage = random.pick([null, ['digitalSignature'], ['digitalSignature', 'keyEncipherment']])
  const own = shownBy === 'server' ? 'serverAuth' : 'clientAuth'
  draft.purposes = random.pick([null, [own], ['serverAuth', 'clientAuth']])
  if (random.chance(0.6)) draft.others.push(x.alternativeNames('DNS:localhost', 'IP:127.0.0.1'))
  if (random.chance(0.1)) draft.spec.version = 1
}

/**
 * @param {Random} random
 * @param {Draft} draft
 * @param {number} below authorities below it
 */
function authority(random, draft, below) {
  draft.basic = { ca: true }
  if (random.chance(0.2)) draft.basic.pathLength = below + random.below(2)
  draft.usage = random.pick([null, ['keyCertSign'], ['keyCertSign', 'cRLSign']])
  if (random.chance(0.1)) draft.purposes = ['serverAuth', 'clientAuth']
  if (random.chance(0.1)) {
    draft.others.push(x.nameConstraints({ permitted: ['DNS:localhost', 'DNS:example.com'] }))
  }
}

/** @typedef {{ random: Random, chain: Draft[], draft: Draft, others: Draft[] }} Scene */

/** @type {Record<string, (scene: Scene) => void>} faults, and things that look like one */
const FAULTS = {
  expired: ({ draft }) => void Object.assign(draft.spec, PAST),
  'not yet': ({ draft }) => void Object.assign(draft.spec, FUTURE),
  'bad signature': ({ draft }) => void (draft.spec.badSignature = true),
  'wrong signer': ({ draft }) => {
    if (!draft.issuer) return
    draft.spec.issuer = { subject: name(draft.issuer.subject), keys: UNRELATED }
  },
  'not a CA': ({ draft }) => void (draft.basic = { ca: false }),
  'no constraints': ({ draft, random }) => {
    draft.basic = null
    draft.usage = random.pick([null, ['keyCertSign'], ['keyCertSign']])
  },
  'version 1': ({ draft }) => void (draft.spec.version = 1),
  'path length': ({ draft, random }) => {
    draft.basic = { ca: true, pathLength: random.below(2) }
  },
  'key usage': ({ draft, random }) => {
    draft.usage = random.pick([
      ['keyCertSign'],
      ['cRLSign'],
      ['nonRepudiation'],
      ['keyAgreement'],
      ['keyEncipherment'],
      ['digitalSignature', 'keyCertSign'],
    ])
  },
  purpose: ({ draft, random }) => {
    draft.purposes = random.pick([['serverAuth'], ['clientAuth'], ['any'], []])
  },
  'unknown critical': ({ draft }) => void draft.others.push(x.unknown(true)),
  netscape: ({ draft, random }) => {
    draft.others.push(x.netscapeType(random.pick([0x80, 0x40, 0x04, 0x02, 0xc4])))
    if (random.chance(0.5)) draft.basic = null
  },
  'name constraints': ({ draft, random }) => {
    const names = [random.pick(NAMES)]
    const bounds = random.chance(0.5) ? { permitted: names } : { excluded: names }
    draft.others = draft.others.filter(({ oid }) => oid !== '2.5.29.30')
    draft.others.push(x.nameConstraints(bounds))
  },
  // What stands twice cannot be read, whatever it says.
  'said twice': ({ draft, random }) => {
    const extension = random.pick([
      x.netscapeType(0xc4),
      x.keyUsage('digitalSignature', 'keyCertSign'),
      x.basicConstraints(true),
      x.extendedKeyUsage('serverAuth', 'clientAuth'),
      x.alternativeNames('DNS:localhost'),
    ])
    draft.others = draft.others.filter(({ oid }) => oid !== extension.oid)
    draft.others.push(extension, extension)
  },
  'wrong key id': ({ draft }) => void (draft.authority = 'wrong'),
  'weak digest': ({ draft, random }) => {
    const key = (draft.issuer ?? draft).keys.privateKey
    if (key.asymmetricKeyType !== 'ed25519') draft.spec.digest = random.pick(['sha1', 'sha384'])
  },
  'name of its issuer': ({ draft }) => {
    if (draft.issuer) draft.subject = draft.issuer.subject
  },
  'name of another': ({ draft, chain, random }) =>
    void (draft.subject = random.pick(chain).subject),
  'name in other letters': ({ draft }) => {
    if (draft.issuer) draft.spec.issuerName = `  ${draft.issuer.subject.toLowerCase()} `
  },
  'no name': ({ draft }) => void (draft.subject = ''),
  twin: ({ draft, others }) => {
    const twin = new Draft(draft.subject, UNRELATED)
    twin.basic = { ca: true }
    others.push(twin)
  },
  'cross-signed': ({ draft, others, random }) => {
    const root = new Draft('Other Root', random.pick(POOL))
    root.basic = { ca: true }
    const cross = new Draft(draft.subject, draft.keys)
    cross.basic = { ca: true }
    cross.issuer = root
    others.push(cross, root)
  },
  renewed: ({ draft, others, random }) => {
    const again = new Draft(draft.subject, draft.keys)
    Object.assign(again, { basic: draft.basic, issuer: draft.issuer })
    if (random.chance(0.5)) Object.assign(again.spec, PAST)
    others.push(again)
  },
}

/**
 * Where a fault is put: how often (1 where nothing is said), and the least distances from the root
 * and from the leaf, where the chain is long enough.
 *
 * @type {Record<string, [weight: number, fromRoot: number, fromLeaf: number]>}
 */
const PLACES = {
  'not yet': [1.5, 0, 0],
  expired: [1.5, 0, 0],
  'bad signature': [2, 1, 0],
  'wrong signer': [1.5, 1, 0],
  'not a CA': [2, 0, 1],
  'no constraints': [6, 1, 1],
  'version 1': [1, 0, 1],
  'path length': [5, 0, 2],
  'key usage': [2, 0, 0],
  purpose: [2, 0, 0],
  'name constraints': [4, 0, 1],
  'name of its issuer': [1, 1, 0],
  twin: [1, 0, 1],
  'cross-signed': [1.5, 0, 1],
  renewed: [1.5, 0, 1],
}

/**
 * @param {Random} random
 * @param {Draft[]} chain from the root on
 * @returns {{ fault: string, at: number }}
 */
function chooseFault(random, chain) {
  const fault = random.weighted(
    Object.keys(FAULTS).map(one => /** @type {const} */ ([PLACES[one]?.[0] ?? 1, one])),
  )
  const [, fromRoot, fromLeaf] = PLACES[fault] ?? [1, 0, 0]
  const places = chain.length - fromRoot - fromLeaf
  return { fault, at: places > 0 ? fromRoot + random.below(places) : random.below(chain.length) }
}

const NAMES = [
  'DNS:localhost',
  'DNS:example.com',
  'IP:127.0.0.0',
  'IP:10.0.0.0',
  'CN:localhost',
  'CN:x',
]

/**
 * @param {Random} random
 * @param {Issued[]} chain from the root on
 * @param {Issued[]} others
 * @param {string[]} notes
 * @returns {{ sent: Issued[], trusted: Issued[] }}
 */
function arrange(random, chain, others, notes) {
  const [root, ...rest] = /** @type {[Issued, ...Issued[]]} */ (chain)
  const leaf = chain[chain.length - 1] ?? root
  const middle = chain.slice(1, -1).reverse()
  let above = [...middle]
  if (random.chance(0.2)) above.push(root)
  let trusted = [root]
  if (random.chance(0.3)) {
    const trust = random.pick([
      'none',
      'nothing of it',
      'the middle',
      'leaf',
      'all',
      'all but root',
    ])
    notes.push(`trusts ${trust}`)
    if (trust === 'none' || trust === 'nothing of it') trusted = []
    if (trust === 'the middle') trusted = middle.slice(0, 1)
    if (trust === 'leaf') trusted = [leaf]
    if (trust === 'all') trusted = [...chain]
    if (trust === 'all but root') trusted = rest
  }
  if (above.length > 0 && random.chance(0.12)) {
    notes.push('one not sent')
    above.splice(random.below(above.length), 1)
  }
  for (const other of others) {
    if (random.chance(0.6)) above.splice(random.below(above.length + 1), 0, other)
    if (random.chance(0.4)) trusted.splice(random.below(trusted.length + 1), 0, other)
  }
  if (random.chance(0.2)) above = above.reverse()
  return { sent: [leaf, ...above.filter(one => one !== leaf)], trusted }
}

/**
 * @param {number} seed
 * @returns {Case} the same for the same seed, but for keys, signatures and serial numbers
 */
function makeCase(seed) {
  const random = new Random(seed)
  const shownBy = random.chance(0.7) ? 'server' : 'client'
  const chain = soundChain(random, shownBy)
  /** @type {string[]} */
  const notes = []
  /** @type {Draft[]} */
  const others = []
  const count = random.pick([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 3])
  for (let n = 0; n < count; n++) {
    const { fault, at } = chooseFault(random, chain)
    const draft = /** @type {Draft} */ (chain[at])
    notes.push(`${fault} at ${chain.length - 1 - at}`)
    FAULTS[fault]?.({ random, chain, draft, others })
  }
  const made = chain.map(draft => draft.make())
  const { sent, trusted } = arrange(
    random,
    made,
    others.map(draft => draft.make()),
    notes,
  )
  const partial = shownBy === 'server' && random.chance(0.15)
  if (partial) notes.push('partial')
  return { seed, shownBy, sent, trusted, partial, notes }
}

module.exports = { makeCase }
