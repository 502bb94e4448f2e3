'use strict'

// What the engine tells of a connection's beginning, put where its socket shows it.

const { stringify } = require('../host/host')

/** @typedef {import('./connection').Connection} Connection */

/**
 * What the connection before this one has told. Most tell the same, and then hold it together; so nobody outside is given
 * these objects, and nobody changes them.
 * @template T
 */
class Shared {
  /** @type {string | null} */
  #text = null
  /** @type {any} */
  #value = null

  /**
   * @param {string} text Equal only for what is equal.
   * @param {() => T} make
   * @returns {T}
   */
  of(text, make) {
    if (text !== this.#text) {
      this.#value = make()
      this.#text = text
    }
    return this.#value
  }
}

/** @type {Shared<Buffer[]>} */
const chains = new Shared()
/** @type {Shared<import('./connection-view').Endpoint | undefined>} */
const locals = new Shared()
/** @type {Shared<import('./connection-view').Endpoint | undefined>} */
const remotes = new Shared()
/** @type {Shared<any>} */
const negotiations = new Shared()

/**
 * TCP is up.
 * @param {Connection} connection
 * @param {any} signal
 */
function connected({ details }, { local, remote }) {
  // A server's are at one end the same, a client's at the other.
  details.local = locals.of(stringify(local), () => local ?? undefined)
  details.remote = remotes.of(stringify(remote), () => remote ?? undefined)
  details.connected = true
}

/**
 * The peer has shown its certificate.
 * @param {Connection} connection
 * @param {string[]} chain DER in base64.
 */
function presented({ details }, chain) {
  details.chain = chains.of(chain.join(), () => chain.map(der => Buffer.from(der, 'base64')))
}

/**
 * TLS is up.
 * @param {Connection} connection
 * @param {any} parameters
 */
function negotiated({ details, socket }, parameters) {
  details.parameters = negotiations.of(stringify(parameters), () => parameters)
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
 * Handles what the engine says of a connection until it is encrypted and the server accepted.
 * @param {Connection} connection
 * @param {any} signal
 * @returns {boolean} Whether it was such a signal.
 */
function handle(connection, signal) {
  const { details, events, owner, socket } = connection
  switch (signal.type) {
    case 'connect':
      connected(connection, signal)
      if (connection.destroyed) break
      owner.connect?.(connection)
      events.tell(() => socket.emit('connect'))
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
      events.tell(() => socket.emit('secureConnect'))
      break
    case 'admitted':
      if (connection.destroyed) break
      owner.observer.secured(connection)
      owner.verified?.(connection, signal)
      events.tell(() => socket.emit('secureConnect'))
      break
    case 'keyLog':
      events.tell(
        ...signal.lines.map((/** @type {string} */ line) => () => {
          socket.emit('keylog', Buffer.from(line))
        }),
      )
      break
    default:
      return false
  }
  return true
}

module.exports = { done, handle }
