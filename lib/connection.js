'use strict'

const dispatch = require('./dispatch')
const errors = require('./errors')
const outbox = require('./outbox')
const { getEngine } = require('./engine')
const { Events } = require('./events')
const { Hold } = require('./keep-open')
const { Socket } = require('./socket')
const { Writable } = require('./writable')
const { nextTick, setImmediate } = require('./host')

/**
 * What a server or client does with its connections.
 * @typedef {object} Owner
 * @property {import('./observer').Observer} observer Sees what happens.
 * @property {(connection: Connection, value: any) => void} login Before login: what a line holds, undefined if it is not JSON.
 * @property {(connection: Connection, value: any) => void} message After login: what a line holds, never falsy.
 * @property {(connection: Connection, error: Error) => void} error The connection fails; `close` follows.
 * @property {(connection: Connection) => void} close It is gone.
 * @property {(connection: Connection) => void} [drain] Nothing waits any more, after a sender had better have waited.
 * @property {(connection: Connection) => void} [timeout] The peer did not answer a ping; `close` follows.
 * @property {(connection: Connection) => void} [connect] TCP is up.
 * @property {(connection: Connection, signal: any) => void} [verdict] The server's certificate is to be judged.
 */

/**
 * What carries a connection: the engine, or a `NodeCarrier`. The numbers are the connection's; see the engine for the rest.
 * @typedef {object} Carrier
 * @property {(id: number, text: string) => boolean} write
 * @property {(id: number, bytes: Buffer) => boolean} writeBytes
 * @property {(id: number) => void} reportDrain
 * @property {(id: number) => void} end
 * @property {(id: number) => void} destroy
 * @property {(id: number) => void} pause
 * @property {(id: number) => void} resume
 * @property {(id: number, verdict: import('./login').Verdict) => void} login
 * @property {(id: number, key: number) => void} pong
 * @property {(id: number) => { read: number, written: number } | null} byteCounts
 * @property {(id: number) => number} buffered
 */

/** One connection: what the engine, the user's `socket` and the owner share. */
class Connection {
  /** What is kept of the peer's end. */
  #ending = () => this.#end()

  /**
   * @param {Owner} owner
   * @param {import('node:async_hooks').AsyncResource} resource Whose context its events run in.
   */
  constructor(owner, resource) {
    /** The engine's number of it; 0 before there is one. */
    this.id = 0
    /** What carries it. @type {Carrier} */
    this.carrier = getEngine()
    /** @type {import('./transport').Transport} */
    this.transport = 'rustls'
    /** Text of this tick, for the outbox. */
    this.pending = ''
    /** The same, where it is a broadcast. @type {import('./outbox').Group | null} */
    this.group = null
    this.resource = resource
    this.loggedIn = false
    /** TLS is up, and the peer not refused. */
    this.secured = false
    /** A failure or a limit ends it. */
    this.cut = false
    /** The owner's requests to this peer that are not settled. */
    this.pendingRequests = 0
    /** The id that a server gives. */
    this.socketId = -1
    /** Where the ends are and what was negotiated, as far as it is known. @type {import('./socket').Details} */
    this.details = {}
    /** Bytes at the end. @type {{ read: number, written: number } | null} */
    this.counts = null
    /** What a client wanted. @type {import('./errors').Target | undefined} */
    this.target = undefined
    /** Whether an error was told. */
    this.failed = false
    /** Which. @type {any} */
    this.failure = undefined
    /** Called behind 'close'. @type {(() => void)[]} */
    this.closers = []
    this.closed = false
    /** Whether the peer's end is not answered by ours, as the option of that name says. */
    this.allowHalfOpen = false
    /** We have ended our side. */
    this.ended = false
    /** The peer has ended its side. */
    this.peerEnded = false
    this.paused = false
    this.hold = new Hold()
    this.hold.acquire()
    /** Events that came in a batch after `pause()`. @type {(() => void)[]} */
    this.kept = []
    this.settledIn = -1
    /** @type {Error | undefined} */
    this.destroyError = undefined
    this.owner = owner
    this.stats = owner.observer.stats
    this.events = new Events(resource)
    this.writable = new Writable(this)
    this.socket = new Socket(this)
  }

  /**
   * From now on events of the engine come here.
   * @param {number} id
   * @param {import('./errors').Target} [target] What a client wanted, for errors.
   * @param {Carrier & import('./dispatch').Receiver} [carrier] What carries it in place of the engine.
   */
  attach(id, target, carrier) {
    this.id = id
    this.target = target
    if (carrier !== undefined) {
      this.carrier = carrier
      this.transport = 'node'
    }
    dispatch.register(id, carrier ?? this)
    if (this.paused) this.carrier.pause(id)
    if (this.ended) this.carrier.end(id)
  }

