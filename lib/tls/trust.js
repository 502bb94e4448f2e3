'use strict'

const tls = require('node:tls')
const { unsupportedOption } = require('../errors')
const { extraCertificates, readFileSync } = require('../host/host')
const { certificates } = require('./pem')

/** @type {{ source: readonly string[], roots: Buffer[] } | undefined} */
let cached

/** @type {Buffer[] | undefined} */
let extraRoots

/**
 * @param {string} pem one certificate, as Node prints it
 * @returns {Buffer}
 */
function toDer(pem) {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
}

/** @returns {Buffer[]} what NODE_EXTRA_CA_CERTS adds to the roots */
function extra() {
  if (extraRoots !== undefined) return extraRoots
  extraRoots = []
  if (!extraCertificates) return extraRoots
  let text
  try {
    text = readFileSync(extraCertificates)
  } catch {
    // Node itself warns of the file as soon as it needs its roots, and goes on without it.
    return extraRoots
  }
  extraRoots = certificates(text).map(certificate => certificate.raw)
  return extraRoots
}

/** @returns {boolean} whether the process was told to use OpenSSL's store */
function usesOpensslStore() {
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
  return flags.includes('--use-openssl-ca')
}

/** @returns {boolean} whether Node says which certificates it trusts by default */
function isDefaultTrustKnown() {
  return 'getCACertificates' in tls || !usesOpensslStore()
}

/**
 * The certificates Node trusts where the user gives no `ca`.
 *
 * @returns {Buffer[]} DER. The same array as long as Node's own list is the same
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION when Node keeps its list to itself
 */
function defaultTrust() {
  const current = /** @type {typeof tls & { getCACertificates?: (type: string) => string[] }} */ (
    tls
  )
  const listed = typeof current.getCACertificates === 'function'
  if (!listed && usesOpensslStore()) {
    throw unsupportedOption(
      '--use-openssl-ca',
      `Node.js ${process.versions.node}`,
      'give the certificates in `ca`, or use Node.js 22.15 or later',
    )
  }
  const source = current.getCACertificates?.('default') ?? tls.rootCertificates
  if (cached?.source === source) return cached.roots
  const roots = source.map(toDer)
  if (!listed) roots.push(...extra())
  cached = { source, roots }
  return roots
}

module.exports = { defaultTrust, isDefaultTrustKnown }
