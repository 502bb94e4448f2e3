'use strict'

const { createPrivateKey } = require('node:crypto')
const { bare } = require('../host/bare')
const { unsupportedOption } = require('../errors')
const { bytesOf, certificates } = require('./pem')

/** @typedef {import('node:crypto').KeyObject} KeyObject */
/** @typedef {import('node:crypto').X509Certificate} X509Certificate */
/** @typedef {import('./pem').PemInput} PemInput */

/**
 * A certificate with the key it belongs to.
 *
 * @typedef {object} KeyPair
 * @property {Buffer[]} chain DER, the leaf first, as it is to be sent
 * @property {Buffer} key PKCS#8, DER
 */

/** @typedef {import('./option-table').TlsOptions} TlsOptions */

/** Names of the curves the engine signs with, as Node gives them. */
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
/** Bounds of the engine's RSA keys, in bits; the modulus is a multiple of the step. */
const RSA_BITS = { min: 2048, max: 4096, step: 512 }
/** The least public exponent the engine takes. */
const RSA_MIN_EXPONENT = 65537n
/** OpenSSL prefers them in this order where the peer takes several. */
const PREFERENCE = ['ec', 'ed25519', 'rsa']

/**
 * @param {unknown} value
 * @returns {any[]} Node takes a lone value for a list of one, and any falsy value for none
 */
function listOf(value) {
  if (!value) return []
  return Array.isArray(value) ? value : [value]
}

/**
 * @param {KeyObject} key
 * @returns {string | null} what the engine cannot sign with, in words; null when it can
 */
function unsupportedKind(key) {
  const details = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return null
    case 'ec': {
      const curve = details.namedCurve
      if (curve !== undefined && CURVES.has(curve)) return null
      return curve === undefined ? 'EC key with explicit parameters' : `EC key on ${curve}`
    }
    case 'rsa': {
      const { modulusLength: bits = 0, publicExponent: exponent = 0n } = details
      const { min, max, step } = RSA_BITS
      if (bits < min || bits > max || bits % step !== 0) return `RSA key of ${bits} bits`
      return exponent < RSA_MIN_EXPONENT ? `RSA key with exponent ${exponent}` : null
    }
    default:
      return `key of type ${key.asymmetricKeyType}`
  }
}

/**
 * @param {KeyObject} key
 * @returns {Buffer} PKCS#8
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION
 */
function exportKey(key) {
  const kind = unsupportedKind(key)
  if (kind !== null) {
    const remedy =
      'use an EC key on P-256, P-384 or P-521, Ed25519, or RSA of 2048, 3072 or 4096 bits'
    throw unsupportedOption('key', kind, remedy)
  }
  // By way of JWK the public point is always there and never compressed, whatever the file had.
  const plain =
    key.asymmetricKeyType === 'ec'
      ? createPrivateKey(
          bare({ key: key.export({ format: 'jwk' }), format: /** @type {const} */ ('jwk') }),
        )
      : key
  return plain.export(bare({ type: 'pkcs8', format: 'der' }))
}

/**
 * @param {TlsOptions} options
 * @returns {KeyObject[]}
 */
function privateKeys({ key, passphrase }) {
  return listOf(key).map(entry => {
    const pem = entry?.pem !== undefined ? entry.pem : entry
    const secret = entry?.passphrase !== undefined ? entry.passphrase : passphrase
    return createPrivateKey(
      bare({
        key: bytesOf(pem),
        format: /** @type {const} */ ('pem'),
        ...(secret != null && { passphrase: secret }),
      }),
    )
  })
}

/**
 * @param {X509Certificate} certificate
 * @param {X509Certificate} candidate
 * @returns {boolean} whether the candidate issued it
 */
function isIssuedBy(certificate, candidate) {
  try {
    return certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey)
  } catch {
    // A key or a signature this OpenSSL cannot work with: not one to complete a chain with.
    return false
  }
}

/**
 * OpenSSL sends the issuers it finds in `ca` along with a leaf that comes alone.
 *
 * @param {X509Certificate[]} chain
 * @param {readonly X509Certificate[]} issuers
 * @returns {X509Certificate[]}
 */
function completed(chain, issuers) {
  if (chain.length !== 1) return chain
  const full = [...chain]
  while (full.length <= issuers.length) {
    const last = full[full.length - 1]
    if (last.checkIssued(last)) break
    const issuer = issuers.find(candidate => isIssuedBy(last, candidate))
    if (issuer === undefined || full.includes(issuer)) break
    full.push(issuer)
  }
  return full
}

/**
 * @param {TlsOptions} options
 * @returns {X509Certificate[] | null} null for the default trust store
 */
function authorities({ ca }) {
  return ca ? listOf(ca).flatMap(certificates) : null
}

/**
 * Pairs certificates and keys by public key, in whatever order they come.
 *
 * @param {TlsOptions} options that Node has accepted
 * @param {readonly X509Certificate[]} known to complete chains with
 * @returns {KeyPair[]} at most one for each type of key, the preferred type first
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION for a key the engine cannot use
 */
function keyPairs(options, known) {
  const keys = privateKeys(options)
  /** @type {Map<string, KeyPair>} */
  const pairs = new Map()
  // As in OpenSSL, a later certificate takes the place of an earlier one of its type.
  for (const entry of listOf(options.cert)) {
    const chain = certificates(entry)
    const leaf = chain[0]
    const key = leaf && keys.find(candidate => leaf.checkPrivateKey(candidate))
    if (!key) continue
    const type = String(key.asymmetricKeyType)
    pairs.set(type, {
      chain: completed(chain, known).map(certificate => certificate.raw),
      key: exportKey(key),
    })
  }
  return PREFERENCE.flatMap(type => pairs.get(type) ?? [])
}

module.exports = { authorities, keyPairs }
