'use strict'

/**
 * X.509 certificates and revocation lists, written byte for byte without openssl: as fast as the
 * signature, and as wrong as a test wants them.
 */

const crypto = require('node:crypto')

const { encode } = require('./certificate-der')

/** ASN.1 tags. */
const TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  ENUMERATED: 0x0a,
  UTF8: 0x0c,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
}

const DAY = 86_400_000

/** @typedef {{ publicKey: crypto.KeyObject, privateKey: crypto.KeyObject }} Keys */

/**
 * A certificate with its key.
 *
 * @typedef {object} Issued
 * @property {Buffer} der
 * @property {string} pem
 * @property {Keys} keys
 * @property {string} key PKCS#8 in PEM
 * @property {Buffer} subject the Name in DER
 * @property {Buffer} issuer the Name in DER
 * @property {number} serial
 */

/** @typedef {{ oid: string, critical?: boolean, value: Buffer }} Extension */

/**
 * How a certificate is made. What is left out is that of an ordinary one: version 3, P-256, valid
 * now, self-signed.
 *
 * @typedef {object} Spec
 * @property {string | Buffer} [subject] a common name, or a Name in DER
 * @property {string | Buffer} [issuerName] in place of the issuer's subject
 * @property {Pick<Issued, 'keys' | 'subject'>} [issuer] who signs
 * @property {Keys} [keys]
 * @property {number} [serial]
 * @property {1 | 3} [version]
 * @property {Date} [from]
 * @property {Date} [to]
 * @property {Extension[]} [extensions]
 * @property {string} [digest]
 * @property {boolean} [badSignature]
 */

let serials = 0x1000

/**
 * @param {string} text such as 2.5.29.15
 * @returns {Buffer}
 */
function oid(text) {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const groups = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left & 0x7f) | 0x80)
    }
    bytes.push(...groups)
  }
  return encode(TAG.OID, Buffer.from(bytes))
}

/**
 * @param {number} value not negative
 * @returns {Buffer}
 */
function integer(value) {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return (bytes[0] ?? 0) < 0x80
    ? encode(TAG.INTEGER, bytes)
    : encode(TAG.INTEGER, Buffer.from([0]), bytes)
}

/**
 * @param {Date} date
 * @returns {Buffer} UTCTime up to 2049, as RFC 5280 has it
 */
function time(date) {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  const year = date.getUTCFullYear()
  return year >= 1950 && year < 2050
    ? encode(TAG.UTC_TIME, Buffer.from(digits.slice(2)))
    : encode(TAG.GENERALIZED_TIME, Buffer.from(digits))
}

/**
 * @param {string} commonName empty for a name without parts
 * @returns {Buffer}
 */
function name(commonName) {
  if (commonName === '') return encode(TAG.SEQUENCE)
  const attribute = encode(TAG.SEQUENCE, oid('2.5.4.3'), encode(TAG.UTF8, Buffer.from(commonName)))
  return encode(TAG.SEQUENCE, encode(TAG.SET, attribute))
}

/**
 * @param {string | Buffer} given
 * @returns {Buffer}
 */
const nameOf = given => (typeof given === 'string' ? name(given) : given)

/**
 * @param {Extension} extension
 * @returns {Buffer}
 */
function extension({ oid: id, critical, value }) {
  const flag = critical ? [encode(TAG.BOOLEAN, Buffer.from([0xff]))] : []
  return encode(TAG.SEQUENCE, oid(id), ...flag, encode(TAG.OCTET_STRING, value))
}

/**
 * @param {crypto.KeyObject} key
 * @param {string} digest
 * @returns {Buffer} the AlgorithmIdentifier of its signatures
 */
function algorithm(key, digest) {
  if (key.asymmetricKeyType === 'ed25519') return encode(TAG.SEQUENCE, oid('1.3.101.112'))
  if (key.asymmetricKeyType === 'ec') {
    const last = { sha1: '1', sha224: '3.1', sha256: '3.2', sha384: '3.3', sha512: '3.4' }[digest]
    return encode(TAG.SEQUENCE, oid(`1.2.840.10045.4.${last}`))
  }
  const last = { md5: 4, sha1: 5, sha224: 14, sha256: 11, sha384: 12, sha512: 13 }[digest]
  return encode(TAG.SEQUENCE, oid(`1.2.840.113549.1.1.${last}`), encode(TAG.NULL))
}

/**
 * @param {string} label
 * @param {Buffer} der
 * @returns {string}
 */
