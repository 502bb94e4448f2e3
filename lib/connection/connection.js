'use strict'

const dispatch = require('../engine/dispatch')
const errors = require('../errors')
const handshake = require('./handshake')
const lines = require('./lines')
const outbox = require('../engine/outbox')
const { getEngine } = require('../engine/engine')
const { EarlyWrites } = require('./early-writes')
const { Events } = require('./events')
const { Hold } = require('./event-loop-ref')
const { Pause } = require('./pause')
const { PausedEvents } = require('./paused-events')
const { Asked } = require('./asked')
const { Socket, markDestroyed } = require('./socket')
const { Writable } = require('./writable')
const { nextTick, queueMicrotask } = require('../host/host')

/** @typedef {import('./connection-types').Owner} Owner */
/** @typedef {import('./connection-types').Carrier} Carrier */

/** @type {ReadonlySet<string>} */
const NO_EXTENSIONS = new Set()

/** @type {readonly (() => void)[]} */
const NO_CLOSERS = []

/** One connection: what the engine, the user's `socket` and the owner share. */
class Connection {
  /** Its 'close', once the engine has said that it is gone. @type {(() => void) | null} */
  #gone = null

  /**
   * @param {Owner} owner
   * @param {import('node:async_hooks').AsyncResource} resource Whose context its events run in.
   */
  constructor(owner, resource) {
    const isServer = owner.verified === undefined
    /** The engine's number of it; 0 before there is one. */
    this.id = 0
    /** What carries it, or keeps what is written before: a server's is carried from its beginning. @type {Carrier} */
    this.carrier = isServer ? getEngine() : new EarlyWrites()
    /** @type {'rustls' | 'node'} */
    this.transport = 'rustls'
    /** Text of this tick, for the outbox. */
    this.pending = ''
    /** The same, where it is a broadcast. @type {import('../engine/outbox-types').Group | null} */
    this.group = null
    /** The tick in which something was last handed over, for the outbox. */
    this.tick = 0
    /** Whether the engine has something of this tick that it is to write with the rest. */
    this.queued = false
    this.resource = resource
    this.loggedIn = false
    /** TLS is up, and the peer not refused. */
    this.secured = false
    /** A failure or a limit ends it. */
    this.cut = false
    /** What the peer has announced that it understands beyond the protocol of tls-json 3.x. */
    this.extensions = NO_EXTENSIONS
    /** The owner's requests to this peer that are not settled. */
    this.asked = new Asked()
    /** Requests of the peer that are not answered. */
    this.owed = 0
    /** Called when none is any more, if somebody waits for that. @type {(() => void) | null} */
    this.whenIdle = null
    /** The id that a server gives. */
    this.socketId = -1
    /** Where the ends are and what was negotiated, as far as it is known. @type {import('./connection-view').Details} */
    this.details = {
      connected: false,
      local: undefined,
      remote: undefined,
      parameters: undefined,
      chain: undefined,
    }
    /** Bytes at the end. @type {{ read: number, written: number } | null} */
    this.counts = null
    /** What a client wanted. @type {import('../errors').Target | undefined} */
    this.target = undefined
    /** Whether an error was told. */
    this.failed = false
    /** Which. @type {any} */
    this.failure = undefined
    /** Called behind 'close'. @type {readonly (() => void)[]} */
    this.closers = NO_CLOSERS
    /** As its socket says: nobody wants anything of it any more. */
    this.destroyed = false
    this.closed = false
    /** Whether the peer's end is not answered by ours, as the option of that name says. */
    this.allowHalfOpen = false
    /** We have ended our side. */
    this.ended = false
    /** We end it by ourselves: who still sends something could not know. */
    this.dismissed = false
    /** The peer has ended its side. */
    this.peerEnded = false
    /** Whether somebody has ever listened for lines. To count listeners for each would cost more. */
    this.wasHeard = false
    /** What came and is not handed on yet. */
    this.incoming = new PausedEvents(resource)
    this.pauses = new Pause(this)
    this.hold = new Hold()
    this.hold.acquire()
    /** @type {Error | undefined} */
    this.destroyError = undefined
    this.owner = owner
    /** Whether the peer has come to us. */
    this.isServer = isServer
    this.stats = owner.observer.stats
    this.events = new Events(resource)
    this.writable = new Writable(this)
    this.socket = new Socket(this)
  }

  /**
   * From now on events of the engine come here.
   * @param {number} id
   * @param {import('../errors').Target} [target] What a client wanted, for errors.
   * @param {Carrier & import('../engine/dispatch').Receiver} [carrier] What carries it in place of the engine.
   */
  attach(id, target, carrier) {
    this.id = id
    this.target = target
    const before = this.carrier
    this.carrier = carrier ?? getEngine()
    if (carrier !== undefined) this.transport = 'node'
    dispatch.register(id, carrier ?? this)
    if (before instanceof EarlyWrites) before.passTo(this.carrier, id)
    this.pauses.attached()
    if (this.ended) this.carrier.end(id)
  }

  /**
   * A server's handshake is done.
   * @param {any} signal
   */
  secure(signal) {
    handshake.done(this, signal)
  }

  /**
   * Accepts text for the peer.
   * @param {string} text
   */
  write(text) {
    if (this.destroyed) return
    if (!this.ended) outbox.write(this, text)
    // Where the peer has gone, 'close' is on its way and tells; only our own end is a mistake of the caller.
    else if (!this.peerEnded) this.socket.destroy(errors.writeAfterEnd())
  }

  /**
   * Accepts a message of the user's for the peer.
   * @param {string} text Without its newline.
   */
  send(text) {
    if (this.leaving) {
      this.stats.messagesDropped++
      return
    }
    if (!this.ended) this.stats.messagesSent++
    this.write(text + '\n')
  }

