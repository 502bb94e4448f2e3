'use strict'

const net = require('node:net')
const { bare } = require('../host/bare')
const { nodeError } = require('../errors')
const { nextTick } = require('../host/host')

/**
 * An address to try.
 *
 * @typedef {{ address: string, family: 4 | 6 }} Address
 */

/**
 * Where a client connects to, and how. One of `path` and `port` counts.
 *
 * @typedef {object} Target
 * @property {string | null} path of a pipe
 * @property {string} host
 * @property {number} port
 * @property {string | undefined} localAddress
 * @property {number | undefined} localPort
 * @property {number} attemptTimeout milliseconds given to an address before the next one is tried
 */

/** Node gives an address no less time than this, in milliseconds. */
const MIN_ATTEMPT_TIMEOUT = 10

/**
 * @param {unknown} value
 * @returns {boolean} whether Node takes a lone string argument for the path of a pipe
 */
function isPipeName(value) {
  return typeof value === 'string' && !(Number(value) >= 0)
}

/**
 * What `tls.connect(port, host, options)` makes of its arguments: keys of `options` win.
 *
 * @param {{ host?: unknown, port?: unknown, options?: unknown }} config
 * @returns {{ host: any, port: any, path: any, options: Record<string, any> }} `options` is a new
 *   object that holds the other three as well, as far as they were given
 */
function normaliseConnectArgs({ host, port, options }) {
  /** @type {Record<string, any>} */
  const merged = bare({})
  if (typeof port === 'object' && port !== null) Object.assign(merged, port)
  else if (isPipeName(port)) merged.path = port
  else {
    merged.port = port
    if (typeof host === 'string') merged.host = host
  }
  if (typeof host === 'object' && host !== null) Object.assign(merged, host)
  else if (typeof options === 'object' && options !== null) Object.assign(merged, options)
  return { host: merged.host, port: merged.port, path: merged.path, options: merged }
}

/**
 * @param {unknown} port
 * @returns {boolean} whether Node takes it
 */
function isPlainPort(port) {
  if (typeof port === 'string' && port.trim() === '') return false
  if (typeof port !== 'string' && typeof port !== 'number') return false
  const number = Number(port)
  return Number.isInteger(number) && number >= 0 && number <= 0xffff
}

/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isPositiveInt32(value) {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 0x7fffffff
}

/**
 * @param {Record<string, any>} options
 * @returns {boolean} whether `net.connect` takes them without complaint
 */
function isPlainTarget(options) {
  if (options.path) return typeof options.path === 'string'
  const { port, localAddress, localPort, autoSelectFamily, lookup } = options
  const timeout = options.autoSelectFamilyAttemptTimeout
  return (
    isPlainPort(port) &&
    (!options.host || typeof options.host === 'string') &&
    (!localAddress || net.isIP(localAddress) !== 0) &&
    (!localPort || typeof localPort === 'number') &&
    (autoSelectFamily == null || typeof autoSelectFamily === 'boolean') &&
    (timeout == null || isPositiveInt32(timeout)) &&
    (lookup == null || typeof lookup === 'function')
  )
}

/**
 * Lets Node throw its own error. It never gets as far as looking up or connecting.
 *
 * @param {Record<string, any>} options
 * @returns {void}
 */
function letNodeJudge(options) {
  const socket = new net.Socket()
  const stub = () => {}
  const lookup =
    options.lookup == null || typeof options.lookup === 'function' ? stub : options.lookup
  socket.on('error', stub)
  try {
    socket.connect(/** @type {any} */ (bare({ ...options, lookup })))
  } finally {
    socket.destroy()
  }
}

/**
 * Reads where to connect to.
 *
 * @param {Record<string, any>} options from {@link normaliseConnectArgs}
 * @returns {Target}
 * @throws {Error} Node's own, for example ERR_SOCKET_BAD_PORT or ERR_MISSING_ARGS
 */
function connectTarget(options) {
  if (!isPlainTarget(options)) letNodeJudge(options)
  const timeout =
    options.autoSelectFamilyAttemptTimeout ?? net.getDefaultAutoSelectFamilyAttemptTimeout()
  return {
    path: options.path || null,
    host: options.host || 'localhost',
    port: Number(options.port) | 0,
    localAddress: options.localAddress || undefined,
    localPort: options.localPort || undefined,
    attemptTimeout: Math.max(timeout, MIN_ATTEMPT_TIMEOUT),
  }
}

