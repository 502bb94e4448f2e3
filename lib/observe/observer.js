'use strict'

// What can be seen of a server or client from outside: its counters, the diagnostics channels, and what
// NODE_DEBUG=tls-json writes. None of it holds a password, key material, or text of a message.

const { debuglog } = require('node:util')

const { bare } = require('../host/bare')
const { channels } = require('./channels')
const { Stats, codeOf } = require('./stats')
const warnings = require('../errors/warnings')
const { now, setImmediate } = require('../host/host')

/**
 * What is seen of a connection.
 * @typedef {object} Connection
 * @property {object} socket
 * @property {number} socketId
 * @property {string} transport
 * @property {import('../errors').Target | undefined} target
 * @property {{ connected?: boolean, remote?: { address: string, port: number }, parameters?: { protocol: string, cipher: string } }} details
 * @property {boolean} loggedIn
 * @property {boolean} secured TLS is up. Set here.
 * @property {boolean} cut A failure or a limit ends it. Set here.
 */

/** @typedef {{ connection: Connection, id: number, message: unknown, began: number }} Pending Of a request. */
/** @typedef {import('node:diagnostics_channel').Channel} Channel */

const debug = debuglog('tls-json')

/** How many servers and clients there were, to tell their lines apart. */
const made = { server: 0, client: 0 }

/** Sees what one server or client does. */
class Observer {
  #role
  #node
  #name
  /** Which of several servers a client means with a connection. @type {WeakMap<object, { target: object }> | null} */
  #targets = null

  /**
   * @param {'server' | 'client'} role
   * @param {object} node The Server or Client.
   */
  constructor(role, node) {
    this.#role = role
    this.#node = node
    this.#name = `${role} ${++made[role]}`
    this.stats = new Stats()
  }

  /** Whether failed handshakes of peers are to be told although nobody listens for them. */
  get wantsHandshakeFailures() {
    return debug.enabled
  }

