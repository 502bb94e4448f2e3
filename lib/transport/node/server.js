'use strict'

const { AsyncResource } = require('node:async_hooks')
const tls = require('node:tls')

const binding = require('../../engine/binding')
const dispatch = require('../../engine/dispatch')
const errors = require('../../errors')
const { Connection } = require('../../connection/connection')
const { ConnectionSet } = require('../../connection/connection-set')
const { getPipes } = require('../../engine/engine')
const { refuseUnsupported } = require('../../net/accepted')
const { NodeCarrier } = require('./carrier')
const { canProve } = require('../../tls/proof')
const { itself, knowsItself } = require('../../host/itself')

/**
 * A handshake under way.
 * @typedef {object} Handshake
 * @property {number} id The engine's number of it.
 * @property {import('../../engine/binding').ServerGuard} guard
 */

/**
 * @param {any} tlsSocket
 * @returns {any} what was handed to the `tls.Server`: Node wraps what is no socket
 */
function streamBelow(tlsSocket) {
  return tlsSocket?._parent ?? tlsSocket?._handle?._parentWrap?.stream
}

/**
 * Has a server count a connection no longer that has ended and only lingers below, until its last bytes have left. The engine's
 * do not count either.
 * @param {any} stream
 * @param {any} server
 */
function release(stream, server) {
  // Else Node has done so, or another server counts it.
  if (stream?._server !== server || stream.destroyed) return
  stream._server = null
  server._connections--
  server._emitCloseIfDrained()
}

/** What `server.tlsServer` is where Node's own TLS is needed: a `tls.Server` whose connections the engine's sessions read. */
class NodeTlsServer extends tls.Server {
  #bounds
  #owner
  #resource = new AsyncResource('TLSJSONSERVER')
  #connections = new ConnectionSet(() => this.#closeIfDrained())
  /** Whether 'close' waits for the last connection's own. */
  #closing = false
  /** What this server holds against its peers, since the last `listen`. @type {import('../../engine/binding').ServerGuard | null} */
  #guard = null
  #beside
  /** By the stream that carries it. @type {Map<object, Handshake>} */
  #handshakes = new Map()
  /** Why handshakes were cut, by their streams. @type {WeakMap<object, Error>} */
  #refusals = new WeakMap()
  #allowHalfOpen
  #options

  /**
   * @param {any} options Node's, see `tls.createServer`.
   * @param {import('../../protocol/limits').Bounds} bounds
   * @param {import('../../connection/connection').Owner & { open: (connection: Connection) => void }} owner
   * @param {{ guard: () => import('../../engine/binding').ServerGuard, idle: () => void }} [beside] Of the server that this one
   *   stands beside: its guard, and what is called when no handshake is under way any more.
   */
  constructor(options, bounds, owner, beside) {
    super(options)
    knowsItself(this)
    const { keepAlive, keepAliveInitialDelay } = /** @type {any} */ (this)
    this.#beside = beside
    this.#bounds = { ...bounds, probeDelay: keepAlive ? keepAliveInitialDelay * 1000 : undefined }
    this.#owner = owner
    this.#options = options
    this.#allowHalfOpen = Boolean(options?.allowHalfOpen)
    // Connections are always read, and a peer that ends within its handshake has gone.
    Object.assign(this, { allowHalfOpen: false, pauseOnConnect: false })
  }

  /** What carries new connections. @returns {'rustls' | 'node'} */
  get transport() {
    return 'node'
  }

