'use strict'

const { createHash } = require('node:crypto')
const net = require('node:net')
const { Duplex } = require('node:stream')
const tls = require('node:tls')
const { isObeyed } = require('../net/abort')
const { isRecentOpenssl, unsupportedOption } = require('../errors')
const { authorities, keyPairs } = require('./keys')
const { bytesOf } = require('./pem')
const { brief, refuseUnsupported, sniOf } = require('./option-table')
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

/**
 * @typedef {Material & {
 *   requestCert: boolean,
 *   rejectUnauthorized: boolean,
 *   handshakeTimeout: number,
 *   ofConnections: ConnectionRules,
 * }} ServerMaterial `handshakeTimeout` in milliseconds
 */

/**
 * What a server makes of its connections.
 *
 * @typedef {object} ConnectionRules
 * @property {boolean} allowHalfOpen a peer's end is not answered by ours
 * @property {number | undefined} probeDelay milliseconds, of `keepAlive`; undefined where that is not asked for
 * @property {import('node:net').BlockList | undefined} blockList where this Node reads it
 */

/**
 * Who a client believes to be its server.
 *
 * @typedef {object} Identity
 * @property {string} hostname to be compared with the certificate
 * @property {string | undefined} servername as the user gave it
 * @property {string | null} sni what is sent of it
 * @property {import('./identity').IdentityCheck} checkServerIdentity
 * @property {boolean} rejectUnauthorized
 */

/** @typedef {{ material: Readonly<Material>, identity: Identity }} ClientMaterial */

const HANDSHAKE_TIMEOUT = 120_000
/** Contexts kept; a process seldom has more than a few sets of certificates. */
const CACHE_SIZE = 64

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

/** @type {Map<string, Readonly<Material>>} in order of use, the latest last */
const cache = new Map()

/** Whether Node was let warn of them. */
let letWarnOfEnvironment = false
let letWarnOfAddress = false

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
 * @param {any} server Node's own, made of the options: it knows what this Node makes of them
 * @returns {ConnectionRules}
 */
function connectionRules({ allowHalfOpen, keepAlive, keepAliveInitialDelay, blockList }) {
  return {
    allowHalfOpen: Boolean(allowHalfOpen),
    probeDelay: keepAlive ? keepAliveInitialDelay * 1000 : undefined,
    blockList,
  }
}

/**
 * @param {any} options of the server, as for `tls.createServer`
 * @returns {ServerMaterial}
 * @throws {Error} Node's own, or TLSJSON_UNSUPPORTED_OPTION
 */
function serverMaterial(options) {
  const server = tls.createServer(options)
  /** @type {TlsOptions} */
  const given = options ?? {}
  refuseUnsupported(given, 'server')
  return {
    ...materialOf(given),
    allowPartialTrustChain: false,
    requestCert: given.requestCert === true,
    rejectUnauthorized: given.rejectUnauthorized !== false,
    handshakeTimeout: given.handshakeTimeout || HANDSHAKE_TIMEOUT,
    ofConnections: connectionRules(server),
  }
}

/**
 * @param {ServerMaterial} material of the server
 * @param {any} options as for `tls.Server.setSecureContext`
 * @returns {ServerMaterial} with the keys and rules of the options, and what does not belong to a context as it was
 * @throws {Error} Node's own, or TLSJSON_UNSUPPORTED_OPTION
 */
function renewedMaterial(material, options) {
  tls.createServer().setSecureContext(options)
  const { requestCert, rejectUnauthorized, handshakeTimeout, ofConnections } = material
  refuseUnsupported(contextOptions(options), 'server')
  return {
    ...materialOf(contextOptions(options)),
    allowPartialTrustChain: false,
    alpnProtocols: material.alpnProtocols,
    requestCert,
    rejectUnauthorized,
    handshakeTimeout,
    ofConnections,
  }
}

/**
 * @param {any} options as for `tls.createSecureContext`, that Node has accepted
 * @returns {Pick<Material, 'keyPairs' | 'ca' | 'securityLevel'>} what OpenSSL takes of a context for a name
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION
 */
