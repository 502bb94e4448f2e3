'use strict'

/**
 * The few bytes of DER that tests need to see, and to make certificates that openssl does not make.
 */

const assert = require('node:assert/strict')
const crypto = require('node:crypto')

const SEQUENCE = 0x30
const BIT_STRING = 0x03
/** [0] and [3] of a TBSCertificate: version and extensions, both absent in version 1. RFC 5280, 4.1 */
const VERSION = 0xa0
const EXTENSIONS = 0xa3
const UTC_TIME = 0x17
/** Where it is among the fields, of version 3. */
const VALIDITY = 4

/**
 * @typedef {object} Element
 * @property {number} tag
 * @property {Buffer} content
 * @property {Buffer} whole with tag and length
 */

/**
 * The elements that lie one after the other in some bytes.
 *
 * @param {Buffer} bytes
 * @returns {Element[]}
 */
function elements(bytes) {
  /** @type {Element[]} */
  const found = []
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1] ?? 0
    const lengthBytes = short < 0x80 ? 0 : short & 0x7f
    const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes)
    const start = at + 2 + lengthBytes
    const end = start + length
    assert.ok(end <= bytes.length, 'an element ends within its parent')
    found.push({
      tag: bytes[at] ?? 0,
      content: bytes.subarray(start, end),
      whole: bytes.subarray(at, end),
    })
    at = end
  }
  return found
}

/**
 * One element in DER.
 *
 * @param {number} tag
 * @param {...Buffer} contents
 * @returns {Buffer}
 */
function encode(tag, ...contents) {
  const content = Buffer.concat(contents)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const hex = content.length.toString(16)
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content])
}

/**
 * The three parts of a certificate, and those of its TBSCertificate.
 *
 * @param {Buffer} pem
 */
function parse(pem) {
  const [certificate] = elements(new crypto.X509Certificate(pem).raw)
  assert.ok(certificate)
  const [tbs, algorithm, signature] = elements(certificate.content)
  assert.ok(tbs && algorithm && signature)
  return { algorithm, fields: elements(tbs.content) }
}

/**
 * The X.509 version of a certificate: 1, 2 or 3.
 *
 * @param {Buffer} pem
 * @returns {number}
 */
function certificateVersion(pem) {
  const [first] = parse(pem).fields
  if (first?.tag !== VERSION) return 1
  return (first.content.at(-1) ?? 0) + 1
}

/**
 * The same certificate as version 1, without extensions, signed anew.
 *
 * @param {Buffer} pem self-signed, with RSA and SHA-256
 * @param {Buffer} key its private key, PEM
 * @returns {Buffer} PEM
 */
function withVersion1(pem, key) {
  return signedAnew(pem, key, fields =>
    fields.filter(({ tag }) => tag !== VERSION && tag !== EXTENSIONS).map(({ whole }) => whole),
  )
}

/**
 * The same certificate, valid at other times, signed anew.
 *
 * @param {Buffer} pem self-signed, with RSA and SHA-256
 * @param {Buffer} key its private key, PEM
 * @param {Date} from
 * @param {Date} to
 * @returns {Buffer} PEM
 */
function withValidity(pem, key, from, to) {
  const validity = encode(SEQUENCE, time(from), time(to))
  // Behind version, serial number, algorithm and issuer.
  return signedAnew(pem, key, fields =>
    fields.map(({ whole }, at) => (at === VALIDITY ? validity : whole)),
  )
}

/** @param {Date} date as UTCTime: between 1950 and 2050 */
function time(date) {
  const digits = date
    .toISOString()
    .replaceAll(/[-:T]|\..*/g, '')
    .slice(2)
  return encode(UTC_TIME, Buffer.from(`${digits}Z`))
}

/**
 * @param {Buffer} pem
 * @param {Buffer} key
 * @param {(fields: Element[]) => Buffer[]} change of a TBSCertificate
 * @returns {Buffer} PEM
 */
function signedAnew(pem, key, change) {
  const { algorithm, fields } = parse(pem)
  const tbs = encode(SEQUENCE, ...change(fields))
  // The first byte of a BIT STRING counts the unused bits of its last one.
  const signature = encode(BIT_STRING, Buffer.from([0]), crypto.sign('sha256', tbs, key))
  const der = encode(SEQUENCE, tbs, algorithm.whole, signature)
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  const text = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', '']
  return Buffer.from(text.join('\n'))
}

module.exports = { certificateVersion, elements, encode, withValidity, withVersion1 }
