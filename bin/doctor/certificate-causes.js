'use strict'

// From the code with which a certificate is refused to the cause, and to what mends it.

const net = require('node:net')

const { cause } = require('./causes')

/** @typedef {import('./causes').Cause} Cause */
/** @typedef {import('node:crypto').X509Certificate} X509Certificate */

/** Products that put certificates of their own in the place of others', by what stands in these. */
const INTERCEPTING =
  /mitmproxy|zscaler|fortinet|fortigate|netskope|blue ?coat|palo alto|sophos|portswigger|burp|charles proxy|fiddler|do_not_trust|kaspersky|avast|eset ssl|bitdefender|umbrella|squid|websense|forcepoint|mcafee|check ?point|watchguard|barracuda/i

const TRUST = 'Give the certificate to trust: --ca FILE, in a program options.ca.'

/**
 * @typedef {object} Refusal
 * @property {string} code
 * @property {string} message
 * @property {X509Certificate[]} chain as the server sent it, its own first
 * @property {string} expected the name or address that the certificate must have
 * @property {string} server as it is written on the command line
 * @property {boolean} hasCa whether --ca was given
 */

/**
 * @param {Refusal} refusal
 * @returns {{ cause: Cause, at: number }} with the place in the chain of the certificate that it is about; -1 for none
 */
function certificateCause(refusal) {
  const { code, message, chain, expected, server, hasCa } = refusal
  const last = Math.max(0, chain.length - 1)
  const by = (/** @type {(certificate: X509Certificate) => boolean} */ test) =>
    Math.max(0, chain.findIndex(test))
  const get = `\`tls-json cert show ${server}\` prints it; compare its fingerprint with the server's file.`
  switch (code) {
    case 'CERT_HAS_EXPIRED': {
      const at = by(each => Date.parse(each.validTo) < Date.now())
      const what = `The certificate ended on ${dateOf(chain[at]?.validTo)}.`
      return {
        at,
        cause: cause('expired', 'certificate', what, 'Renew it at the server.', clockRemedy()),
      }
    }
    case 'CERT_NOT_YET_VALID': {
      const at = by(each => Date.parse(each.validFrom) > Date.now())
      const what = `The certificate begins on ${dateOf(chain[at]?.validFrom)} only.`
      return { at, cause: cause('not-yet-valid', 'certificate', what, clockRemedy()) }
    }
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return { at: 0, cause: nameCause(chain[0], expected) }
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return {
        at: 0,
        cause: cause(
          'self-signed',
          'certificate',
          'The certificate is self-signed, and not among those that are trusted.',
          TRUST,
          get,
        ),
      }
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return { at: last, cause: issuerCause(chain, hasCa) }
    case 'INVALID_PURPOSE':
      return purposeCause(chain)
    case 'INVALID_CA':
      return { at: Math.min(1, last), cause: authorityCause() }
    case 'PATH_LENGTH_EXCEEDED':
      return {
        at: last,
        cause: cause(
          'path-length',
          'certificate',
          'The chain is longer than one of its authorities allows (pathlen).',
          'Let the certificate be issued by the authority that may.',
        ),
      }
    case 'CERT_REVOKED':
      return {
        at: 0,
        cause: cause(
          'revoked',
          'certificate',
          'The certificate was revoked.',
          'Renew it at the server.',
        ),
      }
    default:
      if (message.includes('certificate signing')) {
        return { at: Math.min(1, last), cause: authorityCause() }
      }
      if (/key (too|is too) (weak|small)/i.test(message)) {
        return { at: weakest(chain), cause: weakKeyCause() }
      }
      return { at: -1, cause: otherCause(code, message) }
  }
}

/** What an extendedKeyUsage must have one of: serverAuth, any. */
const FOR_SERVERS = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']

/**
 * @param {X509Certificate[]} chain
 * @returns {{ cause: Cause, at: number }}
 */
function purposeCause(chain) {
  const other = chain.findIndex(
    ({ keyUsage }) => keyUsage && !keyUsage.some(use => FOR_SERVERS.includes(use)),
  )
  // OpenSSL says the same of who has issued another one and is no authority.
  const issuer = chain.findIndex(({ ca }, at) => at > 0 && !ca)
  if (other < 0 && issuer > 0) return { at: issuer, cause: authorityCause() }
  return {
    at: Math.max(0, other),
    cause: cause(
      'wrong-purpose',
      'certificate',
      other > 0
        ? 'An authority of the chain is not for certificates of servers (its extendedKeyUsage has no serverAuth).'
        : 'The certificate is not for servers (its extendedKeyUsage has no serverAuth).',
      'Give the server a certificate with extendedKeyUsage serverAuth, or without that extension; its authorities, too.',
    ),
  }
}

