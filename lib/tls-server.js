'use strict'

const { AsyncResource } = require('node:async_hooks')
const { isIP } = require('node:net')
const dns = require('node:dns')

const binding = require('./binding')
const { closeOn } = require('./abort')
const errors = require('./errors')
const { Companion, companionOf } = require('./companion')
const { Connection } = require('./connection')
const { ConnectionSet } = require('./connection-set')
const { getEngine } = require('./engine')
const {
  descriptorOf,
  descriptorToAcceptBy,
  isShared,
  refuseStranger,
  sharedServer,
} = require('./handed-over')
const { Hold } = require('./keep-open')
const { BACKLOG, addressOf, failureOf, receive, settingsOf } = require('./listening')
const { listenTarget } = require('./lookup')
const { NoticingEmitter } = require('./noticing-emitter')
const { Peer } = require('./peer')
const { ServerContexts } = require('./server-contexts')
const { nextTick } = require('./host')
const { itself } = require('./itself')

/**
 * @typedef {ReturnType<typeof import('./limits').serverLimits> & { keepaliveInterval: number, keepaliveTimeout: number }} Bounds
 *   Times in milliseconds.
 */

/** What `server.tlsServer` is: looks like a `tls.Server`, listens natively. */
class TlsServer extends NoticingEmitter {
  #contexts
  /** @type {Bounds} */
  #bounds
  /** @type {import('./connection').Owner & { open: (connection: Connection) => void }} */
  #owner
  /** The engine's number of the listener; 0 while there is none. */
  #listener = 0
  /** @type {{ address: string, family: string, port: number } | string | null} */
  #address = null
  /** Whether a listen call waits for its address to be looked up. */
  #opening = false
  #backlog = BACKLOG
  /** Listeners that were closed and have handshakes under way. */
  #closing = 0
  /** What accepts in our place: in a cluster worker for one, or for Node's own TLS. @type {import('node:net').Server | null} */
  #shared = null
  /** The engine's number of the listener for connections of others; 0 while there is none. */
  #adopting = 0
  /** Takes what the engine cannot. */
  #companion = new Companion(() => this.#newCompanion())
  #maxConnections = Infinity
  /** What this server holds against its peers, since the last `listen`. @type {import('./binding').ServerGuard | null} */
  #guard = null
  #connections = new ConnectionSet(() => this.#closeIfDrained())
  #hold = new Hold()

