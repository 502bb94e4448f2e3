'use strict'

/** Ways to change a tree of DER, each at a place that is chosen at random. */

const { integer, oid } = require('../helpers/x509')
const x = require('../helpers/x509-extensions')
const { all, contentOf, copy, parse, tree } = require('./der-tree')

/** @typedef {import('./der-tree').Tree} Tree */
/** @typedef {import('./der-tree').Length} Length */
/** @typedef {import('../helpers/random').Random} Random */

const hex = (/** @type {string[]} */ ...list) => list.map(one => Buffer.from(one, 'hex'))
const text = (/** @type {string[]} */ ...list) => list.map(one => Buffer.from(one, 'latin1'))

const TIMES = text(
  '2401010000Z',
  '240101000000+0000',
  '240101000000-0100',
  '490101000000',
  '490101000000.5Z',
  '20240101000000Z',
  '20490101000000Z',
  '20490101000000.0Z',
  '204901010000Z',
  '20490101000000+0100',
  '491301000000Z',
  '490229000000Z',
  '490101000060Z',
  '490101240000Z',
  '99991231235959Z',
  '991231235959Z',
  '4901010000 0Z',
  '490101000000z',
  '490101000000Z\0',
  '',
)
const STRINGS = text(
  '',
  '\0',
  ' ',
  'localhost',
  'LOCALHOST',
  'localhost\0',
  'www.example.com\0',
  'www.example.com\0.example.org',
  'evil.example.org',
  'www.example.com',
  'a.b',
  '-a.b',
  'a_b.c-',
  '.example.com',
  'example.com',
  'com',
  '*.example.com',
  'me@example.com',
  'me@EXAMPLE.com',
  'ME@example.com',
  'me@evil.example.org',
  '@example.com',
  'me@a@example.com',
  'https://www.example.com/x',
  'https://www.example.com:99/x',
  'https:www.example.com',
  'https://evil.example.org/x',
  'urn:x',
  '1https://www.example.com/x',
  'https://www.example.com?x',
  'https://www.example.com:x/',
  'https://u:p@www.example.com/@x.org',
  '  lab   WORKS ',
  '\xe4',
  '\xc3\xa4',
  'l\0o\0',
  '\0l\0o',
)
/** @type {Record<number, Buffer[]>} by the tag */
const CONTENTS = {
  0x01: hex('00', 'ff', '01', '', '0000', 'ffff', '00ff'),
  0x02: hex('00', '01', '02', '03', '05', '7f', '80', 'ff', '', '0000', '0001', '0080', 'ff80'),
  0x03: hex(
    '',
    '00',
    '01',
    '0000',
    '0004',
    '0006',
    '0080',
    '00a0',
    '05a0',
    '0206',
    '0304',
    '0008',
    '0704',
  ),
  0x04: hex('', '00', '0001', '0002', '000101', '0003', '01', '00010100', '0000'),
  0x05: hex('', '00'),
  0x17: TIMES,
  0x18: TIMES,
  0x87: hex(
    '',
    '7f000001',
    '0a000001',
    '7f0000',
    '00000000000000000000000000000001',
    '7f000000ff000000',
  ),
}
CONTENTS[0x02]?.push(...hex('ff7f', '00ff', '010000000000000000', '7fffffffffffffff', 'fffe'))
CONTENTS[0x03]?.push(
  ...hex('07ff', '0780', '08ff', '000000', '000080', '000001', '0186', '00ff', '07c0'),
)
CONTENTS[0x87]?.push(
  ...hex('0a000000ff000000', '7f000001ffffffff', '00'.repeat(32), '0a0000000f', '7f000000ff00ff00'),
)

const OBJECTS = [
  ...[14, 15, 16, 17, 18, 19, 30, 31, 32, 33, 35, 36, 37, 46, 54].map(last => `2.5.29.${last}`),
  ...['2.5.29.37.0', '1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.4'],
  ...['1.3.6.1.5.5.7.1.1', '1.3.6.1.5.5.7.1.7', '1.3.6.1.5.5.7.1.8', '1.3.6.1.5.5.7.1.14'],
  ...['2.16.840.1.113730.1.1', '2.16.840.1.113730.4.1', '1.3.6.1.4.1.311.10.3.3'],
  ...['1.3.6.1.5.5.7.48.1.5', '1.3.6.1.5.5.7.8.9', '1.3.6.1.5.5.7.8.5', '1.2.3.4.5'],
  ...['2.5.4.3', '2.5.4.10', '2.5.4.6', '1.2.840.113549.1.9.1'],
  ...['1.2.840.10045.2.1', '1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10', '1.3.101.112'],
  ...['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.1', '1.2.840.113549.1.1.11'],
  ...['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.10'],
].map(one => oid(one).subarray(2))

