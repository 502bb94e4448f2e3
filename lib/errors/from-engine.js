'use strict'

// What the engine says of a failure, as the error that Node would make of it.

const { getSystemErrorMap } = require('node:util')

const { isOpensslFrom } = require('../host/openssl')
const { headStack, nodeError, withProperties } = require('./node')
const { internal } = require('./own')

/** @typedef {import('./node').CodedError} CodedError */

/**
 * A failure as the engine describes it, in JSON. Absent fields stand for `undefined`.
 *
 * @typedef {object} EngineError
 * @property {'system' | 'aggregate' | 'chain' | 'ssl' | 'disconnected' | 'hangup' | 'refused' | 'timeout' | 'limit' | 'internal'} kind
 * @property {string} [code]
 * @property {string} [message]
 * @property {number} [errno] system: the platform's number, positive, in place of a code
 * @property {string} [syscall] system: the call that failed
 * @property {string} [address] system: an address, or the path of a pipe
 * @property {number | string} [port] system: -1 for a pipe that could not be listened on, as in Node
 * @property {EngineError[]} [errors] aggregate: one for each address, in the order tried
 * @property {string} [reason] ssl: OpenSSL's words
 * @property {number} [number] ssl: OpenSSL's error number, with or without the library in its top byte
 * @property {{ code: string, reason: string, number: number }} [recent] ssl: what OpenSSL from 3.2 on says in place of it
 * @property {string} [host] disconnected
 * @property {string} [path] disconnected
 * @property {string} [localAddress] system, disconnected
 * @property {number} [localPort] system
 */

/** @typedef {{ host?: string, port?: number | string, path?: string }} Target What a client was told to connect to. */

/**
 * Codes that Node words with a hint about the system's certificates.
 *
 * @see https://github.com/nodejs/node/pull/57362
 */
const LOCAL_ROOT_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
const LOCAL_ROOT_HINT =
  '; if the root CA is installed locally, try running Node.js with --use-system-ca'

/** The library number of "SSL routines" in the top byte of an OpenSSL error number. */
const SSL_LIBRARY = 0x0a000000
/** OpenSSL numbers an alert received as this plus the alert's own number. */
const ALERT_OFFSET = 1000

/** @type {Map<string, { errno: number, text: string }> | undefined} */
let systemErrors

/**
 * @param {string} code such as `ECONNREFUSED`
 * @returns {{ errno: number | undefined, text: string }} this platform's number and libuv's words
 */
function systemError(code) {
  if (systemErrors === undefined) {
    systemErrors = new Map()
    for (const [errno, [name, text]] of getSystemErrorMap()) systemErrors.set(name, { errno, text })
  }
  return systemErrors.get(code) ?? { errno: undefined, text: 'unknown error' }
}

/**
 * @param {number | undefined} errno this platform's, positive
 * @returns {string} such as `ECONNREFUSED`
 */
function systemErrorName(errno) {
  return getSystemErrorMap().get(-(errno ?? 0))?.[0] ?? 'UNKNOWN'
}

/**
 * Node words an address in a message in this way.
 *
 * @param {EngineError} failure
 * @returns {string} with a leading space, or empty
 */
function place({ address, port }) {
  if (Number(port) > 0) return ` ${address}:${port}`
  return address ? ` ${address}` : ''
}

/**
 * @param {EngineError} failure
 * @returns {CodedError} in the shape Node gives this system call's errors
 */
function fromSystem(failure) {
  const { syscall, address, port, localAddress, localPort } = failure
  const code = failure.code ?? systemErrorName(failure.errno)
  const { errno, text } = systemError(code)
  const where = port ? { address, port } : { address }
  if (syscall === 'listen') {
    const message = `listen ${code}: ${text}${place(failure)}`
    // Only here does Node leave out an address it does not know.
    return withProperties(message, {
      code,
      errno,
      syscall,
      ...(address ? where : { ...(port && { port }) }),
    })
  }
  if (syscall === 'connect' || syscall === 'bind') {
    const bound = syscall === 'connect' && localAddress && localPort
    const local = bound ? ` - Local (${localAddress}:${localPort})` : ''
    return withProperties(`${syscall} ${code}${place(failure)}${local}`, {
      errno,
      code,
      syscall,
      ...where,
      ...(bound && { localAddress, localPort }),
    })
  }
  return withProperties(`${syscall} ${code}`, { errno, code, syscall })
}

/**
 * @param {EngineError} failure
 * @returns {CodedError}
 */
