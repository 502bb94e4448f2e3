'use strict'

const { AsyncResource } = require('node:async_hooks')

const binding = require('../../engine/binding')
const { Arrivals } = require('./arrivals')
const { Companion } = require('./companion')
const { ConnectionSet } = require('../../connection/connection-set')
const { descriptorOf, refuseUnsupported } = require('../../net/accepted')
const { Listener, placeOf } = require('./listener')
const { NoticingServer } = require('./noticing-server')
const { ServerContexts } = require('./server-contexts')
const { TicketKeys } = require('./ticket-keys')
const { nextTick } = require('../../host/host')
const { itself } = require('../../host/itself')

/** @typedef {import('../../connection/connection').Connection} Connection */
/** @typedef {import('../../connection/connection').Owner & { open: (connection: Connection) => void }} Owner */
/** @typedef {import('../../protocol/limits').Bounds} Bounds */

/**
 * From one `listen` to the next.
 * @typedef {object} Span
 * @property {AsyncResource} resource Whose context events run in.
 * @property {import('../../engine/binding').ServerGuard} guard What is held against peers.
 */

/** Events that only Node's own TLS has: who listens to one of them before `listen` gets it. */
const OF_NODE = ['OCSPRequest', 'newSession', 'resumeSession']

/**
 * What `server.tlsServer` is: a `net.Server`, so that listening and closing are Node's own in every form and order,
 * whose handle is the engine's `Listener`. Where it cannot be (in a cluster worker, on a path, on what is open already,
 * and where only Node's TLS can do what is asked) Node accepts by itself, and the engine takes over what it can.
 */
class TlsServer extends NoticingServer {
  #contexts
  #makeNodeServer
  #tickets
  /** @type {Bounds} */
  #bounds
  /** @type {Owner} */
  #owner
  /** Since the last `listen`. @type {Span | null} */
  #span = null
  /** What is not closed, also what takes nothing any more. @type {Set<Listener>} */
  #listeners = new Set()
  /** Takes what comes from elsewhere while the engine does not listen. @type {Listener | null} */
  #adopting = null
  /** Takes what the engine cannot. */
  #companion = new Companion(this, () => this.#newCompanion())
  #arrivals
  #maxConnections = Infinity
  #connections = new ConnectionSet(() => this._emitCloseIfDrained())

  /**
   * @param {any} options Node's, see `tls.createServer`.
   * @param {import('../../tls/plan').RustlsServerPlan} plan Of the options.
   * @param {Bounds} bounds
   * @param {Owner} owner
   * @param {import('./companion').MakeNodeServer} makeNodeServer
   */
  constructor(options, plan, bounds, owner, makeNodeServer) {
    // What Node accepts is to be handed over: nobody may have read from it.
    super({ pauseOnConnect: true }, () => this.#noticed())
    this.#contexts = ServerContexts.of(options, plan.material)
    this.#tickets = new TicketKeys(options)
    this.#bounds = bounds
    this.#makeNodeServer = makeNodeServer
    this.#owner = {
      ...owner,
      open: connection => {
        this.#connections.add(connection)
        owner.open(connection)
      },
    }
    this.#arrivals = new Arrivals(this, this.#owner, () => this.#contexts)
  }

  /**
   * Listens, in any form of `net.Server.listen`. Errors of the system come as 'error' events.
   * @param {any[]} args
   * @throws {Error} Node's own, for what is no place to listen.
   */
  listen(...args) {
    const self = itself(this)
    const before = self.#span
    // Before Node looks at the arguments: it may listen at once. What has begun keeps its own.
    self.#span = self.#newSpan()
    let taken = false
    try {
      super.listen(...args)
      taken = true
    } finally {
      if (!taken) self.#span = before
    }
    return this
  }

