'use strict'

const tls = require('node:tls')
const { isRecentOpenssl, unsupportedOption } = require('../errors')
const { authorities, keyPairs } = require('./keys')
const { brief } = require('./option-table')
const { defaultGroups, tlsParameters } = require('./parameters')

/** @typedef {import('./option-table').TlsOptions} TlsOptions */
/** @typedef {import('./keys').KeyPair} KeyPair */
/** @typedef {'TLSv1.2' | 'TLSv1.3'} Version */

/**
 * What an engine of either role is made from.
 *
 * @typedef {object} Material
 * @property {KeyPair[]} keyPairs
 * @property {Buffer[] | null} ca DER; null for the default trust store
 * @property {Version} minVersion
 * @property {Version} maxVersion
 * @property {boolean} allowPartialTrustChain
 * @property {number} securityLevel OpenSSL's, 0 to 5: 1 refuses a peer's RSA key below 1024 bits, 2 below 2048
 * @property {Buffer[]} alpnProtocols in order of preference
 * @property {boolean} honorCipherOrder whether a server's order of suites wins
 * @property {number[]} cipherSuites IANA numbers in order of preference; empty for the default
 * @property {number[]} groups likewise
 * @property {number[]} signatureSchemes likewise
 */

/** What `tls.createSecureContext` reads, and ALPN, as far as the values can be compared. */
const CONTEXT_OPTIONS = [
  'key',
  'cert',
  'passphrase',
  'ca',
  'minVersion',
  'maxVersion',
  'allowPartialTrustChain',
  'ciphers',
  'ecdhCurve',
  'sigalgs',
  'dhparam',
  'secureProtocol',
  'secureOptions',
  'honorCipherOrder',
  'sessionIdContext',
  'sessionTimeout',
  'ticketKeys',
  'crl',
  'pfx',
  'clientCertEngine',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'certificateCompression',
  'ALPNProtocols',
]

/**
 * @param {TlsOptions} options
 * @returns {{ minVersion: Version, maxVersion: Version }}
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION when nothing is left of TLS 1.2 and 1.3
 */
function versions(options) {
  const min = options.minVersion || tls.DEFAULT_MIN_VERSION
  const max = options.maxVersion || tls.DEFAULT_MAX_VERSION
  if (max !== 'TLSv1.2' && max !== 'TLSv1.3') {
    throw unsupportedOption('maxVersion', brief(max), 'use TLSv1.2 or TLSv1.3')
  }
  const minVersion = min === 'TLSv1.3' ? min : 'TLSv1.2'
  if (minVersion > max) {
    throw unsupportedOption('minVersion', brief(min), `it is above maxVersion, ${max}`)
  }
  return { minVersion, maxVersion: max }
}

/**
 * @param {TlsOptions} options
 * @returns {Buffer[]} the application protocols, in order of preference
 * @throws {Error} Node's own
 */
function alpnProtocols({ ALPNProtocols }) {
  /** @type {{ ALPNProtocols?: Uint8Array }} */
  const wire = {}
  if (ALPNProtocols) /** @type {any} */ (tls).convertALPNProtocols(ALPNProtocols, wire)
  const bytes = Buffer.from(wire.ALPNProtocols ?? [])
  const names = []
  // Each name has its length in front.
  for (let at = 0; at < bytes.length; at += 1 + bytes[at]) {
    const name = bytes.subarray(at + 1, at + 1 + bytes[at])
    if (name.length > 0) names.push(name)
  }
  return names
}

/**
 * @param {TlsOptions} options
 * @returns {number} OpenSSL's security level: its default, or the last one that `ciphers` names
 */
function securityLevel({ ciphers }) {
  const named = [...String(ciphers || tls.DEFAULT_CIPHERS).matchAll(/@SECLEVEL=(\d)/g)].at(-1)
  if (named !== undefined) return Number(named[1])
  return isRecentOpenssl() ? 2 : 1
}

/**
 * @param {TlsOptions} options
 * @returns {boolean} whether a server chooses by its own order of suites, which is Node's default
 */
function honorsCipherOrder({ honorCipherOrder }) {
  return honorCipherOrder === undefined || Boolean(honorCipherOrder)
}

/**
 * @param {TlsOptions} options that Node has accepted
 * @returns {Material}
 */
function materialOf(options) {
  const given = authorities(options)
  const all = { cipherSuites: [], groups: defaultGroups(), signatureSchemes: [] }
  return {
    keyPairs: keyPairs(options, given ?? []),
    ca: given && given.map(certificate => certificate.raw),
    ...(tlsParameters(options) ?? { ...versions(options), ...all }),
    allowPartialTrustChain: Boolean(options.allowPartialTrustChain),
    securityLevel: securityLevel(options),
    alpnProtocols: alpnProtocols(options),
    honorCipherOrder: honorsCipherOrder(options),
  }
}

/**
 * @param {TlsOptions} options
 * @returns {TlsOptions} those that belong to a context
 */
function contextOptions(options) {
  const names = CONTEXT_OPTIONS.filter(name => options[name] !== undefined)
  return Object.fromEntries(names.map(name => [name, options[name]]))
}

module.exports = { CONTEXT_OPTIONS, contextOptions, materialOf }