  /** Whether it has something to show to clients that ask who it is. */
  get canProveItself() {
    const { key, cert, pfx, _contexts } = /** @type {any} */ (this)
    // Deno keeps elsewhere what it was given.
    const given = 'cert' in this ? { key, cert, pfx } : {}
    return _contexts?.length > 0 || canProve({ ...itself(this).#options, ...given })
  }

  /** How many handshakes are under way. */
  get handshakes() {
    return itself(this).#handshakes.size
  }

  /** How often each limit was met since the last `listen`; null before the first. */
  get limitCounts() {
    return itself(this).#guard?.counts() ?? null
  }

  /** @param {any[]} args */
  listen(...args) {
    super.listen(...args)
    itself(this).#resource = new AsyncResource('TLSJSONSERVER')
    itself(this).#guard = new binding.ServerGuard(itself(this).#bounds)
    return this
  }

  /**
   * @param {string | symbol} event
   * @param {...any} args
   * @returns {boolean}
   */
  emit(event, ...args) {
    switch (event) {
      case 'connection':
        refuseUnsupported(args[0])
        return itself(this).#greet(args[0]) && super.emit(event, ...args)
      case 'secureConnection':
        return itself(this).#resource.runInAsyncScope(itself(this).#accept, itself(this), args[0])
      case 'tlsClientError': {
        const [cause, tlsSocket] = args
        const stream = streamBelow(tlsSocket)
        if (cause?.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') {
          itself(this).#handshakes.get(stream)?.guard.handshakeTimedOut()
        }
        itself(this).#endHandshake(stream)
        const error = itself(this).#refusals.get(stream) ?? cause
        // Set before a handshake is over only if that is the end of it.
        const { authorizationError = null } = tlsSocket ?? {}
        const { remoteAddress, remotePort } = stream ?? {}
        const peer = { authorizationError, remoteAddress, remotePort }
        itself(this).#owner.observer.countHandshakeFailure(error, authorizationError)
        itself(this).#owner.observer.handshakeFailed(error, peer)
        try {
          return super.emit(event, error, tlsSocket)
        } finally {
          // Node leaves some of them open.
          tlsSocket?.destroy()
        }
      }
      case 'drop':
        itself(this).#owner.observer.stats.dropped++
        return super.emit(event, ...args)
      case 'listening':
        itself(this).#owner.observer.listening(this.address())
        return super.emit(event, ...args)
      case 'close':
        itself(this).#closing = true
        return itself(this).#closeIfDrained()
      default:
        return super.emit(event, ...args)
    }
  }

  /**
   * A handshake begins, unless its peer is refused.
   * @param {any} stream
   * @returns {boolean} Whether it does.
   */
  #greet(stream) {
    const guard = this.#currentGuard()
    if (guard.refuses(stream.remoteAddress)) {
      this.#owner.observer.stats.barred++
      stream.destroy()
      return false
    }
    const id = getPipes().beginHandshake(guard)
    this.#handshakes.set(stream, { id, guard })
    dispatch.register(id, {
      resource: this.#resource,
      line() {},
      signal: signal => {
        // 'tlsClientError' follows.
        this.#refusals.set(stream, errors.fromEngine(signal.error))
        stream.destroy()
      },
    })
    stream.once('close', () => this.#endHandshake(stream))
    return true
  }

  #currentGuard() {
    return this.#beside?.guard() ?? (this.#guard ??= new binding.ServerGuard(this.#bounds))
  }

  /** @param {object | undefined} stream */
  #endHandshake(stream) {
    const handshake = stream && this.#handshakes.get(stream)
    if (!handshake) return
    this.#handshakes.delete(stream)
    dispatch.forget(handshake.id)
    getPipes().endHandshake(handshake.id)
    if (this.#handshakes.size === 0) this.#beside?.idle()
  }

  /** @param {tls.TLSSocket} tlsSocket */
  #accept(tlsSocket) {
    const stream = streamBelow(tlsSocket)
    const guard = this.#handshakes.get(stream)?.guard ?? this.#currentGuard()
    const connection = new Connection(this.#owner, this.#resource)
    const carrier = new NodeCarrier(connection, tlsSocket, this.#bounds, guard)
    connection.allowHalfOpen = this.#allowHalfOpen
    carrier.secured()
    carrier.attach()
    this.#connections.add(connection)
    connection.onClosed(() => release(stream, this))
    this.#owner.open(connection)
    this.#endHandshake(stream)
    try {
      return super.emit('secureConnection', connection.socket)
    } finally {
      // Its deadlines hold also where a listener has thrown.
      carrier.begin()
    }
  }

  #closeIfDrained() {
    if (!this.#closing || this.#connections.size > 0) return false
    this.#closing = false
    return super.emit('close')
  }
}

exports.NodeTlsServer = NodeTlsServer
