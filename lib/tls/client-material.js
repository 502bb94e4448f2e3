'use strict'

const net = require('node:net')
const { Duplex } = require('node:stream')
const tls = require('node:tls')
const { isObeyed } = require('../net/abort')
const { copyOf, isComparable, isCopyOf } = require('./contents')
const { CONTEXT_OPTIONS, materialOf } = require('./material')
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
const KEPT = 64

/** The one used last comes first. @type {{ values: unknown[], material: Readonly<Material> }[]} */
const kept = []

/** Whether Node was let warn of them. */
let letWarnOfEnvironment = false
let letWarnOfAddress = false

/**
 * @param {TlsOptions} options
 * @returns {unknown[]} all that a context depends on
 */
function valuesOf(options) {
  const values = [
    tls.DEFAULT_MIN_VERSION,
    tls.DEFAULT_MAX_VERSION,
    tls.DEFAULT_CIPHERS,
    tls.DEFAULT_ECDH_CURVE,
  ]
  for (const name of CONTEXT_OPTIONS) values.push(options[name])
  return values
}

/**
 * @param {TlsOptions} options
 * @returns {Readonly<Material>} the same object for equal values
 */
function keptMaterial(options) {
  const values = valuesOf(options)
  const at = kept.findIndex(({ values: copy }) => isCopyOf(copy, values))
  if (at === 0) return kept[0].material
  if (at > 0) {
    const [found] = kept.splice(at, 1)
    kept.unshift(found)
    return found.material
  }
  // Node finds what is wrong with them.
  tls.createSecureContext(options)
  const material = Object.freeze(materialOf(options))
  if (isComparable(values)) {
    kept.unshift({ values: copyOf(values), material })
    if (kept.length > KEPT) kept.pop()
  }
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
  const material = keptMaterial(options)
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