  /**
   * A server's handshake is done.
   * @param {any} signal
   */
  secure(signal) {
    const { local, remote, parameters, error, chain } = signal
    this.#presented(chain)
    this.#negotiated(parameters)
    this.socket.servername = parameters.serverName ?? false
    this.details.local = local ?? undefined
    this.details.remote = remote ?? undefined
    this.details.connected = true
    if (!signal.requested) return
    this.socket.authorized = error === null
    this.socket.authorizationError = error === null ? null : error.code
  }

  /**
   * Accepts text for the peer.
   * @param {string} text
   */
  write(text) {
    if (this.socket.destroyed) return
    if (!this.ended) outbox.write(this, text)
    // Where the peer has gone, 'close' is on its way and tells; only our own end is a mistake of the caller.
    else if (!this.peerEnded) this.socket.destroy(errors.writeAfterEnd())
  }

  /**
   * Accepts a message of the user's for the peer.
   * @param {string} text Without its newline.
   */
  send(text) {
    if (!this.socket.destroyed && !this.ended) this.stats.messagesSent++
    this.write(text + '\n')
  }

  /** Whether the peer has come to us. */
  get isServer() {
    return this.owner.verdict === undefined
  }

  /** Ends our side once all is written. */
  end() {
    if (this.ended) return
    this.ended = true
    outbox.handOver(this)
    if (this.id !== 0) this.carrier.end(this.id)
  }