  /**
   * A server listens.
   * @param {any} address
   */
  listening(address) {
    // Whoever gives it a certificate when it listens is in time.
    setImmediate(() => {
      const { tlsServer } =
        /** @type {{ tlsServer: { listening: boolean, canProveItself: boolean } }} */ (this.#node)
      if (tlsServer.listening && !tlsServer.canProveItself) warnings.noCertificate()
    })
    if (!debug.enabled) return
    const { address: host, port } = address ?? {}
    debug('%s: listening on %s', this.#name, port === undefined ? address : `${host} ${port}`)
  }

  /**
   * A peer of a server never got through its handshake, and the engine does not know.
   * @param {any} error
   * @param {string | null} [refusal] The code of what is wrong with its certificate, if that was why.
   */
  countHandshakeFailure(error, refusal) {
    this.stats.handshakeFailures.add(refusal ?? codeOf(error))
  }

  /**
   * A peer of a server never got through its handshake.
   * @param {any} error
   * @param {{ authorizationError?: string | null, remoteAddress?: string, remotePort?: number }} [peer]
   */
  handshakeFailed(error, { authorizationError: code, remoteAddress, remotePort } = {}) {
    if (!code) {
      if (debug.enabled) debug('%s: handshake failed, %s', this.#name, codeOf(error))
      return
    }
    if (debug.enabled) {
      const place = `${remoteAddress} ${remotePort}`
      debug('%s: certificate of a client (%s) refused, %s', this.#name, place, code)
    }
    const where = { remoteAddress, remotePort }
    this.#publish(channels.serverCertificateRefused, null, { code, ...where })
  }

  /**
   * Which of its servers a client means: what is told of it says so.
   * @param {Connection} connection
   * @param {{ host?: string, port: number | string }} server
   */
  wants(connection, { host = 'localhost', port }) {
    this.#targets ??= new WeakMap()
    this.#targets.set(connection, { target: { host, port } })
  }

  /**
   * A client begins to connect.
   * @param {Connection} connection
   * @param {boolean} again
   */
  connecting(connection, again) {
    this.stats.attempts++
    if (again) this.stats.reconnects++
    debug('%s: connecting%s', this.#name, again ? ' again' : '')
  }

  /** A client is about to connect again. */
  reconnecting() {
    this.#publish(channels.clientReconnectAttempt, null)
  }

  /**
   * A client tells of messages that it had kept.
   * @param {'dropped' | 'unconfirmed'} event
   * @param {{ count: number, reason?: string }} report
   */
  told(event, { count, reason }) {
    const { clientDropped, clientUnconfirmed } = channels
    if (event === 'unconfirmed') this.#publish(clientUnconfirmed, null, { count })
    else this.#publish(clientDropped, null, { count, reason })
  }

  /**
   * TCP is up, on a client.
   * @param {Connection} connection
   */
  connected(connection) {
    this.stats.connections++
    this.#log(connection, 'TCP is up')
    this.#publish(channels.clientConnect, connection)
  }

  /**
   * TLS is up, and the peer good. A server's connection begins with it.
   * @param {Connection} connection
   */
  secured(connection) {
    connection.secured = true
    const { stats } = this
    stats.handshakes++
    if (debug.enabled) {
      const { protocol, cipher } = connection.details.parameters ?? {}
      this.#log(connection, `TLS is up, ${protocol} ${cipher} over ${connection.transport}`)
    }
    if (this.#role === 'server') {
      stats.connections++
      this.#publish(channels.serverConnection, connection)
    } else {
      this.#publish(channels.clientSecure, connection)
    }
  }

  /** @param {Connection} connection */
  authenticated(connection) {
    this.stats.logins++
    this.stats.loggedIn++
    this.#log(connection, 'logged in')
    const { serverAuthenticated, clientAuthenticated } = channels
    const channel = this.#role === 'server' ? serverAuthenticated : clientAuthenticated
    this.#publish(channel, connection)
  }

  /**
   * The password was wrong.
   * @param {Connection} connection
   */
  refused(connection) {
    this.stats.refusals++
    this.#log(connection, 'login refused')
    const { serverRefused, clientRefused } = channels
    this.#publish(this.#role === 'server' ? serverRefused : clientRefused, connection)
  }

  /**
   * The program could not say whether a client is authenticated. It is rejected.
   * @param {Connection} connection
   * @param {any} error
   */
  undecided(connection, error) {
    this.stats.undecided++
    this.#log(connection, `authenticate failed, ${codeOf(error)}`)
    this.#publish(channels.serverAuthenticateError, connection, { error })
  }

  /**
   * The connection failed.
   * @param {Connection} connection
   * @param {any} error
   */
  failed(connection, error) {
    const code = codeOf(error)
    if (connection.secured) {
      this.cut(connection, code, error)
      return
    }
    const { attemptFailures, handshakeFailures } = this.stats
    ;(connection.details.connected ? handshakeFailures : attemptFailures).add(code)
    this.#log(connection, `cannot connect, ${code}`)
    this.#publish(channels.clientConnectError, connection, { code, error })
  }

  /**
   * A connection whose TLS was up is ended by a failure or a limit. Only the first of several reasons counts.
   * @param {Connection} connection
   * @param {string} code
   * @param {any} [error] Where there is one.
   */
  cut(connection, code, error) {
    if (connection.cut) return
    connection.cut = true
    this.stats.cuts.add(code)
    this.#log(connection, `cut, ${code}`)
    this.#publish(channels.connectionCut, connection, { code, error })
  }

  /** @param {Connection} connection */
  closed(connection) {
    if (connection.loggedIn) this.stats.loggedIn--
    this.#log(connection, 'closed')
    this.#publish(channels.connectionClose, connection)
  }

  /**
   * A request is sent.
   * @param {Pending} pending
   */
  requested({ connection, id: requestId, message }) {
    this.stats.requestsSent++
    const channel = channels.requestStart
    if (channel.hasSubscribers) {
      this.#publish(channel, connection, { requestId, request: message })
    }
  }

  /**
   * A request is settled.
   * @param {Pending} pending
   * @param {'answered' | 'failed' | 'timeout' | 'aborted' | 'lost'} outcome
   */
  settled({ connection, id: requestId, message, began }, outcome) {
    if (outcome === 'answered') this.stats.requestsAnswered++
    else if (outcome === 'failed') this.stats.requestsFailed++
    else if (outcome === 'timeout') this.stats.requestsTimedOut++
    else if (outcome === 'aborted') this.stats.requestsAborted++
    else this.stats.requestsLost++
    const channel = channels.requestSettle
    if (channel.hasSubscribers) {
      const duration = now() - began
      this.#publish(channel, connection, { requestId, request: message, outcome, duration })
    }
  }

  /**
   * @param {Channel} channel
   * @param {Connection | null} connection
   * @param {object} [more]
   */
  #publish(channel, connection, more) {
    if (!channel.hasSubscribers) return
    const where =
      connection === null
        ? {}
        : this.#role === 'server'
          ? { id: connection.socketId, socket: connection.socket }
          : { socket: connection.socket, ...this.#targets?.get(connection) }
    const message = { ...where, ...more }
    // Not to be listed: who prints the message would print `server.password`, and Node's server has its key in a field.
    Object.defineProperty(message, this.#role, bare({ value: this.#node }))
    channel.publish(message)
  }

  /**
   * @param {Connection} connection
   * @param {string} what
   */
  #log({ socketId, details, target }, what) {
    if (!debug.enabled) return
    const { address, port } = details.remote ?? { address: target?.host, port: target?.port }
    const whom = this.#role === 'server' ? `, client ${socketId}` : ''
    const place = port === undefined ? '' : ` (${address} ${port})`
    debug('%s%s%s: %s', this.#name, whom, place, what)
  }
}

exports.Observer = Observer
