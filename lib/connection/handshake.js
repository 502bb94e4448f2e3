'use strict'

// What the engine tells of a connection's beginning, put where its socket shows it.

/** @typedef {import('./connection').Connection} Connection */

/**
 * What the connection before this one has told. Most tell the same, and then hold it together; so nobody outside is given
 * these objects, and nobody changes them.
 * @template Told, Held
 */
class Shared {
  #isSame
  #make
  /** @type {Told | undefined} */
  #told
  /** @type {Held | undefined} */
  #held

  /**
   * @param {(a: Told, b: Told) => boolean} isSame Makes nothing: it is asked for each connection.
   * @param {(told: Told) => Held} make
   */
  constructor(isSame, make) {
    this.#isSame = isSame
    this.#make = make
  }

  /**
   * @param {Told} told
   * @returns {Held}
   */
  of(told) {
    if (this.#told === undefined || !this.#isSame(told, this.#told)) {
      this.#held = this.#make(told)
      this.#told = told
    }
    return /** @type {Held} */ (this.#held)
  }
}

/** @typedef {import('./connection-view').Endpoint} Endpoint */

/** @type {(a: Endpoint | null | undefined, b: Endpoint | null | undefined) => boolean} */
function isSameEnd(a, b) {
  if (!a || !b) return a === b
  return a.port === b.port && a.address === b.address && a.family === b.family
}

/** @type {(a: string[], b: string[]) => boolean} */
function isSameChain(a, b) {
  return a.length === b.length && a.every((der, at) => der === b[at])
}

/** @typedef {NonNullable<import('./connection-view').Details['parameters']>} Parameters */

/** What is told of a negotiation: all of it. @type {Record<keyof Parameters, true>} */
const PARAMETERS = {
  protocol: true,
  cipher: true,
  standardCipher: true,
  cipherVersion: true,
  group: true,
  serverName: true,
  alpn: true,
}

const NAMES = /** @type {(keyof Parameters)[]} */ (Object.keys(PARAMETERS))

/** @type {(a: Parameters, b: Parameters) => boolean} */
function isSameNegotiation(a, b) {
  for (const name of NAMES) if (a[name] !== b[name] && name !== 'group') return false
  return a.group?.[0] === b.group?.[0] && a.group?.[1] === b.group?.[1]
}

/** @type {(end: Endpoint | null | undefined) => Endpoint | undefined} */
const endOf = end => end ?? undefined

/** @type {Shared<string[], Buffer[]>} */
const chains = new Shared(isSameChain, chain => chain.map(der => Buffer.from(der, 'base64')))
// A server's are at one end the same, a client's at the other.
const locals = new Shared(isSameEnd, endOf)
const remotes = new Shared(isSameEnd, endOf)
const negotiations = new Shared(isSameNegotiation, (/** @type {Parameters} */ told) => told)

/**
 * TCP is up.
 * @param {Connection} connection
 * @param {any} signal
 */
function connected({ details }, { local, remote }) {
  details.local = locals.of(local)
  details.remote = remotes.of(remote)
  details.connected = true
}

/**
 * The peer has shown its certificate.
 * @param {Connection} connection
 * @param {string[]} chain DER in base64.
 */
function presented({ details }, chain) {
  details.chain = chains.of(chain)
}

/**
 * TLS is up.
 * @param {Connection} connection
 * @param {any} parameters
 */
function negotiated({ details, socket }, parameters) {
  details.parameters = negotiations.of(parameters)
  socket.alpnProtocol = parameters.alpn ?? false
}

/**
 * A server's handshake is done.
 * @param {Connection} connection
 * @param {any} signal
 */
function done(connection, signal) {
  const { parameters, requested, error } = signal
  const { socket } = connection
  presented(connection, signal.chain)
  negotiated(connection, parameters)
  connected(connection, signal)
  socket.servername = parameters.serverName ?? false
  if (!requested) return
  socket.authorized = error === null
  socket.authorizationError = error === null ? null : error.code
}

/**
 * Tells the socket's listeners.
 * @param {Connection} connection
 * @param {'connect' | 'secureConnect'} event
 */
function tell({ events, socket }, event) {
  events.tell([() => socket.emit(event)])
}

/**
 * @param {Connection} connection
 * @param {string[]} lines
 */
function tellKeys({ events, socket }, lines) {
  events.tell(lines.map(line => () => socket.emit('keylog', Buffer.from(line))))
}

/**
 * Handles what the engine says of a connection until it is encrypted and the server accepted.
 * @param {Connection} connection
 * @param {any} signal
 * @throws {TypeError} For what is no such signal.
 */
function handle(connection, signal) {
  const { details, owner } = connection
  switch (signal.type) {
    case 'connect':
      connected(connection, signal)
      if (connection.destroyed) break
      owner.connect?.(connection)
      tell(connection, 'connect')
      break
    case 'verification':
      if (connection.destroyed) break
      presented(connection, signal.chain)
      owner.verified?.(connection, { error: signal.error, chain: details.chain })
      break
    case 'secured':
      if (connection.destroyed) break
      negotiated(connection, signal.parameters)
      owner.observer.secured(connection)
      tell(connection, 'secureConnect')
      break
    case 'admitted':
      if (connection.destroyed) break
      owner.observer.secured(connection)
      owner.verified?.(connection, signal)
      tell(connection, 'secureConnect')
      break
    case 'keyLog':
      tellKeys(connection, signal.lines)
      break
    default:
      throw new TypeError(`unknown signal ${signal.type}`)
  }
}

module.exports = { done, handle }