  /**
   * What was accepted is still written; nothing more is received.
   * @param {Error} [error]
   */
  destroy(error) {
    this.destroyError = error
    this.kept = []
    if (this.id !== 0) {
      outbox.handOver(this)
      this.carrier.destroy(this.id)
    } else {
      outbox.drop(this)
      nextTick(() => this.resource.runInAsyncScope(this.#close, this, false))
    }
  }

  /** Holds back what is received. */
  pause() {
    if (this.paused) return
    this.paused = true
    if (this.id !== 0) this.carrier.pause(this.id)
  }

  /** Goes on with what was held back, in order. */
  resume() {
    if (!this.paused) return
    this.paused = false
    // At once: a program that pauses again in every turn would otherwise never be given anything.
    if (this.id !== 0 && !this.closed) this.carrier.resume(this.id)
    setImmediate(() => {
      this.resource.runInAsyncScope(this.#resume, this)
    })
  }

  /**
   * The answer to a login line.
   * @param {import('./login').Verdict} verdict
   */
  answerLogin(verdict) {
    this.carrier.login(this.id, verdict)
  }

  /**
   * For the dispatcher: a line came.
   * @param {string} text
   */
  line(text) {
    // Also while what was kept waits for its turn: it comes first.
    if (this.paused || this.kept.length > 0) this.kept.push(() => this.#line(text))
    else this.#line(text)
  }

  /** @param {string} text */
  #line(text) {
    const { socket } = this
    if (socket.destroyed) return
    if (socket.listenerCount('data') > 0) socket.emitData(text)
    /** @type {any} */
    let value
    try {
      value = JSON.parse(text)
    } catch {
      // Not JSON: the line is passed over, as it always was.
      value = undefined
    }
    if (!this.loggedIn) this.owner.login(this, value)
    else if (value) this.#value(value)
  }

  /**
   * For the owner: responses were settled. What comes next on this connection waits for the continuations.
   */
  settled() {
    this.settledIn = dispatch.currentTurn()
  }

  /**
   * For the dispatcher.
   * @param {any} signal
   */
  signal(signal) {
    if (this.closed) return
    const { socket } = this
    switch (signal.type) {
      case 'connect':
        this.details.local = signal.local ?? undefined
        this.details.remote = signal.remote ?? undefined
        this.details.connected = true
        if (socket.destroyed) return
        this.owner.connect?.(this)
        this.events.tell(() => socket.emit('connect'))
        return
      case 'verdict':
        if (socket.destroyed) return
        this.#presented(signal.chain)
        this.owner.verdict?.(this, { error: signal.error, chain: this.details.chain })
        return
      case 'secured':
        if (socket.destroyed) return
        this.#negotiated(signal.parameters)
        this.owner.observer.secured(this)
        this.events.tell(() => socket.emit('secureConnect'))
        return
      case 'admitted':
        if (socket.destroyed) return
        this.owner.observer.secured(this)
        this.owner.verdict?.(this, signal)
        this.events.tell(() => socket.emit('secureConnect'))
        return
      case 'keyLog':
        this.events.tell(
          ...signal.lines.map((/** @type {string} */ line) => () => {
            socket.emit('keylog', Buffer.from(line))
          }),
        )
        return
      case 'end':
        if (this.paused || this.kept.length > 0) this.kept.push(this.#ending)
        else this.#end()
        return
      case 'drain':
        if (signal.asked) this.writable.drained()
        if (signal.relieved && !socket.destroyed) this.events.tell(() => this.owner.drain?.(this))
        return
      case 'finish':
        this.writable.finish()
        return
      case 'timeout':
        if (socket.destroyed) return
        this.kept = []
        this.owner.observer.cut(this, 'TLSJSON_KEEPALIVE_TIMEOUT')
        this.events.tell(() => this.owner.timeout?.(this))
        return
      case 'error':
        this.#fail(errors.fromEngine(signal.error, this.target))
        return
      case 'failure':
        this.#fail(signal.error)
        return
      case 'cut':
        if (!socket.destroyed) this.owner.observer.cut(this, signal.code)
        return
      case 'idle':
        if (!socket.destroyed) this.events.tell(() => socket.emit('timeout'))
        return
      case 'closed':
        this.counts = { read: signal.read, written: signal.written }
        // Messages that came before an orderly end are owed, however late they are taken.
        if (signal.inOrder && this.kept.some(act => act !== this.#ending)) {
          this.kept.push(() => this.#close(signal.hadError))
        } else {
          this.#close(signal.hadError)
        }
        return
      default:
        throw new TypeError(`unknown signal ${signal.type}`)
    }
  }

  /**
   * The connection is not to be used: 'error', then 'close'.
   * @param {any} error
   */
  fail(error) {
    if (this.socket.destroyed) return
    this.socket.destroy()
    this.resource.runInAsyncScope(() => this.events.tell(...this.#failing(error)))
  }

  /** @param {any} value */
  #value(value) {
    if (this.settledIn === dispatch.currentTurn() && !(value.responseId && !value.requestId)) {
      dispatch.pauseThen(this.resource, () => {
        if (!this.socket.destroyed) this.owner.message(this, value)
      })
    } else {
      this.owner.message(this, value)
    }
  }

  #end() {
    if (this.socket.destroyed) return
    this.peerEnded = true
    this.events.tell(
      () => this.socket.emit('end'),
      () => {
        if (!this.allowHalfOpen) this.end()
      },
    )
  }

  /** @param {any} error */
  #fail(error) {
    if (this.socket.destroyed) return
    this.kept = []
    // As in Node, it is so before 'error' tells why.
    this.socket.markDestroyed()
    this.events.tell(...this.#failing(error))
  }

  /**
   * A connection fails once; what follows from that is no news.
   * @param {any} error
   * @returns {(() => void)[]} Whom to tell.
   */
  #failing(error) {
    if (this.failed) return []
    this.failed = true
    this.failure = error
    const { owner, socket } = this
    owner.observer.failed(this, error)
    return [
      () => owner.error(this, error),
      () => {
        if (socket.listenerCount('error') > 0) socket.emit('error', error)
      },
    ]
  }

  /** @param {boolean} hadError */
  #close(hadError) {
    if (this.closed) return
    this.closed = true
    this.kept = []
    dispatch.forget(this.id)
    outbox.drop(this)
    this.hold.release()
    const { destroyError, owner, socket } = this
    socket.markDestroyed()
    const failing = destroyError === undefined ? [] : this.#failing(destroyError)
    owner.observer.closed(this)
    this.events.tell(
      ...this.writable.abandon(this.failure),
      ...failing,
      () => owner.close(this),
      () => socket.emit('close', hadError || this.failed),
      ...this.closers,
    )
  }

  /** @param {string[]} chain DER in base64. */
  #presented(chain) {
    this.details.chain = chain.map(der => Buffer.from(der, 'base64'))
  }

  /** @param {any} parameters */
  #negotiated(parameters) {
    this.details.parameters = parameters
    this.socket.alpnProtocol = parameters.alpn ?? false
  }

  #resume() {
    let done = false
    try {
      while (this.kept.length > 0 && !this.paused) {
        const [act] = this.kept
        // It stays in the list while it is under way, so that nothing overtakes it.
        try {
          act()
        } finally {
          this.kept.shift()
        }
      }
      done = true
    } finally {
      // A listener threw: the rest follows in a later turn.
      if (!done) setImmediate(() => this.resource.runInAsyncScope(this.#resume, this))
    }
    if (!this.paused && this.id !== 0 && !this.closed) this.carrier.resume(this.id)
  }
}

exports.Connection = Connection