/** Tags of strings, and of what may stand where one does. */
const STRING_TAGS = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1b, 0x1c, 0x1e, 0x03, 0x04]
const OTHER_TAGS = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x17, 0x18, 0x30, 0x31, 0x24, 0x23]

const EXTRA = hex(
  '0500',
  '3000',
  '020100',
  '0000',
  '00',
  'ff',
  '0101ff',
  'a000',
  '800100',
  '800101',
  '810100',
  '0403020101',
)

/**
 * @param {Random} random
 * @param {Tree} at
 */
function newContent(random, { tag, content }) {
  const [first = 0] = tag
  const known =
    first === 0x06
      ? OBJECTS
      : (CONTENTS[first] ?? ((first & 0x20) === 0 && first !== 0x80 ? STRINGS : null))
  if (known && random.chance(0.75)) return random.pick(known)
  const changed = Buffer.from(content)
  const where = random.below(Math.max(1, changed.length))
  const how = random.below(4)
  if (changed.length > 0 && how === 0) changed[where] ^= 1 << random.below(8)
  if (changed.length > 0 && how === 1) changed[where] = random.below(256)
  if (how === 2) return changed.subarray(0, where)
  if (how === 3) {
    const more = random.pick(hex('00', 'ff', '80', '0000', '2e'))
    return random.chance(0.7) ? Buffer.concat([changed, more]) : Buffer.concat([more, changed])
  }
  return changed
}

/**
 * @typedef {object} Place
 * @property {Random} random
 * @property {Tree} at what is changed
 * @property {Tree} parent
 * @property {number} index of it in its parent
 * @property {() => Tree[]} others what can be taken from elsewhere
 */

/** @type {[weight: number, name: string, (place: Place) => void][]} */
const ALTERATIONS = [
  [
    10,
    'content',
    ({ random, at }) => {
      if (at.children && random.chance(0.6)) {
        at.children = random.chance(0.5)
          ? []
          : at.children.slice(0, random.below(at.children.length))
      } else {
        at.content = contentOf(at)
        at.children = null
        at.content = newContent(random, at)
      }
    },
  ],
  [3, 'drop', ({ parent, index }) => void parent.children?.splice(index, 1)],
  [2, 'twice', ({ parent, index, at }) => void parent.children?.splice(index, 0, copy(at))],
  [
    2,
    'other',
    ({ random, parent, index, others }) =>
      void parent.children?.splice(index, random.below(2), copy(random.pick(others()))),
  ],
  [
    1,
    'order',
    ({ random, parent, index }) => {
      const [taken] = parent.children?.splice(index, 1) ?? []
      if (taken) parent.children?.splice(random.below((parent.children.length ?? 0) + 1), 0, taken)
    },
  ],
  [
    4,
    'tag',
    ({ random, at }) => {
      const [first = 0] = at.tag
      const near =
        first & 0x80 ? [first ^ 0x20, 0x80 | random.below(9), 0xa0 | random.below(9)] : STRING_TAGS
      const other = random.chance(0.6) ? random.pick(near) : random.pick(OTHER_TAGS)
      at.tag = Buffer.from([random.chance(0.15) ? first ^ (1 << random.below(8)) : other])
      if (random.chance(0.04)) at.tag = Buffer.from([(first & 0xe0) | 0x1f, first & 0x1f])
    },
  ],
  [
    3,
    'length',
    ({ random, at }) => {
      at.length = random.weighted(
        /** @type {[number, Length][]} */ ([
          [3, 'long'],
          [2, 'longer'],
          [4, 'indefinite'],
          [1, 'too much'],
          [1, 'too little'],
        ]),
      )
    },
  ],
  [
    2,
    'in parts',
    ({ random, at }) => {
      const bytes = contentOf(at)
      const cut = random.below(bytes.length + 1)
      const [first = 0] = at.tag
      const part = random.pick([first, 0x04, 0x0c])
      at.children = [tree(part, bytes.subarray(0, cut)), tree(part, bytes.subarray(cut))]
      at.before = Buffer.alloc(0)
      at.tag = Buffer.from([first | 0x20])
      if (random.chance(0.4)) at.length = 'indefinite'
    },
  ],
  [
    2,
    'more',
    ({ random, at }) => {
      const [more] = [random.pick(EXTRA)]
      if (at.children) at.children.push(raw(more))
      else at.content = Buffer.concat([at.content, more])
    },
  ],
  [
    1,
    'wrapped',
    ({ random, parent, index, at }) => {
      const tag = random.pick([0x30, 0x31, 0xa0, 0xa1, 0xa4, 0x04])
      parent.children?.splice(index, 1, tree(tag, [at]))
    },
  ],
  [
    1,
    'unwrapped',
    ({ parent, index, at }) => void parent.children?.splice(index, 1, ...(at.children ?? [])),
  ],
]