  /**
   * @param {any} options Node's, see `tls.createServer`.
   * @param {Bounds} bounds
   * @param {import('./connection').Owner & { open: (connection: Connection) => void }} owner
   */
  constructor(options, bounds, owner) {
    super(() => this.#report())
    this.#contexts = new ServerContexts(options)
    this.#bounds = bounds
    this.#owner = owner
  }

  get listening() {
    return itself(this).#listener !== 0 && !itself(this).#opening
  }

  /** Where it listens; null while it does not. */
  address() {
    const address = itself(this).#address ?? itself(this).#shared?.address() ?? null
    return typeof address === 'object' && address !== null ? { ...address } : address
  }

  /**
   * Listens. Errors of the system come as 'error' events, as Node's do.
   * @param {any} target A port, a numeric string, the path of a Unix domain socket, or
   *   `{ port, host, path, fd, backlog, ipv6Only, exclusive, signal }`.
   * @param {() => void} [callback] Called once it listens.
   */
  listen(target, callback) {
    if (this.listening || itself(this).#opening) throw errors.alreadyListening()
    const place = listenTarget(target)
    if (typeof callback === 'function') this.once('listening', callback)
    const resource = new AsyncResource('TLSJSONSERVER')
    const { host, signal } = place
    if (signal !== undefined) closeOn(this, signal)
    if (host === undefined || isIP(host) !== 0) {
      itself(this).#open(resource, place)
      return this
    }
    itself(this).#opening = true
    dns.lookup(host, (error, address) => {
      if (!itself(this).#opening) return
      itself(this).#opening = false
      if (error !== null) this.emit('error', error)
      else itself(this).#open(resource, { ...place, host: address })
    })
    return this
  }

  /**
   * Takes no more connections; those there are stay usable.
   * @param {(error?: Error) => void} [callback] Called when the last of them has gone.
   */
  close(callback) {
    const open = this.listening || itself(this).#opening
    if (typeof callback === 'function') {
      if (open) this.once('close', callback)
      else this.once('close', () => callback(errors.notListening()))
    }
    itself(this).#opening = false
    itself(this).#shared?.close()
    itself(this).#shared = null
    itself(this).#address = null
    for (const listener of [itself(this).#listener, itself(this).#adopting]) {
      if (listener === 0) continue
      itself(this).#closing++
      getEngine().closeListener(listener)
    }
    itself(this).#listener = itself(this).#adopting = 0
    itself(this).#closeIfDrained()
    return this
  }

  /** What carries new connections. @returns {import('./transport').Transport} */
  get transport() {
    return itself(this).#contexts.needNode ? 'node' : 'rustls'
  }

  /** Whether it has something to show to clients that ask who it is. */
  get canProveItself() {
    return itself(this).#contexts.canProve
  }

  /** How often each limit was met since the last `listen`; null before the first. */
  get limitCounts() {
    return itself(this).#guard?.counts() ?? null
  }

  /**
   * Counts the connections, those in their handshake too.
   * @param {(error: Error | null, count: number) => void} callback
   */
  getConnections(callback) {
    nextTick(callback, null, itself(this).#peers)
    return this
  }

  /** Connections, those in their handshake too. */
  get #peers() {
    const handshakes = this.listening ? getEngine().handshakes(this.#listener) : 0
    return this.#connections.size + handshakes + this.#companion.handshakes
  }

  /** How many connections there may be at a time; further ones are closed at once. Undefined for any number. */
  get maxConnections() {
    return itself(this).#maxConnections === Infinity ? undefined : itself(this).#maxConnections
  }

  set maxConnections(most) {
    itself(this).#maxConnections = most ? Number(most) : Infinity
    itself(this).#limit()
  }

  /**
   * Takes other certificates, keys and rules for the handshakes to come; the connections there are stay as they are.
   * @param {any} options Node's, see `tls.createSecureContext`; what is not given takes its default.
   * @throws {Error} As the constructor. Then all is as before.
   */
  setSecureContext(options) {
    itself(this).#change(itself(this).#contexts.renewed(options), server =>
      server.setSecureContext(options),
    )
  }

  /**
   * Takes another certificate for clients that ask for a name (SNI).
   * @param {string} hostname Where `*` stands for one label, or a part of it.
   * @param {any} options Node's, see `tls.createSecureContext`, or its result.
   * @throws {Error} As the constructor.
   */
  addContext(hostname, options) {
    itself(this).#change(itself(this).#contexts.with(hostname, options), server =>
      server.addContext(hostname, options),
    )
  }

  /**
   * Has the handshakes to come use other contexts; where only Node's own TLS can, it carries them.
   * @param {ServerContexts} changed
   * @param {(server: import('node:tls').Server) => void} change The same for one of Node's.
   */
  #change(changed, change) {
    if (changed.needNode) this.#acceptByNode()
    this.#contexts = changed
    this.#companion.follow(change)
    for (const listener of [this.#listener, this.#adopting]) {
      if (listener === 0 || changed.needNode) continue
      getEngine().setContext(listener, changed.current)
      changed.ask(listener)
    }
  }

  /** From now on Node accepts connections, on the socket that listens. Those that it cannot be used for go back. */
  #acceptByNode() {
    if (this.#listener === 0 || this.#shared !== null) return
    const fd = descriptorToAcceptBy(getEngine(), this.#listener)
    const listener = this.#listener
    const shared = sharedServer(socket => this.#takeOver(listener, socket, true))
    shared.on('error', error => this.emit('error', error))
    shared.listen({ fd }, this.#backlog)
    // What holds the process is our own hold.
    this.#shared = shared.unref()
  }

  ref() {
    itself(this).#hold.ref()
    itself(this).#shared?.ref()
    return this
  }

  unref() {
    itself(this).#hold.unref()
    itself(this).#shared?.unref()
    return this
  }

  /**
   * Emitting 'connection' with a connected socket or another duplex stream hands it over to this server.
   * @param {string | symbol} event
   * @param {...any} args
   */
  emit(event, ...args) {
    if (event === 'connection') itself(this).#adopt(args[0])
    return super.emit(event, ...args)
  }

  /** What only matters to a listener crosses from the engine only while there is one. */
  #report() {
    if (!this.listening) return
    const failures =
      this.listenerCount('tlsClientError') > 0 || this.#owner.observer.wantsHandshakeFailures
    const connections = this.listenerCount('connection') > 0
    const keys = this.listenerCount('keylog') > 0
    getEngine().report(this.#listener, failures, connections, keys)
  }

  #limit() {
    const most = Math.max(0, Math.floor(Math.min(this.#maxConnections, 0xffffffff)))
    if (this.listening) getEngine().setMaxConnections(this.#listener, most)
  }

  /**
   * @param {AsyncResource} resource
   * @param {import('./lookup').ListenTarget} place
   */
  #open(resource, place) {
    if (isShared(place)) {
      this.#openShared(resource, place)
      return
    }
    const { path, host, port, backlog = BACKLOG, ipv6Only } = place
    this.#backlog = backlog
    const listening = this.#openListener(resource, { address: host, path, port, backlog, ipv6Only })
    if (listening.errno !== 0) {
      const error = failureOf(listening, path)
      nextTick(() => this.emit('error', error))
      return
    }
    this.#address = addressOf(listening, path)
    this.#listener = listening.id
    if (this.#contexts.needNode) this.#acceptByNode()
    this.#opened()
    nextTick(() => {
      if (this.#listener === listening.id) this.emit('listening')
    })
  }

  /**
   * Node listens and accepts, see handed-over.js.
   * @param {AsyncResource} resource
   * @param {import('./lookup').ListenTarget} place
   */
  #openShared(resource, place) {
    const { id } = this.#openListener(resource, { detached: true })
    const shared = sharedServer(socket => this.#takeOver(id, socket, true))
    this.#shared = shared
    this.#listener = id
    this.#opening = true
    shared.on('error', error => {
      if (this.#shared !== shared) return
      this.close()
      this.emit('error', error)
    })
    shared.listen(place.opened ?? { ...place, signal: undefined }, () => {
      if (this.#shared !== shared) return
      this.#opening = false
      this.#address = /** @type {any} */ (shared.address())
      this.#opened()
      this.emit('listening')
    })
  }

  #opened() {
    this.#owner.observer.listening(this.#address)
    this.#hold.acquire()
    this.#limit()
    this.#report()
  }

  /**
   * @param {AsyncResource} resource
   * @param {import('./listening').Settings} place
   */
  #openListener(resource, place) {
    const guard = new binding.ServerGuard(this.#bounds)
    const settings = settingsOf(place, this.#contexts, this.#bounds)
    const { tally } = this.#owner.observer.stats
    const listening = getEngine().listen(this.#contexts.current, guard, settings, tally)
    if (listening.id !== 0) {
      this.#guard = guard
      this.#register(listening.id, resource)
    }
    return listening
  }

  /** @param {any} socket */
  #adopt(socket) {
    refuseStranger(socket)
    if (!this.listening && this.#adopting === 0) {
      const resource = new AsyncResource('TLSJSONSERVER')
      this.#adopting = this.#openListener(resource, { detached: true }).id
    }
    this.#takeOver(this.listening ? this.#listener : this.#adopting, socket, false)
  }

  /**
   * @param {number} listener
   * @param {any} socket
   * @param {boolean} accepted Whether it came by listening.
   */
  #takeOver(listener, socket, accepted) {
    if (accepted && this.#peers >= this.#maxConnections) {
      this.#owner.observer.stats.dropped++
      socket.destroy()
      return
    }
    const descriptor = this.#contexts.needNode ? null : descriptorOf(socket)
    if (descriptor === null) {
      this.#companion.take(socket)
      // Of those that the engine takes it tells itself.
      if (accepted) super.emit('connection', socket)
    } else {
      getEngine().adopt(listener, descriptor)
      socket.destroy()
    }
  }

  #newCompanion() {
    return companionOf(this, this.#contexts, this.#bounds, {
      guard: () => /** @type {import('./binding').ServerGuard} */ (this.#guard),
      idle: () => this.#closeIfDrained(),
      owner: {
        ...this.#owner,
        open: connection => {
          this.#connections.add(connection)
          this.#owner.open(connection)
        },
      },
    })
  }

  /**
   * @param {number} listener
   * @param {AsyncResource} resource
   */
  #register(listener, resource) {
    this.#contexts.ask(listener)
    if (this.#contexts.ofConnections.blockList !== undefined) getEngine().askPeers(listener, true)
    receive(listener, resource, {
      clientError: signal => {
        this.#tellKeys(signal, new Peer(signal, () => {}).destroy())
        this.#refused(errors.fromEngine(signal.error), signal)
      },
      closed: () => {
        this.#closing--
        this.#closeIfDrained()
      },
      secure: (connection, signal) => this.#accept(connection, resource, signal),
      hello: (id, signal) => {
        try {
          this.#contexts.answer(id, signal)
        } catch (error) {
          this.#owner.observer.countHandshakeFailure(error)
          this.#refused(error, signal)
        }
      },
      connection: (id, signal) => {
        if (signal.asks && !this.#contexts.admit(id, signal.remote)) return
        super.emit('connection', new Peer(signal, () => getEngine().destroy(id)))
      },
    })
  }

  /**
   * @param {number} id
   * @param {AsyncResource} resource
   * @param {any} signal
   */
  #accept(id, resource, signal) {
    const connection = new Connection(this.#owner, resource)
    connection.allowHalfOpen = this.#contexts.ofConnections.allowHalfOpen
    connection.secure(signal)
    connection.attach(id)
    this.#connections.add(connection)
    this.#owner.open(connection)
    this.#tellKeys(signal, connection.socket)
    this.emit('secureConnection', connection.socket)
  }

  /**
   * @param {{ keys?: string[] }} signal Of a handshake.
   * @param {Peer | import('./socket').Socket} socket
   */
  #tellKeys({ keys = [] }, socket) {
    for (const line of keys) this.emit('keylog', Buffer.from(line), socket)
  }

  /**
   * @param {any} error
   * @param {any} signal Of the peer.
   */
  #refused(error, signal) {
    const socket = new Peer(signal, () => {}).destroy()
    this.#owner.observer.handshakeFailed(error, socket)
    if (this.listenerCount('tlsClientError') > 0) this.emit('tlsClientError', error, socket)
  }

  #closeIfDrained() {
    if (this.#listener !== 0 || this.#adopting !== 0 || this.#opening) return
    if (this.#closing > 0 || this.#peers > 0) return
    this.#hold.release()
    nextTick(() => this.emit('close'))
  }
}

exports.TlsServer = TlsServer
