'use strict'

const { X509Certificate, createPrivateKey } = require('node:crypto')
const { isIP } = require('node:net')

const { makeCertificate } = require('../engine/binding')
const invalid = require('../errors/invalid')

/** @typedef {import('../..').CertificateOptions} CertificateOptions */
/** @typedef {import('../..').CertificatePair} CertificatePair */

const DAY = 86_400
/** How far back a certificate begins, in seconds: clocks differ. */
const CLOCKS_DIFFER = 300
/** What browsers and people expect of a machine's own certificate. */
const LOCAL = Object.freeze(['localhost', '127.0.0.1', '::1'])
/** In years of four digits, unix time in seconds ends here. */
const END_OF_TIME = 253_402_300_800
/** The most characters of a common name, RFC 5280, appendix A. */
const LONGEST_NAME = 64

const HOST = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?)+$/i

/** Who may have the certificate, by its purpose. */
const PURPOSES = Object.freeze({
  server: { authority: false, server: true, client: false },
  client: { authority: false, server: false, client: true },
  both: { authority: false, server: true, client: true },
  authority: { authority: true, server: false, client: false },
})

/** Curves of issuers' keys, as Node names them. */
const CURVES = ['prime256v1', 'secp384r1']

/**
 * @param {readonly string[]} names
 * @returns {string[]}
 */
function namesOf(names) {
  const wanted = 'an array of host names and IP addresses'
  if (!Array.isArray(names)) throw invalid.option('names', names, wanted)
  for (const name of names) {
    if (typeof name !== 'string' || (!HOST.test(name) && isIP(name) === 0)) {
      throw invalid.option('names', name, wanted)
    }
  }
  return [...names]
}

/**
 * @param {unknown} name
 * @returns {string}
 */
function commonNameOf(name) {
  if (typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME) return name
  throw invalid.option('commonName', name, `a text of 1 to ${LONGEST_NAME} characters`)
}

/**
 * @param {Pick<CertificateOptions, 'days' | 'validFrom'>} options
 * @returns {{ notBefore: number, notAfter: number }} unix time in seconds
 */
function validity({ days = 3650, validFrom }) {
  const from = validFrom === undefined ? Date.now() - CLOCKS_DIFFER * 1000 : validFrom
  const notBefore = Math.floor(Number(from) / 1000)
  if (!(from instanceof Date || validFrom === undefined) || !(notBefore >= 0)) {
    throw invalid.option('validFrom', validFrom, 'a Date from 1970 on')
  }
  const length = typeof days === 'number' ? Math.round(days * DAY) : NaN
  const notAfter = notBefore + length
  if (!(length > 0) || notAfter >= END_OF_TIME) {
    throw invalid.option('days', days, 'a number above 0, of days before the year 10000')
  }
  return { notBefore, notAfter }
}

/**
 * @param {NonNullable<CertificateOptions['issuer']>} issuer
 * @returns {{ certificate: Buffer, key: Buffer }}
 */
function issuerOf({ key: keyText, cert }) {
  const certificate = new X509Certificate(/** @type {string} */ (cert))
  const key = createPrivateKey(/** @type {string} */ (keyText))
  const refused = (/** @type {string} */ wanted) => invalid.option('issuer', certificate, wanted)
  if (!certificate.ca) throw refused('an authority: a certificate with CA:TRUE')
  if (!certificate.checkPrivateKey(key)) throw refused('a certificate, and the key it belongs to')
  if (!/^CN=.*$/.test(certificate.subject)) {
    throw refused('a certificate whose subject is a common name, and nothing else')
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve = '' } = {} } = key
  if (type !== 'rsa' && type !== 'ed25519' && !CURVES.includes(namedCurve)) {
    throw refused('one with a key for P-256, P-384, Ed25519 or RSA')
  }
  return { certificate: certificate.raw, key: key.export({ type: 'pkcs8', format: 'der' }) }
}

/**
 * @param {string} label
 * @param {Buffer} der
 * @returns {string} PEM
 */
function pem(label, der) {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/**
 * Makes a private key (P-256) and a certificate for it, self-signed or signed by an issuer.
 *
 * @param {CertificateOptions} [options]
 * @returns {CertificatePair} PEM
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; Node's own errors for an `issuer` that cannot be read
 */
function createCertificate(options = {}) {
  if (options === null || typeof options !== 'object') throw invalid.options(options)
  const { purpose = 'server', issuer } = options
  if (!Object.hasOwn(PURPOSES, purpose)) {
    throw invalid.option('purpose', purpose, `one of ${Object.keys(PURPOSES).join(', ')}`)
  }
  const usage = PURPOSES[purpose]
  const names = namesOf(options.names ?? (usage.server ? LOCAL : []))
  const { certificate, key } = makeCertificate({
    commonName: commonNameOf(options.commonName ?? names[0] ?? purpose),
    names,
    ...validity(options),
    ...usage,
    ...(issuer === undefined ? {} : { issuer: issuerOf(issuer) }),
  })
  return { key: pem('PRIVATE KEY', key), cert: pem('CERTIFICATE', certificate) }
}

module.exports = { createCertificate }
