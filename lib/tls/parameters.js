'use strict'

// What OpenSSL makes of `ciphers`, `ecdhCurve` and `sigalgs`. Their languages are not read here: Node writes a
// ClientHello with them, which says it in numbers.

const { constants } = require('node:crypto')
const { Duplex } = require('node:stream')
const tls = require('node:tls')
const { unsupportedOption } = require('../errors')
const { isOpensslFrom } = require('../host/openssl')

/** @typedef {import('./material').Version} Version */
/** @typedef {import('./option-table').TlsOptions} TlsOptions */

/**
 * What a handshake may use; the lists in order of preference.
 *
 * @typedef {object} Parameters
 * @property {Version} minVersion
 * @property {Version} maxVersion
 * @property {number[]} cipherSuites IANA numbers
 * @property {number[]} groups IANA numbers
 * @property {number[]} signatureSchemes IANA numbers
 */

/** What a ClientHello says. @typedef {{ versions: number[], suites: number[], groups: number[], schemes: number[] }} Hello */

const TLS12 = 0x0303
const TLS13 = 0x0304
/** @type {Readonly<Record<number, Version>>} */
const VERSIONS = { [TLS12]: 'TLSv1.2', [TLS13]: 'TLSv1.3' }

/** What the engine has, by version. */
const SUITES = {
  [TLS12]: new Set([0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8]),
  [TLS13]: new Set([0x1301, 0x1302, 0x1303]),
}
/** X25519, P-256, P-384, P-521; with ML-KEM-768: X25519 and P-256; ML-KEM-768 and 1024 alone. */
const GROUPS = new Set([0x001d, 0x0017, 0x0018, 0x0019, 0x11ec, 0x11eb, 0x0201, 0x0202])
/** ECDSA with SHA-256, SHA-384 and SHA-512, Ed25519; RSA-PSS by keys for that only and by others; RSA of PKCS#1. */
const SCHEMES = new Set([
  ...[0x0403, 0x0503, 0x0603, 0x0807],
  ...[0x0809, 0x080a, 0x080b, 0x0804, 0x0805, 0x0806],
  ...[0x0401, 0x0501, 0x0601],
])
/** What OpenSSL uses where nobody asks for groups, from 3.5 on and before, as far as the engine has it. */
const DEFAULT_GROUPS = {
  hybrid: [0x11ec, 0x001d, 0x0017, 0x0018, 0x0019],
  classical: [0x001d, 0x0017, 0x0019, 0x0018],
}

const EXTENSION = { groups: 10, schemes: 13, versions: 43 }
const RECORD_HEADER = 5
const CLIENT_HELLO = 1
const HANDSHAKE = 0x16

/** The options that a ClientHello shows. */
const SHOWN = ['ciphers', 'ecdhCurve', 'sigalgs', 'minVersion', 'maxVersion']

/** Hellos kept, by the values they show. */
const CACHE_SIZE = 64
/** @type {Map<string, Hello | null>} */
const cache = new Map()

/** Reads numbers and vectors of RFC 8446, section 3, one behind the other. */
class Reader {
  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.bytes = bytes
    this.at = 0
  }

  /** Whether something is left. */
  get more() {
    return this.at < this.bytes.length
  }

  /** @param {number} width in bytes */
  number(width) {
    this.at += width
    return this.bytes.readUIntBE(this.at - width, width)
  }

  /** @param {number} width of the length in front, in bytes */
  vector(width) {
    const length = this.number(width)
    this.at += length
    return new Reader(this.bytes.subarray(this.at - length, this.at))
  }

  /** @returns {number[]} what is left, as numbers of two bytes */
  pairs() {
    const numbers = []
    while (this.more) numbers.push(this.number(2))
    return numbers
  }
}

/**
 * @param {Buffer} written the one record that Node begins with
 * @returns {Hello | null} null for an alert: Node could not begin
 */
function parse(written) {
  if (written[0] !== HANDSHAKE || written[RECORD_HEADER] !== CLIENT_HELLO) return null
  const reader = new Reader(written)
  reader.at = RECORD_HEADER + 4
  const legacyVersion = reader.number(2)
  reader.at += 32
  reader.vector(1)
  /** @type {Hello} */
  const found = { versions: [legacyVersion], suites: [], groups: [], schemes: [] }
  found.suites = reader.vector(2).pairs()
  reader.vector(1)
  const extensions = reader.vector(2)
  while (extensions.more) {
    const type = extensions.number(2)
    const content = extensions.vector(2)
    if (type === EXTENSION.groups) found.groups = content.vector(2).pairs()
    else if (type === EXTENSION.schemes) found.schemes = content.vector(2).pairs()
    else if (type === EXTENSION.versions) found.versions = content.vector(1).pairs()
  }
  return found
}