/** @returns {Cause} */
function authorityCause() {
  return cause(
    'invalid-ca',
    'certificate',
    'A certificate of the chain has issued another one, and may not (no CA:TRUE, or no keyCertSign).',
    'Let a certificate authority issue it.',
  )
}

/** @param {string | undefined} text @returns {string} */
function dateOf(text) {
  return text === undefined
    ? 'another day'
    : new Date(text).toISOString().slice(0, 16).replace('T', ' ')
}

/** @returns {string} */
function clockRemedy() {
  const now = new Date().toISOString().slice(0, 16).replace('T', ' ')
  return `Check the clock: on this machine it is ${now} UTC.`
}

/**
 * @param {X509Certificate | undefined} certificate
 * @param {string} expected
 * @returns {Cause}
 */
function nameCause(certificate, expected) {
  const names = certificate?.subjectAltName
  const common = certificate?.subject.match(/^CN=(.*)$/m)?.[1]
  if (net.isIP(expected) !== 0) {
    const what =
      names === undefined
        ? `An address must stand in a certificate as subjectAltName; this one has none, only the name ${common}.`
        : `The certificate is not for the address ${expected}, but for ${names}.`
    const first = names?.match(/DNS:([^,]+)/)?.[1] ?? common
    return cause(
      names === undefined ? 'address-needs-altname' : 'wrong-name',
      'certificate',
      what,
      `Connect to a name that it has (${first}), or expect that: --servername ${first}, in a program options.servername.`,
      `Or make a certificate for it, with the subjectAltName IP:${expected}: \`tls-json cert make ${expected}\`.`,
    )
  }
  const has = names ?? `the name ${common}`
  return cause(
    'wrong-name',
    'certificate',
    `The certificate is not for ${expected}, but for ${has}.`,
    'Connect to that name, or expect it: --servername NAME, in a program options.servername.',
    `Or make a certificate for it, with the subjectAltName DNS:${expected}: \`tls-json cert make ${expected}\`.`,
  )
}

/**
 * @param {X509Certificate[]} chain
 * @param {boolean} hasCa
 * @returns {Cause}
 */
function issuerCause(chain, hasCa) {
  const issuer = chain.at(-1)?.issuer.replaceAll('\n', ', ') ?? 'nobody'
  if (chain.some(each => INTERCEPTING.test(`${each.issuer}\n${each.subject}`))) {
    return cause(
      'intercepted',
      'certificate',
      `Something in between has put a certificate of its own in place of the server's: ${issuer}.`,
      'Go another way, around that proxy, or have it leave this connection alone.',
      'Or, if whoever runs it may read everything: trust its certificate with --ca FILE.',
    )
  }
  return cause(
    'unknown-issuer',
    'certificate',
    `The chain ends with an issuer that is not trusted: ${issuer}.`,
    hasCa
      ? 'Is --ca the right file? It must have that issuer.'
      : `That issuer's certificate is wanted. ${TRUST}`,
    'If an intermediate certificate is missing: the server gives it in options.cert, behind its own.',
    'If that issuer is no one of yours, something in between may have put in its certificate.',
  )
}

/** @param {X509Certificate} certificate @returns {number} bits of security are what counts; so many bits of key is near enough */
function keyBits({ publicKey }) {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) return modulusLength
  // A curve of 224 bits is worth 2048 of RSA.
  const bits = Number(namedCurve?.match(/\d{3}/)?.[0] ?? 256)
  return bits < 224 ? 1024 : 4096
}

/** @param {X509Certificate[]} chain @returns {number} */
function weakest(chain) {
  const bits = chain.map(keyBits)
  return Math.max(0, bits.indexOf(Math.min(...bits)))
}

const LOWER_LEVEL =
  "Or accept less: options: { ciphers: 'DEFAULT@SECLEVEL=0' }; here --ciphers DEFAULT@SECLEVEL=0."

/** @returns {Cause} */
function weakKeyCause() {
  return cause(
    'weak-key',
    'certificate',
    "The key of a certificate is too small for this client's security level.",
    'Make a new key and certificate: RSA of 2048 bits or more, or P-256.',
    LOWER_LEVEL,
  )
}

/**
 * @param {string} code
 * @param {string} message
 * @returns {Cause}
 */
function otherCause(code, message) {
  if (/md too weak|digest/i.test(message)) {
    return cause(
      'weak-digest',
      'certificate',
      "A certificate is signed with a digest that is too weak for this client's security level.",
      'Have it issued anew, with SHA-256.',
      LOWER_LEVEL,
    )
  }
  const what = `The certificate is refused: ${message} (${code}).`
  return cause('certificate-refused', 'certificate', what, 'Look at the chain above.')
}

module.exports = { certificateCause }