  /** @param {() => void} act Called behind 'close'. */
  onClosed(act) {
    // One that is pushed to has room for sixteen more, for as long as the connection is there.
    this.closers = this.closers === NO_CLOSERS ? [act] : this.closers.concat(act)
  }

  /** Whether nothing can be sent any more, and its end is on its way. */
  get leaving() {
    return this.destroyed || (this.ended && (this.peerEnded || this.dismissed))
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
    this.incoming.clear()
    const gone = this.#gone
    if (gone !== null) {
      // Only what nobody wants any more was before it.
      nextTick(() => this.resource.runInAsyncScope(gone))
    } else if (this.id !== 0) {
      outbox.handOver(this)
      this.carrier.destroy(this.id)
    } else {
      outbox.drop(this)
      nextTick(() => this.resource.runInAsyncScope(this.#close, this, false))
    }
  }

  /** Whether what is received is held back, as the socket wants it. */
  get paused() {
    return this.pauses.bySocket
  }

  /**
   * The answer to a login line.
   * @param {import('../engine/engine').LoginResult} result
   */
  answerLogin(result) {
    // The engine writes what it has with that.
    this.queued = false
    this.carrier.login(this.id, result)
  }

  /**
   * For the dispatcher: a line came.
   * @param {string} text
   * @param {number} [id] What was taken off the end of a request or response.
   * @param {boolean} [asks] Whether it is a request.
   */
  line(text, id, asks) {
    lines.take(this, text, id, asks)
  }

  /** For the dispatcher. @param {any} signal */
  signal(signal) {
    if (signal.type === 'end' && this.pauses.holdsEnd)
      this.incoming.keep({ act: () => this.#end() })
    else if (this.incoming.delays) this.#delay(signal)
    else this.#signal(signal)
  }

  /** @param {any} signal */
  #delay(signal) {
    this.incoming.keep({ passes: true, act: () => this.#signal(signal) })
  }

  /** @param {any} signal */
  #signal(signal) {
    if (this.closed) return
    switch (signal.type) {
      case 'end':
        this.#end()
        return
      case 'left':
        if (!this.destroyed) this.owner.left?.(this)
        return
      case 'drain':
        this.#drained(signal)
        return
      case 'finish':
        this.events.tell(this.writable.finish())
        return
      case 'timeout':
        this.#missed()
        return
      case 'error':
        this.#fail(errors.fromEngine(signal.error, this.target))
        return
      case 'failure':
        this.#fail(signal.error)
        return
      case 'cut':
        if (!this.destroyed) this.owner.observer.cut(this, signal.code)
        return
      case 'idle':
        this.#idle()
        return
      case 'closed':
        this.counts = { read: signal.read, written: signal.written }
        // Messages that came before an orderly end are owed, however late they are taken.
        if (signal.inOrder && this.incoming.owes) this.#closeBehind(signal.hadError)
        else this.#close(signal.hadError)
        return
      default:
        handshake.handle(this, signal)
    }
  }

  /** Nothing was heard of the peer for too long. */
  #missed() {
    if (this.destroyed) return
    this.incoming.clear()
    this.owner.observer.cut(this, 'TLSJSON_KEEPALIVE_TIMEOUT')
    this.events.tell([() => this.owner.timeout?.(this)])
  }

  #idle() {
    if (!this.destroyed) this.events.tell([() => this.socket.emit('timeout')])
  }

  /** @param {boolean} hadError */
  #closeBehind(hadError) {
    this.#gone = () => this.#close(hadError)
    this.incoming.keep({ act: this.#gone })
  }

  /**
   * The connection is not to be used: 'error', then 'close'.
   * @param {any} error
   */
  fail(error) {
    if (this.destroyed) return
    this.socket.destroy()
    this.resource.runInAsyncScope(() => this.events.tell(this.#failing(error)))
  }

  /** @param {{ asked: boolean, relieved: boolean }} signal */
  #drained({ asked, relieved }) {
    const acts = asked ? [...this.writable.drained()] : []
    if (relieved) {
      acts.push(() => {
        if (!this.destroyed) this.owner.drain?.(this)
      })
    }
    this.events.tell(acts)
  }

  #end() {
    if (this.destroyed) return
    this.peerEnded = true
    this.events.tell([
      () => this.socket.emit('end'),
      () => {
        // Continuations of what came last may have an answer, and say it first.
        if (!this.allowHalfOpen) queueMicrotask(() => nextTick(() => this.end()))
      },
    ])
  }

  /** @param {any} error */
  #fail(error) {
    if (this.destroyed) return
    this.incoming.clear()
    // As in Node, it is so before 'error' tells why.
    markDestroyed(this.socket)
    this.events.tell(this.#failing(error))
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
    const tellSocket = () => {
      if (socket.listenerCount('error') > 0) socket.emit('error', error)
    }
    return [() => owner.error(this, error), tellSocket]
  }

  /** @param {boolean} hadError */
  #close(hadError) {
    if (this.closed) return
    this.closed = true
    this.incoming.clear()
    dispatch.forget(this.id)
    outbox.drop(this)
    this.hold.release()
    const { destroyError, owner, socket } = this
    markDestroyed(socket)
    const failing = destroyError === undefined ? [] : this.#failing(destroyError)
    owner.observer.closed(this)
    this.events.tell([
      ...this.writable.abandon(this.failure),
      ...failing,
      () => owner.close(this),
      () => socket.emit('close', hadError || this.failed),
      ...this.closers,
    ])
  }
}

exports.Connection = Connection