function toPem(label, der) {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/**
 * @param {Buffer} body
 * @param {crypto.KeyObject} key
 * @param {string} digest
 * @param {boolean} [bad] changes the last byte of the signature
 * @returns {Buffer} body, algorithm and signature
 */
function signed(body, key, digest, bad = false) {
  const hash = key.asymmetricKeyType === 'ed25519' ? null : digest
  const signature = crypto.sign(hash, body, key)
  if (bad) signature[signature.length - 1] ^= 1
  const bits = encode(TAG.BIT_STRING, Buffer.from([0]), signature)
  return encode(TAG.SEQUENCE, body, algorithm(key, digest), bits)
}

/** @type {WeakMap<Keys, { spki: Buffer, pem: string }>} what keys are written as: that takes longer than a signature */
const written = new WeakMap()

/** @param {Keys} keys */
function writtenKeys(keys) {
  const known = written.get(keys)
  if (known) return known
  const spki = keys.publicKey.export({ type: 'spki', format: 'der' })
  const made = { spki, pem: String(keys.privateKey.export({ type: 'pkcs8', format: 'pem' })) }
  written.set(keys, made)
  return made
}

/** @returns {Keys} */
const newKeys = () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })

/**
 * @param {Spec} [spec]
 * @returns {Issued}
 */
function certificate(spec = {}) {
  const { version = 3, extensions = [], digest = 'sha256' } = spec
  const keys = spec.keys ?? newKeys()
  const serial = spec.serial ?? (serials += 1)
  const subject = nameOf(spec.subject ?? 'localhost')
  const issuer = nameOf(spec.issuerName ?? spec.issuer?.subject ?? subject)
  const signer = (spec.issuer?.keys ?? keys).privateKey
  const from = spec.from ?? new Date(Date.now() - DAY)
  const to = spec.to ?? new Date(Date.now() + 1000 * DAY)
  const list = encode(TAG.SEQUENCE, ...extensions.map(extension))
  const body = encode(
    TAG.SEQUENCE,
    ...(version === 3 ? [encode(0xa0, integer(2))] : []),
    integer(serial),
    algorithm(signer, digest),
    issuer,
    encode(TAG.SEQUENCE, time(from), time(to)),
    subject,
    writtenKeys(keys).spki,
    ...(extensions.length > 0 ? [encode(0xa3, list)] : []),
  )
  const der = signed(body, signer, digest, spec.badSignature)
  return {
    der,
    pem: toPem('CERTIFICATE', der),
    keys,
    key: writtenKeys(keys).pem,
    subject,
    issuer,
    serial,
  }
}

/**
 * @typedef {object} ListSpec
 * @property {Issued} issuer
 * @property {(number | { serial: number, extensions: Extension[] })[]} [revoked]
 * @property {Date} [from]
 * @property {Date | null} [to] null for a list without nextUpdate
 * @property {Extension[]} [extensions]
 * @property {crypto.KeyObject} [signer] in place of the issuer's key
 * @property {string} [digest]
 * @property {boolean} [badSignature]
 */

/**
 * A revocation list, version 2.
 *
 * @param {ListSpec} spec
 * @returns {string} PEM
 */
function revocationList({ issuer, revoked = [], extensions = [], digest = 'sha256', ...spec }) {
  const signer = spec.signer ?? issuer.keys.privateKey
  const from = spec.from ?? new Date(Date.now() - DAY)
  const to = spec.to === undefined ? new Date(Date.now() + DAY) : spec.to
  const entries = revoked.map(entry => {
    const { serial, extensions: own } =
      typeof entry === 'number' ? { serial: entry, extensions: [] } : entry
    const list = own.length > 0 ? [encode(TAG.SEQUENCE, ...own.map(extension))] : []
    return encode(TAG.SEQUENCE, integer(serial), time(new Date(Date.now() - DAY)), ...list)
  })
  const list = encode(TAG.SEQUENCE, ...extensions.map(extension))
  const body = encode(
    TAG.SEQUENCE,
    integer(1),
    algorithm(signer, digest),
    issuer.subject,
    time(from),
    ...(to ? [time(to)] : []),
    ...(entries.length > 0 ? [encode(TAG.SEQUENCE, ...entries)] : []),
    ...(extensions.length > 0 ? [encode(0xa0, list)] : []),
  )
  return toPem('X509 CRL', signed(body, signer, digest, spec.badSignature))
}

module.exports = {
  DAY,
  TAG,
  certificate,
  integer,
  name,
  newKeys,
  oid,
  revocationList,
  toPem,
  writtenKeys,
}
