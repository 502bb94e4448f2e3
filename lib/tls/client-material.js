'use strict'

const { createHash } = require('node:crypto')
const net = require('node:net')
const { Duplex } = require('node:stream')
const tls = require('node:tls')
const { isObeyed } = require('../net/abort')
const { CONTEXT_OPTIONS, materialOf } = require('./material')
const { bytesOf } = require('./pem')
const { sniOf } = require('./option-table')

/** @typedef {import('./material').Material} Material */
/** @typedef {import('./option-table').TlsOptions} TlsOptions */

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

/** Contexts kept; a process seldom has more than a few sets of certificates. */
const CACHE_SIZE = 64

/** @type {Map<string, Readonly<Material>>} in order of use, the latest last */
const cache = new Map()

/** Whether Node was let warn of them. */
let letWarnOfEnvironment = false
let letWarnOfAddress = false

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

module.exports = { clientMaterial }