  /**
   * Called by Node, with what it makes of the arguments of `listen`: what was asked for is a place of the system, or
   * there is a handle already.
   * @param {[address: string | null, port: number | null, addressType: number | null, backlog: number, fd?: number, flags?: number]} place
   */
  _listen2(...place) {
    const self = itself(this)
    const [address, port, addressType, backlog, fd, flags] = place
    const isTcp = addressType === 4 || addressType === 6
    if (self._handle !== null || typeof fd === 'number' || !isTcp || self.#needsNode() !== null) {
      super._listen2(...place)
      return
    }
    try {
      self._handle = self.#open(placeOf(address, port, backlog, flags))
    } catch (error) {
      nextTick(() => this.emit('error', error))
      return
    }
    if (self._unref) this.unref()
    nextTick(() => {
      if (self._handle !== null) this.emit('listening')
    })
  }

  /**
   * Takes no more connections; those there are stay usable.
   * @param {(error?: Error) => void} [callback] Called when the last of them has gone.
   */
  close(callback) {
    const self = itself(this)
    const last = self.#own() ?? self.#adopting
    if (last !== null) last.closesAlone = self.#peers() === 0
    self.#adopting?.close()
    self.#adopting = null
    return super.close(callback)
  }

  /** Called by Node and here, whenever something has come to its end: 'close' waits for all of it. */
  _emitCloseIfDrained() {
    const self = itself(this)
    const rests =
      self.#listeners.size === 0 && self.#peers() === 0 && !self._handle && !self._connections
    // As Node does, which goes by what `process.nextTick` is at the moment: perhaps a mocked clock's.
    if (rests) nextTick(() => this.emit('close'))
  }

  /** What carries new connections. @returns {'rustls' | 'node'} */
  get transport() {
    return itself(this).#needsNode() === null ? 'rustls' : 'node'
  }

  /** Whether it has something to show to clients that ask who it is. */
  get canProveItself() {
    return itself(this).#contexts.canProve
  }

  /** How often each limit was met since the last `listen`; null before the first. */
  get limitCounts() {
    return itself(this).#span?.guard.counts() ?? null
  }

  /**
   * Counts the connections, those in their handshake too.
   * @param {(error: Error | null, count: number) => void} callback
   */
  getConnections(callback) {
    // Then, so that a connection is not counted in its own 'close'.
    nextTick(() => callback(null, itself(this).#peers()))
    return this
  }

  /** Connections, those in their handshake too. */
  #peers() {
    let handshakes = this.#companion.handshakes
    for (const listener of this.#listeners) handshakes += listener.handshakes
    return this.#connections.size + handshakes
  }

  /**
   * How many connections there may be at a time; further ones are closed at once. Undefined for any number.
   * @returns {any}
   */
  // @ts-expect-error Node's is a plain property.
  get maxConnections() {
    return itself(this).#maxConnections === Infinity ? undefined : itself(this).#maxConnections
  }

  set maxConnections(most) {
    const self = itself(this)
    self.#maxConnections = most ? Number(most) : Infinity
    self.#own()?.limit(self.#maxConnections)
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
   * Asks the clients of the handshakes to come for a certificate, or no longer.
   * @param {{ requestCert?: boolean, rejectUnauthorized?: boolean }} options As Node's, which has this up to version 22.
   */
  setOptions(options) {
    const rules = {
      requestCert: options.requestCert === true,
      rejectUnauthorized: options.rejectUnauthorized !== false,
    }
    itself(this).#change(itself(this).#contexts.ruled(rules), server =>
      Object.assign(server, rules),
    )
  }

  /** What tickets would be encrypted with. @returns {Buffer} */
  getTicketKeys() {
    return itself(this).#tickets.keys
  }

  /**
   * Takes other keys for tickets. Only Node's own TLS gives any.
   * @param {Buffer} keys 48 bytes.
   * @throws {Error} Node's own
   */
  setTicketKeys(keys) {
    itself(this).#tickets.keys = keys
    itself(this).#companion.follow(server => server.setTicketKeys(keys))
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
    if (changed.needNode) return
    for (const listener of [this.#own(), this.#adopting]) listener?.use(changed)
  }

  /** The name of what only Node's own TLS can do; null where the engine can do all that is asked. */
  #needsNode() {
    if (this.#contexts.needNode) return 'secureContext'
    return OF_NODE.find(event => this.listenerCount(event) > 0) ?? null
  }

  /** What the engine listens by. @returns {Listener | null} */
  #own() {
    return this._handle instanceof Listener ? this._handle : null
  }

  #acceptByNode() {
    this.#own()?.yieldToNode(
      socket => this.#takeOver(socket, true),
      error => this.emit('error', error),
    )
  }

  /**
   * Emitting 'connection' with a connected socket or another duplex stream hands it over to this server.
   * @param {string | symbol} event
   * @param {...any} args
   * @returns {boolean}
   */
  emit(event, ...args) {
    const self = itself(this)
    switch (event) {
      case 'connection':
        return self.#takeOver(args[0], args[0]?._server === self)
      case 'listening':
        self.#owner.observer.listening(this.address())
        break
      case 'drop':
        self.#owner.observer.stats.dropped++
    }
    return super.emit(event, ...args)
  }

  #noticed() {
    if (this.#needsNode() !== null) this.#acceptByNode()
    this.#report(this.#own())
    this.#report(this.#adopting)
  }

  /** @param {Listener | null} listener */
  #report(listener) {
    listener?.report({
      failures:
        this.listenerCount('tlsClientError') > 0 || this.#owner.observer.wantsHandshakeFailures,
      connections: this.listenerCount('connection') > 0,
      keys: this.listenerCount('keylog') > 0,
    })
  }