/**
 * @param {unknown} family as `net.connect` takes it
 * @returns {any} as `dns.lookup` takes it
 */
function dnsFamily(family) {
  if (family === 'IPv4') return 4
  return family === 'IPv6' ? 6 : family
}

/**
 * @param {any} candidate
 * @returns {candidate is Address}
 */
function isAddress(candidate) {
  const { address, family } = candidate ?? {}
  return net.isIP(address) !== 0 && (family === 4 || family === 6)
}

/**
 * @param {any} candidate that {@link isAddress} refused
 * @param {Record<string, any>} options
 * @returns {Error} Node's
 */
function refusal(candidate, options) {
  const { address, family } = candidate ?? {}
  if (net.isIP(address) === 0) {
    return nodeError(TypeError, 'ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${address}`)
  }
  const { host, port } = options
  const message = `Invalid address family: ${family} ${host}:${port}`
  return nodeError(RangeError, 'ERR_INVALID_ADDRESS_FAMILY', message, { host, port })
}

/**
 * The order in which Node tries addresses: the families alternate, the first one's first.
 *
 * @param {any} found what the lookup gave
 * @returns {Address[]} without repetitions and without what is no address
 */
function interleave(found) {
  /** @type {Map<number, Map<string, Address>>} */
  const families = new Map()
  for (const candidate of Array.from(found ?? [])) {
    if (!isAddress(candidate)) continue
    const { address, family } = candidate
    const group = families.get(family) ?? new Map()
    families.set(family, group)
    if (!group.has(address)) group.set(address, { address, family })
  }
  const groups = [...families.values()].map(group => [...group.values()])
  const longest = Math.max(0, ...groups.map(group => group.length))
  const order = []
  for (let at = 0; at < longest; at += 1) {
    for (const group of groups) if (at < group.length) order.push(group[at])
  }
  return order
}

/**
 * @param {Record<string, any>} options
 * @returns {{ family: any, hints: number, all?: boolean }} what Node's `net.connect` asks a lookup
 */
function question(options) {
  const family = dnsFamily(options.family)
  const either = family !== 4 && family !== 6
  let hints = options.hints || 0
  if (process.platform !== 'win32' && either && hints === 0) hints = require('node:dns').ADDRCONFIG
  const select = options.autoSelectFamily ?? net.getDefaultAutoSelectFamily()
  if (either && !options.localAddress && select) return bare({ family, hints, all: true })
  return bare({ family, hints })
}

/**
 * Finds the addresses of a host as `net.connect` does. The callback is called once, and never
 * before this function has returned.
 *
 * @param {Record<string, any>} options from {@link normaliseConnectArgs}
 * @param {(error: Error | null, addresses: Address[]) => void} callback addresses in the order to
 *   try them
 * @returns {void}
 * @throws {Error} whatever the lookup throws, for example Node's ERR_INVALID_ARG_VALUE for `family`
 */
function resolve(options, callback) {
  const host = options.host || 'localhost'
  const literal = net.isIP(host)
  if (literal !== 0) {
    const family = /** @type {4 | 6} */ (literal)
    nextTick(callback, null, [{ address: host, family }])
    return
  }
  let returned = false
  let answered = false
  /**
   * @param {Error | null} error
   * @param {Address[]} addresses
   */
  const answer = (error, addresses) => {
    if (answered) return
    answered = true
    if (returned) callback(error, addresses)
    else nextTick(callback, error, addresses)
  }
  const asked = question(options)
  const lookup = options.lookup || require('node:dns').lookup
  lookup(
    host,
    asked,
    (/** @type {any} */ error, /** @type {any} */ found, /** @type {any} */ family) => {
      if (error) return answer(error, [])
      const addresses = asked.all
        ? interleave(found)
        : [{ address: found, family }].filter(isAddress)
      if (addresses.length > 0) return answer(null, addresses)
      return answer(refusal(asked.all ? found?.[0] : { address: found, family }, options), [])
    },
  )
  returned = true
}

module.exports = { connectTarget, normaliseConnectArgs, resolve }
