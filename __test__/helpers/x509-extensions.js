'use strict'

/** The extensions of certificates and revocation lists that tests put into them. */

const crypto = require('node:crypto')
const net = require('node:net')

const { encode } = require('./certificate-der')
const { TAG, integer, name, oid, writtenKeys } = require('./x509')

/** @typedef {import('./x509').Extension} Extension */

/** Bits of a key usage, by their position. */
const USAGES = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
}

/** @typedef {keyof typeof USAGES} Usage */

const PURPOSES = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  any: '2.5.29.37.0',
}

/** @typedef {keyof typeof PURPOSES} ExtendedUsage */

/**
 * @param {boolean} ca
 * @param {number} [pathLength]
 * @returns {Extension}
 */
function basicConstraints(ca, pathLength) {
  const parts = [
    ...(ca ? [encode(TAG.BOOLEAN, Buffer.from([0xff]))] : []),
    ...(pathLength === undefined ? [] : [integer(pathLength)]),
  ]
  return { oid: '2.5.29.19', critical: true, value: encode(TAG.SEQUENCE, ...parts) }
}

/**
 * @param {...Usage} usages
 * @returns {Extension}
 */
function keyUsage(...usages) {
  const bits = usages.reduce((sum, usage) => sum | (0x80 >> USAGES[usage]), 0)
  const value = encode(TAG.BIT_STRING, Buffer.from([0, bits]))
  return { oid: '2.5.29.15', critical: true, value }
}

/**
 * @param {...ExtendedUsage} usages
 * @returns {Extension}
 */
function extendedKeyUsage(...usages) {
  const value = encode(TAG.SEQUENCE, ...usages.map(usage => oid(PURPOSES[usage])))
  return { oid: '2.5.29.37', value }
}

/**
 * @param {string} text `DNS:…`, `IP:…`, `email:…`, or `CN:…` for a directory name
 * @param {number} [mask] for a constraint: how many bits of the address count
 * @returns {Buffer} a GeneralName
 */
function generalName(text, mask) {
  const at = text.indexOf(':')
  const [kind, value] = [text.slice(0, at), text.slice(at + 1)]
  if (kind === 'DNS') return encode(0x82, Buffer.from(value))
  if (kind === 'email') return encode(0x81, Buffer.from(value))
  if (kind === 'URI') return encode(0x86, Buffer.from(value))
  if (kind === 'CN') return encode(0xa4, name(value))
  const address =
    net.isIP(value) === 4
      ? Buffer.from(value.split('.').map(Number))
      : Buffer.concat([Buffer.alloc(15), Buffer.from([1])])
  if (mask === undefined) return encode(0x87, address)
  const bits = Buffer.alloc(address.length)
  for (let bit = 0; bit < mask; bit++) bits[bit >> 3] |= 0x80 >> (bit & 7)
  return encode(0x87, address, bits)
}

/**
 * @param {...string} names
 * @returns {Extension}
 */
function alternativeNames(...names) {
  const value = encode(TAG.SEQUENCE, ...names.map(each => generalName(each)))
  return { oid: '2.5.29.17', value }
}

/**
 * @param {{ permitted?: string[], excluded?: string[] }} bounds
 * @returns {Extension}
 */
function nameConstraints({ permitted = [], excluded = [] }) {
  const trees = (/** @type {number} */ tag, /** @type {string[]} */ names) =>
    names.length === 0
      ? []
      : [encode(tag, ...names.map(each => encode(TAG.SEQUENCE, generalName(each, 8))))]
  const value = encode(TAG.SEQUENCE, ...trees(0xa0, permitted), ...trees(0xa1, excluded))
  return { oid: '2.5.29.30', critical: true, value }
}

/**
 * @param {import('./x509').Keys} keys
 * @returns {Buffer}
 */
function keyId(keys) {
  return crypto.createHash('sha1').update(writtenKeys(keys).spki).digest()
}

/**
 * @param {import('./x509').Keys} keys
 * @returns {Extension}
 */
function subjectKeyId(keys) {
  return { oid: '2.5.29.14', value: encode(TAG.OCTET_STRING, keyId(keys)) }
}

/**
 * @param {object} authority what is left out is not said
 * @param {import('./x509').Keys} [authority.keys]
 * @param {Buffer} [authority.issuer] the Name of the authority's issuer
 * @param {number} [authority.serial]
 * @returns {Extension}
 */
function authorityKeyId({ keys, issuer, serial }) {
  const parts = [
    ...(keys ? [encode(0x80, keyId(keys))] : []),
    ...(issuer ? [encode(0xa1, encode(0xa4, issuer))] : []),
    ...(serial === undefined ? [] : [encode(0x82, integer(serial).subarray(2))]),
  ]
  return { oid: '2.5.29.35', value: encode(TAG.SEQUENCE, ...parts) }
}

/**
 * An extension nobody knows.
 *
 * @param {boolean} critical
 * @returns {Extension}
 */
function unknown(critical) {
  return { oid: '1.2.3.4.5.6', critical, value: encode(TAG.UTF8, Buffer.from('x')) }
}

/**
 * @param {number} bits Netscape's certificate type
 * @returns {Extension}
 */
function netscapeType(bits) {
  return {
    oid: '2.16.840.1.113730.1.1',
    value: encode(TAG.BIT_STRING, Buffer.from([0, bits])),
  }
}

/** The extensions of an ordinary authority. */
const authority = () => [basicConstraints(true), keyUsage('keyCertSign', 'cRLSign')]

/** The extensions of an ordinary server for localhost. */
const leaf = () => [
  basicConstraints(false),
  keyUsage('digitalSignature', 'keyEncipherment'),
  extendedKeyUsage('serverAuth'),
  alternativeNames('DNS:localhost'),
]

module.exports = {
  alternativeNames,
  authority,
  authorityKeyId,
  basicConstraints,
  extendedKeyUsage,
  generalName,
  keyUsage,
  leaf,
  nameConstraints,
  netscapeType,
  subjectKeyId,
  unknown,
}