/**
 * Node would warn of a variable that concerns connections; this is none.
 *
 * @template T
 * @param {() => T} connect
 * @returns {T}
 */
function withoutWarning(connect) {
  const { NODE_TLS_REJECT_UNAUTHORIZED: value } = process.env
  if (value === undefined) return connect()
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  try {
    return connect()
  } finally {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = value
  }
}

/**
 * @param {TlsOptions} options
 * @returns {Hello | null}
 */
function hello(options) {
  /** @type {Buffer[]} */
  const written = []
  const inert = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      written.push(chunk)
      done()
    },
  })
  const socket = withoutWarning(() =>
    tls.connect(/** @type {any} */ ({ ...options, socket: inert })),
  )
  // It cannot begin with these options, which the alert it writes says, or is destroyed.
  socket.on('error', () => {})
  socket.destroy()
  inert.destroy()
  return parse(Buffer.concat(written))
}

/**
 * @param {TlsOptions} options
 * @returns {Hello | null}
 */
function cachedHello(options) {
  const defaults = [
    tls.DEFAULT_CIPHERS,
    tls.DEFAULT_ECDH_CURVE,
    tls.DEFAULT_MIN_VERSION,
    tls.DEFAULT_MAX_VERSION,
  ]
  const key = JSON.stringify([defaults, SHOWN.map(name => options[name])])
  let found = cache.get(key)
  if (found === undefined) found = hello(options)
  cache.delete(key)
  cache.set(key, found)
  if (cache.size > CACHE_SIZE) cache.delete(/** @type {string} */ (cache.keys().next().value))
  return found
}

/**
 * @param {TlsOptions} options
 * @returns {boolean} whether they ask for more than versions, by themselves or by Node's defaults
 */
function isSpecial({ ciphers, ecdhCurve, sigalgs }) {
  return (
    (ciphers || tls.DEFAULT_CIPHERS) !== constants.defaultCoreCipherList ||
    (ecdhCurve ?? tls.DEFAULT_ECDH_CURVE) !== 'auto' ||
    Boolean(sigalgs)
  )
}

/**
 * @param {TlsOptions} options
 * @returns {TlsOptions} those that a ClientHello shows, and that are given
 */
function shown(options) {
  const given = SHOWN.filter(name => options[name] != null).map(name => [name, options[name]])
  return Object.fromEntries(given)
}

/**
 * @param {TlsOptions} options
 * @param {...string} names
 * @returns {never}
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION for the first of the names that is given
 */
function refuse(options, ...names) {
  const name = names.find(candidate => options[candidate]) ?? names[0]
  const value = JSON.stringify(options[name]) ?? 'the default'
  throw unsupportedOption(name, value.length > 80 ? `${value.slice(0, 77)}...` : value, REMEDY)
}

const REMEDY =
  'nothing of it is left that this engine has: TLS 1.2 and 1.3, ECDHE with AES-GCM or ChaCha20,' +
  ' X25519, P-256, P-384, P-521, X25519MLKEM768'

/**
 * @param {TlsOptions} options that Node has accepted
 * @returns {Parameters | null} null when they ask for nothing but versions
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION when nothing is left for a version that is asked for
 */
function tlsParameters(options) {
  if (!isSpecial(options)) return null
  const offered = cachedHello(shown(options))
  if (offered === null) return refuse(options, 'minVersion', 'ciphers')
  const versions = /** @type {(TLS12 | TLS13)[]} */ (
    [TLS12, TLS13].filter(version => offered.versions.includes(version))
  )
  if (versions.length === 0) {
    return refuse(options, 'maxVersion', 'ciphers')
  }
  const suites = versions.map(version => offered.suites.filter(suite => SUITES[version].has(suite)))
  const groups = offered.groups.filter(group => GROUPS.has(group))
  const schemes = offered.schemes.filter(scheme => SCHEMES.has(scheme))
  if (suites.some(list => list.length === 0)) return refuse(options, 'ciphers')
  if (groups.length === 0) return refuse(options, 'ecdhCurve')
  if (schemes.length === 0) return refuse(options, 'sigalgs')
  return {
    minVersion: VERSIONS[versions[0]],
    maxVersion: VERSIONS[versions[versions.length - 1]],
    cipherSuites: offered.suites.filter(suite => suites.some(list => list.includes(suite))),
    groups,
    signatureSchemes: schemes,
  }
}

/**
 * @param {string} [openssl] its version
 * @returns {number[]} the groups of those who ask for none, as IANA numbers
 */
function defaultGroups(openssl) {
  return isOpensslFrom(3, 5, openssl) ? DEFAULT_GROUPS.hybrid : DEFAULT_GROUPS.classical
}

module.exports = { defaultGroups, tlsParameters }