function addedMaterial(options) {
  const given = contextOptions(options ?? {})
  refuseUnsupported(given, 'server')
  const material = materialOf(given)
  return {
    keyPairs: material.keyPairs,
    ca: material.ca,
    securityLevel: material.securityLevel,
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

/**
 * Feeds a value to a hash so that equal values, and only those, give equal digests.
 *
 * @param {import('node:crypto').Hash} hash
 * @param {unknown} value
 * @returns {boolean} false for a value that cannot be compared by its contents
 */
function feed(hash, value) {
  if (ArrayBuffer.isView(value)) {
    hash.update(`bytes:${value.byteLength}:`).update(bytesOf(value))
    return true
  }
  if (Array.isArray(value)) {
    hash.update(`list:${value.length}:`)
    return value.every(entry => feed(hash, entry))
  }
  if (typeof value === 'object' && value !== null) {
    const { pem, buf, passphrase, ...others } = /** @type {Record<string, unknown>} */ (value)
    hash.update('key:')
    const fed = feed(hash, pem) && feed(hash, buf) && feed(hash, passphrase)
    return fed && Object.keys(others).length === 0
  }
  if (typeof value === 'function' || typeof value === 'symbol') return false
  const text = String(value)
  hash.update(`${typeof value}:${Buffer.byteLength(text)}:${text}`)
  return true
}

/**
 * @param {TlsOptions} options
 * @returns {string | null} equal for equal contexts; null where that cannot be told
 */
function cacheKey(options) {
  const hash = createHash('sha256')
  const defaults = [
    tls.DEFAULT_MIN_VERSION,
    tls.DEFAULT_MAX_VERSION,
    tls.DEFAULT_CIPHERS,
    tls.DEFAULT_ECDH_CURVE,
  ]
  const comparable =
    feed(hash, defaults) && CONTEXT_OPTIONS.every(name => feed(hash, options[name]))
  return comparable ? hash.digest('base64') : null
}

/**
 * @param {TlsOptions} options
 * @returns {Readonly<Material>} the same object for equal values
 */
function cachedMaterial(options) {
  const key = cacheKey(options)
  const found = key === null ? undefined : cache.get(key)
  if (found === undefined) tls.createSecureContext(options)
  refuseUnsupported(options, 'client')
  const material = found ?? Object.freeze(materialOf(options))
  if (key === null) return material
  cache.delete(key)
  cache.set(key, material)
  if (cache.size > CACHE_SIZE) cache.delete(/** @type {string} */ (cache.keys().next().value))
  return material
}

/**
 * @param {TlsOptions} options
 * @returns {boolean} whether `tls.connect` takes these without complaint
 */
function isPlainIdentity({ checkServerIdentity, minDHSize, servername, signal }) {
  return (
    (!signal || isObeyed(signal)) &&
    typeof checkServerIdentity === 'function' &&
    minDHSize > 0 &&
    typeof minDHSize === 'number' &&
    (!servername || typeof servername === 'string')
  )
}

/**
 * Lets Node throw its own error, and warn, for what only `tls.connect` looks at. Nothing is connected to.
 *
 * @param {TlsOptions} options
 * @returns {void}
 */
function letNodeJudge({ checkServerIdentity, minDHSize, servername, signal }) {
  const inert = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  const options = { checkServerIdentity, minDHSize, servername, signal, socket: inert }
  try {
    const socket = tls.connect(/** @type {any} */ (options))
    socket.on('error', () => {})
    socket.destroy()
  } finally {
    inert.destroy()
  }
}

/**
 * @returns {boolean} whether the environment turns verification off where the options say nothing
 */
function allowsUnauthorized() {
  return process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0'
}

/**
 * Node warns once of an environment that verifies nothing, and once of a server name that is an address. That is left to
 * Node: it knows whether it did when somebody else connected.
 *
 * @param {TlsOptions} options that it takes
 * @returns {void}
 */
function letNodeWarn(options) {
  const environment = !letWarnOfEnvironment && allowsUnauthorized()
  const address = !letWarnOfAddress && net.isIP(options.servername ?? '') !== 0
  if (!environment && !address) return
  letNodeJudge(options)
  letWarnOfEnvironment ||= environment
  letWarnOfAddress ||= address
}

/**
 * To be called at each connect: the options may have changed since the last one.
 *
 * @param {any} given of the client, as for `tls.connect`: with `host`, from `normaliseConnectArgs`
 * @returns {ClientMaterial} `material` is the same object for equal values
 * @throws {Error} Node's own, or TLSJSON_UNSUPPORTED_OPTION
 */
function clientMaterial(given) {
  /** @type {TlsOptions} */
  const options = {
    rejectUnauthorized: !allowsUnauthorized(),
    checkServerIdentity: tls.checkServerIdentity,
    minDHSize: 1024,
    ...given,
  }
  if (!isPlainIdentity(options)) letNodeJudge(options)
  letNodeWarn(options)
  const material = cachedMaterial(options)
  const { servername, host, checkServerIdentity, rejectUnauthorized } = options
  const sni = sniOf(servername)
  return {
    material,
    identity: {
      hostname: servername || host || 'localhost',
      servername: servername || undefined,
      sni,
      checkServerIdentity,
      rejectUnauthorized: rejectUnauthorized !== false,
    },
  }
}

module.exports = { addedMaterial, clientMaterial, renewedMaterial, serverMaterial }
