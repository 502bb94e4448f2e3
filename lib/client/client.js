'use strict'

const { AsyncResource } = require('node:async_hooks')
const EventEmitter = require('node:events')

const { own } = require('../host/bare')
const errors = require('../errors')
const login = require('../protocol/login')
const extensions = require('../protocol/extensions')
const { askPassword } = require('./credential')
const { ConnectLimit } = require('./connect-limit')
const { Hosts } = require('./hosts')
const { announces, backOffOf } = require('./options')
const { Ready } = require('./ready')
const { setImmediate } = require('../host/host')
const { clientLimits } = require('../protocol/limits')
const { Observer } = require('../observe/observer')
const { Connection } = require('../connection/connection')
const { Reconnect } = require('./reconnect')
const { checkConfig, timerTime } = require('../protocol/options')
const { Requests } = require('../protocol/requests')
const { route } = require('../protocol/route')
const { dialFor } = require('../transport')
const warnings = require('../errors/warnings')
const { itself, knowsItself } = require('../host/itself')
const { noticesRemoval } = require('../connection/paused-events')

/** Connects to a server, logs in, and does so again when the connection is lost. */
class Client extends EventEmitter {
  /** @type {Connection | null} */
  #connection = null
  /** Of the current or last connection. @type {ConnectLimit | null} */
  #limit = null
  #resource = new AsyncResource('TLSJSONCLIENT')
  #reconnect = new Reconnect(() => this.#attempt())
  #end = this.#newEnd()
  #config
  #observer = new Observer('client', this)
  #ready = new Ready()
  #hosts = new Hosts()
  /** What says when to connect again, in the place of `reconnectInterval`. @type {import('./back-off').BackOff | null} */
  #backOff
  /** Whether `connect` was called while the last connection was on its way out: destroyed, or failed. */
  #again = false
  /** Whether an attempt to connect again is being begun. */
  #attempting = false
  /** Whether messages are held back. */
  #paused = false
  /** Whether the current or last connection was refused. */
  #refused = false

  /** @param {any} config See `ClientOptions` in types/options.d.ts. Most of it is read again at each connect. */
  constructor(config) {
    super()
    checkConfig('Client', config)
    knowsItself(this)
    this.#config = config
    this.#backOff = backOffOf(config)
    /** @type {any} The socket of the current or last connection. */
    this.socket = null
    /** TCP is up. */
    this.isConnected = false
    /** The server has let us in. */
    this.isAuthenticated = false
    this.reconnectInterval = timerTime('reconnectInterval', config.reconnectInterval, 0)
    /** Whether a lost connection is made again, if there is an interval. */
    this.attemptsToReconnect = true
    this.requests = new Requests(
      timerTime('requestTimeout', config.requestTimeout, 10000, 0),
      this.#observer,
    )
    /** From the first attempt to connect again, ECONNREFUSED and 'close' are kept quiet until one succeeds. */
    this.supressNextECONNREFUSED = false

    /** Connects, unless there is a connection already. */
    this.connect = () => {
      this.#connect()
    }
    this.connect()
  }

  /** What carries the current or last connection: the engine's `'rustls'`, or, where options need it, Node's own TLS, `'node'`. */
  get transport() {
    return this.socket.transport
  }

  /** Starts to wait for the next attempt. */
  beginReconnectInterval() {
    const self = itself(this)
    const interval = self.#backOff?.wait(self.#hosts.count) ?? this.reconnectInterval
    self.#reconnect.after(interval, this.attemptsToReconnect)
  }

  /**
   * Sends a message. If we are not logged in, 'error' is emitted.
   * @param {any} object
   */
  send(object) {
    const connection = itself(this).#connection
    if (connection === null || !this.isAuthenticated) {
      this.emit('error', errors.notConnected())
      return
    }
    const text = JSON.stringify(object)
    if (text !== undefined) connection.send(text)
  }