/**
 * @param {Buffer} bytes
 * @returns {Tree} that is written as these bytes, if there are two or more
 */
function raw(bytes) {
  return {
    ...tree(bytes.subarray(0, 1), bytes.subarray(2)),
    ...(bytes.length < 2 && { tag: Buffer.alloc(0), length: 'shortest', content: Buffer.alloc(0) }),
  }
}

/**
 * An extension that may say too much or too little, but says it well.
 *
 * @param {Random} random
 * @returns {import('../helpers/x509').Extension}
 */
function anyExtension(random) {
  const name = () =>
    random.pick([
      'DNS:',
      'DNS:example.com',
      'email:example.com',
      'URI:.com',
      'IP:127.0.0.1',
      'CN:x',
    ])
  const made = random.pick([
    () => x.basicConstraints(random.chance(0.5), random.pick([undefined, 0, 1, 300])),
    () => x.keyUsage(random.pick(['digitalSignature', 'keyCertSign', 'cRLSign', 'keyAgreement'])),
    () => x.extendedKeyUsage(random.pick(['serverAuth', 'clientAuth', 'any'])),
    () =>
      x.alternativeNames(
        random.pick(['DNS:evil.example.org', 'email:x@evil.example.org', 'IP:10.0.0.1']),
      ),
    () =>
      x.nameConstraints(
        random.chance(0.5) ? { permitted: [name(), name()] } : { excluded: [name()] },
      ),
    () => x.netscapeType(random.below(256)),
    () => x.unknown(random.chance(0.5)),
    () => ({ oid: '2.5.29.32', critical: true, value: Buffer.from('30003000', 'hex') }),
    () => ({
      oid: '2.5.29.36',
      critical: true,
      value: Buffer.concat([Buffer.from('3003', 'hex'), integer(0)]),
    }),
    () => ({ oid: '2.5.29.54', critical: true, value: integer(0) }),
    () => ({ oid: '2.5.29.18', value: Buffer.from('3003820161', 'hex') }),
    () => ({
      oid: '1.3.6.1.5.5.7.1.14',
      critical: true,
      value: Buffer.from('300c300a06082b06010505071501', 'hex'),
    }),
  ])()
  return random.chance(0.3) ? { ...made, critical: random.chance(0.5) } : made
}

/**
 * @param {Random} random
 * @param {Tree} certificate is changed
 * @param {() => Tree[]} others what can be taken from elsewhere
 * @returns {string} what was done
 */
function alter(random, certificate, others) {
  const [body] = certificate.children ?? []
  const extensions = body?.children?.at(-1)
  if (extensions?.tag[0] === 0xa3 && random.chance(0.08)) {
    const { oid: id, critical, value } = anyExtension(random)
    const flag = critical ? [tree(0x01, Buffer.from([0xff]))] : []
    const made = tree(0x30, [...parse(oid(id)), ...flag, tree(0x04, value)])
    extensions.children?.[0]?.children?.push(made)
    return `extension ${id} added`
  }
  // What stands in extensions and names decides most.
  const parents = all(certificate).filter(({ children }) => (children?.length ?? 0) > 0)
  const [, , , issuer, validity, subject] = body?.children ?? []
  const focus = [extensions, extensions, extensions, extensions, issuer, subject, validity]
  const chosen = random.chance(0.8) ? random.pick(focus) : null
  const near = chosen ? all(chosen).filter(({ children }) => (children?.length ?? 0) > 0) : []
  const parent = random.pick(near.length > 0 ? near : parents)
  const index = random.below(parent.children?.length ?? 0)
  const at = parent.children?.[index]
  if (!at) return 'nothing'
  const [, name, change] = random.weighted(
    ALTERATIONS.map(one => /** @type {const} */ ([one[0], one])),
  )
  const tag = at.tag.toString('hex')
  change({ random, at, parent, index, others })
  return `${name} of ${tag} in ${parent.tag.toString('hex')}`
}

module.exports = { alter }