  #newSpan() {
    return {
      resource: new AsyncResource('TLSJSONSERVER'),
      guard: new binding.ServerGuard(this.#bounds),
    }
  }

  /**
   * @param {import('./listener').Place | null} place
   * @throws {Error} As Node emits it, where it cannot listen.
   */
  #open(place) {
    this.#span ??= this.#newSpan()
    const { resource, guard } = this.#span
    const { observer } = this.#owner
    const listener = new Listener(
      {
        contexts: this.#contexts,
        bounds: this.#bounds,
        guard,
        tally: observer.stats.tally,
        resource,
        connection: peer => super.emit('connection', peer),
        admits: (id, remote) => this.#arrivals.admits(id, remote),
        hello: (id, signal) => this.#arrivals.hello(id, signal),
        secure: (id, signal, peer) => {
          listener.closesAlone = false
          this.#arrivals.secure(id, resource, signal, peer)
        },
        clientError: signal => this.#arrivals.failed(signal),
        closed: () => {
          this.#listeners.delete(listener)
          // It may listen at another place by now; the 'close' of this one is due all the same.
          if (listener.closesAlone) nextTick(() => this.emit('close'))
          else this._emitCloseIfDrained()
        },
      },
      place,
    )
    this.#listeners.add(listener)
    if (place !== null) listener.limit(this.#maxConnections)
    this.#report(listener)
    return listener
  }

  /**
   * @param {any} socket
   * @param {boolean} accepted Whether it came by listening.
   * @returns {boolean} Whether somebody listens to 'connection'.
   */
  #takeOver(socket, accepted) {
    if (accepted && this.#peers() >= this.#maxConnections) {
      this.#owner.observer.stats.dropped++
      socket.destroy()
      return false
    }
    refuseUnsupported(socket)
    this.#adopting ??= this.#own() === null ? this.#open(null) : null
    const listener = /** @type {Listener} */ (this.#own() ?? this.#adopting)
    const descriptor = this.#needsNode() === null ? descriptorOf(socket) : null
    if (descriptor === null) {
      this.#companion.take(socket)
      return super.emit('connection', socket)
    }
    // The engine tells of it, as of those that it has accepted.
    listener.adopt(descriptor)
    socket.destroy()
    return this.listenerCount('connection') > 0
  }

  #newCompanion() {
    const companion = this.#makeNodeServer(this.#contexts.options, this.#bounds, this.#owner, {
      guard: () => /** @type {Span} */ (this.#span).guard,
      idle: () => this._emitCloseIfDrained(),
    })
    this.#contexts.applyTo(companion)
    this.#tickets.applyTo(companion)
    companion.on('secureConnection', socket => this.emit('secureConnection', socket))
    companion.on('tlsClientError', (...args) => this.emit('tlsClientError', ...args))
    return companion
  }
}

exports.TlsServer = TlsServer
