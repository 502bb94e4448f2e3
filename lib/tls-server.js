'use strict'

const { AsyncResource } = require('node:async_hooks')
const EventEmitter = require('node:events')
const { isIP } = require('node:net')
const dns = require('node:dns')

const contexts = require('./contexts')
const dispatch = require('./dispatch')
const errors = require('./errors')
const { Connection } = require('./connection')
const { getEngine } = require('./engine')
const { Hold } = require('./keep-open')
const { listenTarget } = require('./lookup')
const { serverMaterial } = require('./tls-options')

/** How many connections may wait to be accepted, as in Node. */
const BACKLOG = 511

/**
 * @typedef {object} Timing Milliseconds.
 * @property {number} loginTimeout 0 for no limit.
 * @property {number} keepaliveInterval
 * @property {number} keepaliveTimeout
 */

/** What `server.tlsServer` is: looks like a `tls.Server`, listens natively. */
class TlsServer extends EventEmitter {
  #material
  /** @type {Timing} */
  #timing
  /** @type {import('./connection').Owner & { open: (connection: Connection) => void }} */
  #owner
  /** The engine's number of the listener; 0 while there is none. */
  #listener = 0
  /** @type {{ address: string, family: string, port: number } | string | null} */
  #address = null
  /** Whether a listen call waits for its address to be looked up. */
  #opening = false
  /** Listeners that were closed and have handshakes under way. */
  #closing = 0
  /** @type {Set<Connection>} */
  #connections = new Set()
  #hold = new Hold()

  /**
   * @param {any} options Node's, see `tls.createServer`.
   * @param {Timing} timing
   * @param {import('./connection').Owner & { open: (connection: Connection) => void }} owner
   */
  constructor(options, timing, owner) {
    super()
    this.#material = serverMaterial(options)
    this.#timing = timing
    this.#owner = owner
  }

  /** Whether connections are taken. */
  get listening() {
    return this.#listener !== 0
  }

  /** Where it listens; null while it does not. */
  address() {
    return typeof this.#address === 'object' && this.#address !== null
      ? { ...this.#address }
      : this.#address
  }

  /**
   * Listens. Errors of the system come as 'error' events, as Node's do.
   * @param {any} target A port, a numeric string, the path of a Unix domain socket, or
   *   `{ port, host, path, backlog, ipv6Only }`.
   * @param {() => void} [callback] Called once it listens.
   */
  listen(target, callback) {
    if (this.listening || this.#opening) throw errors.alreadyListening()
    const place = listenTarget(target)
    if (typeof callback === 'function') this.once('listening', callback)
    const resource = new AsyncResource('TLSJSONSERVER')
    const { host } = place
    if (host === undefined || isIP(host) !== 0) {
      this.#open(resource, place)
      return this
    }
    this.#opening = true
    dns.lookup(host, (error, address) => {
      if (!this.#opening) return
      this.#opening = false
      if (error !== null) this.emit('error', error)
      else this.#open(resource, { ...place, host: address })
    })
    return this
  }

  /**
   * Takes no more connections; those there are stay usable.
   * @param {(error?: Error) => void} [callback] Called when the last of them has gone.
   */
  close(callback) {
    const open = this.listening || this.#opening
    if (typeof callback === 'function') {
      if (open) this.once('close', callback)
      else this.once('close', () => callback(errors.notListening()))
    }
    this.#opening = false
    if (this.listening) {
      this.#closing++
      getEngine().closeListener(this.#listener)
      this.#listener = 0
      this.#address = null
    }
    this.#closeIfDrained()
    return this
  }

  /** @param {(error: Error | null, count: number) => void} callback */
  getConnections(callback) {
    process.nextTick(callback, null, this.#connections.size)
    return this
  }

  ref() {
    this.#hold.ref()
    return this
  }

  /** Lets the process end although it listens. */
  unref() {
    this.#hold.unref()
    return this
  }

  /**
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  on(event, listener) {
    return this.addListener(event, listener)
  }

  /**
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  addListener(event, listener) {
    super.addListener(event, listener)
    this.#reportClientErrors()
    return this
  }

  /**
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  prependListener(event, listener) {
    super.prependListener(event, listener)
    this.#reportClientErrors()
    return this
  }

  /** Failed handshakes cross from the engine only while somebody listens for them. */
  #reportClientErrors() {
    if (this.listening && this.listenerCount('tlsClientError') > 0) {
      getEngine().reportClientErrors(this.#listener, true)
    }
  }

  /**
   * @param {AsyncResource} resource
   * @param {ReturnType<typeof listenTarget>} place
   */
  #open(resource, place) {
    const { path, host, port, backlog = BACKLOG, ipv6Only } = place
    const context = contexts.server(this.#material)
    const listening = getEngine().listen(context, {
      address: host,
      path,
      port,
      backlog,
      ipv6Only,
      handshakeTimeout: this.#material.handshakeTimeout,
      ...this.#timing,
    })
    if (listening.errno !== 0) {
      const { errno, address, port: failedPort } = listening
      // Node says of a path that its port is -1.
      const at = path === undefined ? { address, port: failedPort } : { address: path, port: -1 }
      const error = errors.fromEngine({ kind: 'system', syscall: 'listen', errno, ...at })
      process.nextTick(() => this.emit('error', error))
      return
    }
    this.#listener = listening.id
    if (listening.address === undefined || listening.port === undefined) {
      this.#address = path ?? null
    } else {
      const family = isIP(listening.address) === 6 ? 'IPv6' : 'IPv4'
      this.#address = { address: listening.address, family, port: listening.port }
    }
    this.#hold.acquire()
    dispatch.register(listening.id, {
      resource,
      line() {},
      signal: signal => this.#signal(listening.id, signal),
      open: (id, signal) => this.#accept(id, resource, signal),
    })
    this.#reportClientErrors()
    process.nextTick(() => {
      if (this.#listener === listening.id) this.emit('listening')
    })
  }

  /**
   * @param {number} listener
   * @param {any} signal
   */
  #signal(listener, signal) {
    switch (signal.type) {
      case 'clientError':
        this.#clientError(signal)
        return
      case 'listenerClosed':
        dispatch.forget(listener)
        this.#closing--
        this.#closeIfDrained()
        return
      default:
        throw new TypeError(`unknown signal ${signal.type}`)
    }
  }

  /**
   * @param {number} id
   * @param {AsyncResource} resource
   * @param {any} signal
   */
  #accept(id, resource, signal) {
    const connection = new Connection(this.#owner, resource)
    connection.secure(signal)
    connection.attach(id)
    this.#connections.add(connection)
    connection.onClosed = () => {
      this.#connections.delete(connection)
      this.#closeIfDrained()
    }
    this.#owner.open(connection)
    this.emit('secureConnection', connection.socket)
  }

  /** @param {any} signal */
  #clientError(signal) {
    if (this.listenerCount('tlsClientError') === 0) return
    const error = errors.fromEngine(signal.error)
    const { address, family, port } = signal.remote ?? {}
    const socket = {
      remoteAddress: address,
      remoteFamily: family,
      remotePort: port,
      destroyed: true,
    }
    this.emit('tlsClientError', error, socket)
  }

  #closeIfDrained() {
    if (this.listening || this.#opening || this.#closing > 0 || this.#connections.size > 0) return
    this.#hold.release()
    process.nextTick(() => this.emit('close'))
  }
}

exports.TlsServer = TlsServer