  /**
   * Sends a request.
   * @param {any} object Gets the request's id as `requestId`.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<any>} The response. Rejects when we are not logged in, lose the connection, or get no answer in time.
   */
  request(object, options = undefined) {
    const connection = itself(this).#connection
    if (connection === null || !this.isAuthenticated) return Promise.reject(errors.notConnected())
    try {
      return itself(this).requests.send(object, connection, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Waits until we are logged in, over as many attempts as it takes.
   * @param {{ signal?: AbortSignal, timeout?: number }} [options]
   * @returns {Promise<void>} Rejects when the server refuses us, when no further attempt follows, when `disconnect` is
   *   called, when the time is over, or with the reason of the signal.
   */
  async ready(options = {}) {
    const self = itself(this)
    if (self.isAuthenticated) return
    if (!self.#isHopeful) throw errors.notConnected()
    await self.#ready.wait(options)
  }

  /** Bytes that wait for the server: accepted by `send` and the like, and not yet encrypted. */
  get bufferedAmount() {
    return itself(this).#connection?.writable.bufferedAmount ?? 0
  }

  /** Whether 1 MiB or more waits to be sent: callers should then wait for 'drain'. */
  get needDrain() {
    return itself(this).#connection?.writable.aboveHighWater ?? false
  }

  /**
   * What it has done since it was made, over all of its connections, and what there is now.
   * @returns {import('../../index').ClientStats}
   */
  stats() {
    const { requests } = itself(this).requests
    const stats = itself(this).#observer.stats.ofClient(Number(this.isConnected), requests.size)
    const servers = itself(this).#hosts.stats()
    return servers.length === 0 ? stats : { ...stats, servers }
  }

  /**
   * Holds back messages and requests until {@link Client#resume}, over lost connections as well. Pings are answered, and
   * answers to requests come.
   */
  pause() {
    itself(this).#setPaused(true)
    return this
  }

  /** Goes on after {@link Client#pause}. */
  resume() {
    itself(this).#setPaused(false)
    return this
  }

  /** Ends the connection, and does not connect again. */
  disconnect() {
    if (this.socket !== null) {
      this.socket.end()
      this.socket.destroy()
    }
    itself(this).#reconnect.cancel()
    itself(this).#again = false
    itself(this).#attempting = false
    itself(this).attemptsToReconnect = false
    itself(this).#ready.reject(() => errors.notConnected())
  }

  /** @param {boolean} paused */
  #setPaused(paused) {
    this.#paused = paused
    if (this.isAuthenticated && this.#connection !== null) {
      this.#connection.pauses.byOwner = paused
    }
  }

  /** Whether there is a connection, or will be by itself. */
  get #isHopeful() {
    if (this.#connection !== null && !this.#connection.closed) return true
    return this.#again || this.#attempting || (this.attemptsToReconnect && this.#reconnect.isAhead)
  }

  #connect() {
    if (this.#connection !== null && !this.#connection.closed) {
      // Its 'close' comes first, so that it cannot be taken for that of the new one.
      this.#again = this.socket.destroyed || this.#connection.failed
      return
    }
    this.#again = false
    this.#refused = false
    const { connectTimeout, connection: limits } = clientLimits(this.#config)
    const { config, entry } = this.#hosts.choose(this.#config)
    if (!this.#attempting) this.#backOff?.reset()
    const dial = dialFor(config, limits, entry ?? config)
    const connection = new Connection(
      {
        observer: this.#observer,
        connect: () => {
          this.supressNextECONNREFUSED = false
          this.isConnected = true
          this.#observer.connected(connection)
        },
        verdict: (_, signal) => {
          if (dial.judge(connection, signal)) this.#showPassword(connection, limit)
        },
        login: (_, value) => this.#login(connection, value),
        message: (_, value) => route(this.#end, connection, value),
        drain: () => this.emit('drain'),
        error: (_, error) => this.#error(connection, error),
        close: () => this.#close(connection),
      },
      this.#resource,
    )
    this.#reconnect.cancel()
    this.#connection = connection
    const limit = new ConnectLimit(connection, connectTimeout)
    this.#limit = limit
    this.socket = connection.socket
    if (entry !== null) this.#observer.wants(connection, entry)
    this.#observer.connecting(connection, this.#attempting)
    dial.start(connection)
  }

  /**
   * @param {Connection} connection
   * @param {ConnectLimit} limit
   */
  #showPassword(connection, limit) {
    limit.asks = askPassword(connection, this.#config, password => {
      limit.asks = false
      connection.write(extensions.loginLine(password, announces(this.#config)))
    })
  }

  #attempt() {
    if (this.#connection !== null && !this.#connection.closed) return
    if (!this.attemptsToReconnect) {
      this.#ready.reject(() => errors.notConnected())
      return
    }
    this.#resource.runInAsyncScope(() => {
      const wasQuiet = this.supressNextECONNREFUSED
      this.supressNextECONNREFUSED = true
      this.#attempting = true
      this.#backOff?.attempted()
      this.#observer.reconnecting()
      let told = false
      try {
        this.emit('reconnectAttempt')
        told = true
      } finally {
        // A listener threw. In a later turn, so that a process that ends of it does nothing more.
        if (!told) setImmediate(() => this.#resource.runInAsyncScope(this.#goOn, this, wasQuiet))
      }
      this.#goOn(wasQuiet)
    })
  }

  /**
   * Connects, unless a listener of 'reconnectAttempt' has called `disconnect`.
   * @param {boolean} wasQuiet As it was before the attempt.
   */
  #goOn(wasQuiet) {
    if (!this.#attempting) {
      if (this.#connection?.closed) this.supressNextECONNREFUSED = wasQuiet
      return
    }
    let begun = false
    try {
      this.connect()
      begun = true
    } finally {
      this.#attempting = false
      // The configuration is wrong, as it is now.
      if (!begun) this.beginReconnectInterval()
    }
  }

  /**
   * @param {Connection} connection
   * @param {any} value
   */
  #login(connection, value) {
    const error = own(value, 'error')
    if (!error && own(value, 'authenticated') === true) {
      connection.loggedIn = true
      this.isAuthenticated = true
      if (announces(this.#config)) extensions.note(connection, value)
      this.#backOff?.reset()
      this.#hosts.loggedIn()
      connection.pauses.byOwner = this.#paused
      this.#limit?.end()
      connection.answerLogin(login.ACCEPT)
      this.#observer.authenticated(connection)
      this.#ready.resolve()
      this.emit('authenticated')
      return
    }
    connection.answerLogin(login.SKIP)
    if (error) {
      this.#refused = true
      this.#observer.refused(connection)
      this.#ready.reject(errors.passwordRefused)
      this.emit('message', value)
    }
  }

  /** What values are handed to. @returns {import('../protocol/route').End} */
  #newEnd() {
    return {
      sign: '__ping',
      keepalive: (connection, key) => {
        // Through this thread, so that a server finds out a client that hangs. Behind our end nothing can be written,
        // and that the server did not know of it yet is nobody's mistake.
        if (connection.ended) return
        connection.stats.pongs++
        connection.write(JSON.stringify({ __pong: key }) + '\n')
      },
      request: (connection, value, res) => connection.incoming.emit(this, 'request', value, res),
      answer: (connection, response) => {
        // Who asked has gone: the next connection knows nothing of the request.
        if (this.#connection !== connection) this.emit('error', errors.notConnected())
        else this.send(response)
      },
      response: (connection, value) => this.requests.settle(value, connection),
      failure: (connection, value, remote) => this.requests.fail(value, connection, remote),
      message: (connection, value) => connection.incoming.emit(this, 'message', value),
    }
  }

  /**
   * @param {Connection} connection
   * @param {any} error
   */
  #error(connection, error) {
    if (this.supressNextECONNREFUSED && error?.code === 'ECONNREFUSED') return
    let told = false
    try {
      this.emit('error', error)
      told = true
    } finally {
      // A listener threw: nobody else comes to end the connection.
      if (!told) connection.socket.destroy()
    }
  }

  /** @param {Connection} connection */
  #close(connection) {
    this.#limit?.end()
    this.requests.cancelAll()
    this.isConnected = false
    this.isAuthenticated = false
    if (!connection.loggedIn) this.#hosts.moveOn()
    this.beginReconnectInterval()
    try {
      if (!this.supressNextECONNREFUSED) this.emit('close')
    } finally {
      // A listener may have changed its mind.
      this.#reconnect.reconsider(this.attemptsToReconnect)
      if (this.#refused && this.reconnectInterval > 0 && this.attemptsToReconnect) {
        warnings.refusal()
      }
      if (this.#again) this.connect()
      if (!this.#isHopeful) this.#giveUp(connection)
    }
  }

  /** Nothing follows by itself. @param {Connection} connection The last one. */
  #giveUp({ failure }) {
    if (!this.attemptsToReconnect || !this.#backOff?.isUsedUp) {
      this.#ready.reject(() => failure ?? errors.connectionLost())
      return
    }
    const error = errors.reconnectFailed(this.#backOff.made, failure)
    this.#ready.reject(() => error)
    // In a turn of its own: a listener of 'close' may have thrown.
    setImmediate(() => this.#resource.runInAsyncScope(this.emit, this, 'error', error))
  }
}

noticesRemoval(Client.prototype)

module.exports = Client