function fromAggregate({ errors = [] }) {
  const parts = errors.map(part => fromEngine(part))
  if (parts.length === 1) return parts[0]
  const error = withProperties('', { code: parts[0]?.code }, new AggregateError(parts))
  headStack(error, String(error.code))
  return error
}

/** @returns {boolean} whether this Node's certificate errors carry the hint */
function hintsAtSystemRoots() {
  const flags = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`
  if (flags.includes('--use-system-ca') || process.env.NODE_USE_SYSTEM_CA === '1') return false
  return Number.parseInt(process.versions.node, 10) >= 24
}

/**
 * @param {EngineError} failure
 * @returns {CodedError}
 */
function fromChain({ code = 'UNSPECIFIED', message = '' }) {
  const hint = LOCAL_ROOT_CODES.has(code) && hintsAtSystemRoots() ? LOCAL_ROOT_HINT : ''
  return withProperties(message + hint, { code })
}

/**
 * The OpenSSL this Node was built with decides how the oldest alerts are spelt and, by its
 * default security level, how short a key may be.
 *
 * @param {string} [version]
 * @returns {boolean} true from OpenSSL 3.2 on
 */
function isRecentOpenssl(version) {
  return isOpensslFrom(3, 2, version)
}

/**
 * @param {EngineError} failure whose code and reason are spelt as by OpenSSL 3.0
 * @returns {CodedError}
 */
function fromSsl(failure) {
  const said = (isRecentOpenssl() && failure.recent) || failure
  const { code = 'ERR_SSL_INTERNAL_ERROR', reason = 'internal error', number = 0 } = said
  const [spelling, words] = isRecentOpenssl()
    ? [
        code.replace(/^ERR_SSL_SSLV3_ALERT_/, 'ERR_SSL_SSL/TLS_ALERT_'),
        reason.replace(/^sslv3 alert /, 'ssl/tls alert '),
      ]
    : [code, reason]
  const reasonNumber = number & 0xffffff
  const hex = (SSL_LIBRARY + reasonNumber).toString(16).toUpperCase().padStart(8, '0')
  const alert =
    reasonNumber >= ALERT_OFFSET && reasonNumber < ALERT_OFFSET + 256
      ? `SSL alert number ${reasonNumber - ALERT_OFFSET}`
      : ''
  // Thread, function, file and line are not ours to give; the colons keep the fields in place.
  const message = `${'0'.repeat(16)}:error:${hex}:SSL routines::${words}:::${alert}\n`
  return withProperties(message, { library: 'SSL routines', reason: words, code: spelling })
}

/**
 * @param {string} protocol such as `TLSv1.3`
 * @returns {CodedError} what OpenSSL says where a handshake cannot be repeated
 */
function noRenegotiation(protocol) {
  return protocol === 'TLSv1.3'
    ? fromSsl({
        kind: 'ssl',
        code: 'ERR_SSL_WRONG_SSL_VERSION',
        reason: 'wrong ssl version',
        number: 266,
      })
    : fromSsl({
        kind: 'ssl',
        code: 'ERR_SSL_NO_RENEGOTIATION',
        reason: 'no renegotiation',
        number: 339,
      })
}

/**
 * @param {EngineError} failure
 * @returns {CodedError}
 */
function fromDisconnected({ path, host, port, localAddress }) {
  const message = 'Client network socket disconnected before secure TLS connection was established'
  return withProperties(message, { code: 'ECONNRESET', path, host, port, localAddress })
}

/**
 * @param {EngineError} failure
 * @param {Target} [target]
 * @returns {CodedError} what Node would have made of the same failure, where Node knows it
 */
function fromEngine(failure, target) {
  switch (failure.kind) {
    case 'system':
      return fromSystem(failure)
    case 'aggregate':
      return fromAggregate(failure)
    case 'chain':
      return fromChain(failure)
    case 'ssl':
      return fromSsl(failure)
    case 'disconnected':
      return fromDisconnected({ ...failure, ...target })
    case 'hangup':
    case 'refused':
      return withProperties('socket hang up', { code: 'ECONNRESET' })
    case 'timeout':
      return nodeError(Error, 'ERR_TLS_HANDSHAKE_TIMEOUT', 'TLS handshake timeout')
    case 'limit':
      return withProperties(failure.message ?? '', { code: failure.code })
    case 'internal':
      return internal(failure.message ?? '')
    default:
      return internal(`unknown kind of failure: ${String(failure.kind)}`)
  }
}

module.exports = { fromEngine, isRecentOpenssl, noRenegotiation }
