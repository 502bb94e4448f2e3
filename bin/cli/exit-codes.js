'use strict'

const { UsageError } = require('./usage-error')

/** @typedef {keyof typeof EXIT} Kind */

/** What the command's exit code says; docs/reference/command-line.md has the same list. */
const EXIT = Object.freeze({
  ok: 0,
  failed: 1,
  usage: 2,
  connect: 3,
  certificate: 4,
  refused: 5,
  timeout: 6,
  lost: 7,
  interrupted: 130,
})

/** A failure of which the command itself knows what kind it is. */
class Failure extends Error {
  /**
   * @param {keyof typeof EXIT} kind
   * @param {string} message
   * @param {{ code?: string, cause?: unknown }} [details]
   */
  constructor(kind, message, { code, cause } = {}) {
    super(message, { cause })
    this.kind = kind
    this.code = code
  }
}

/**
 * @param {unknown} error
 * @param {string} hint what could help, printed behind the error
 * @returns {unknown} the same error
 */
function withHint(error, hint) {
  return Object.assign(/** @type {Error} */ (error), { hint })
}

/** @type {Record<string, keyof typeof EXIT>} */
const OWN_CODES = {
  TLSJSON_PASSWORD_REFUSED: 'refused',
  TLSJSON_CONNECT_TIMEOUT: 'timeout',
  TLSJSON_REQUEST_TIMEOUT: 'timeout',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  TLSJSON_CONNECTION_LOST: 'lost',
  TLSJSON_NOT_CONNECTED: 'lost',
  TLSJSON_SILENCE: 'lost',
  TLSJSON_BUFFER_FULL: 'lost',
  TLSJSON_MESSAGE_TOO_LONG: 'lost',
  TLSJSON_REMOTE_ERROR: 'failed',
}

/** Of a connection that is not there yet. */
const CONNECT_CODES =
  /^(ECONN|ENOTFOUND$|EAI_|EHOST|ENET|EADDR|ENOENT$|EACCES$|EPERM$|EPIPE$|EPROTO$|ERR_SSL_)/

/**
 * The codes of OpenSSL's verification have no prefix of their own.
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const CERTIFICATE_CODES =
  /CERT|CRL|^(UNABLE_TO_|PATH_LENGTH_|INVALID_(CA|PURPOSE)$|HOSTNAME_MISMATCH$|UNSPECIFIED$|(EE|CA)_KEY_|CA_MD_|ERR_TLS_CERT)/

/**
 * @param {unknown} error
 * @returns {keyof typeof EXIT} what it is for the exit code
 */
function kindOf(error) {
  if (error instanceof UsageError) return 'usage'
  if (error instanceof Failure) return error.kind
  const { code } = /** @type {{ code?: unknown }} */ (error ?? {})
  if (typeof code !== 'string') {
    // Several addresses, each with an error of its own.
    if (error instanceof AggregateError && error.errors.length > 0) return kindOf(error.errors[0])
    return 'failed'
  }
  const own = OWN_CODES[code]
  if (own !== undefined) return own
  if (code === 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE') return 'connect'
  // A server that wants a certificate, or does not like ours, says so by an alert.
  if (CERTIFICATE_CODES.test(code)) return 'certificate'
  return CONNECT_CODES.test(code) ? 'connect' : 'failed'
}

/**
 * @param {unknown} error
 * @returns {number}
 */
function exitCodeOf(error) {
  return EXIT[kindOf(error)]
}

module.exports = { EXIT, Failure, exitCodeOf, kindOf, withHint }
