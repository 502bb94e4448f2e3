'use strict'

const { AsyncResource } = require('node:async_hooks')
const EventEmitter = require('node:events')

const { own } = require('../host/bare')
const errors = require('../errors')
const login = require('../protocol/login')
const extensions = require('../protocol/extensions')
const { showPassword } = require('./credential')
const { Attempt } = require('./attempt')
const { ConnectLimit } = require('./connect-limit')
const { Departure, PATIENCE, closed, end } = require('./departure')
const { ClientEnd } = require('./end')
const { Hosts } = require('./hosts')
const { announces, backOffOf, queueOf } = require('./options')
const { Ready, limitsOf } = require('../protocol/ready')
const { Sender } = require('./sender')
const { setImmediate } = require('../host/host')
const { clientLimits } = require('../protocol/limits')
const { Observer } = require('../observe/observer')
const { Connection } = require('../connection/connection')
const { Reconnect } = require('./reconnect')
const { checkConfig, limitOf, optionsOf, timerTime } = require('../protocol/options')
const { Requests } = require('../protocol/requests')
const { routes } = require('../protocol/route')
const { dialFor } = require('../transport')
const warnings = require('../errors/warnings')
const { itself, knowsItself } = require('../host/itself')
const { makeDisposable } = require('../host/dispose')
const { noticesRemoval } = require('../connection/paused-events')

/** Connects to a server, logs in, and does so again when the connection is lost. */
class Client extends EventEmitter {
  /** @type {Connection | null} */
  #connection = null
  /** Of the current or last connection. @type {ConnectLimit | null} */
  #limit = null
  #resource = new AsyncResource('TLSJSONCLIENT')
  #attempt = new Attempt(this, {
    resource: this.#resource,
    current: () => this.#connection,
    begun: () => {
      this.#backOff?.attempted()
      this.#observer.reconnecting()
    },
    unwanted: () => this.#ready.reject(() => errors.notConnected()),
  })
  #reconnect = new Reconnect(() => this.#attempt.make())
  #departure = new Departure(connection => this.#leave(connection, PATIENCE, true))
  #end = new ClientEnd({
    client: this,
    answer: (connection, response) => this.#sender.answer(this, connection, response),
    answered: requestId => this.#queue?.answered(requestId),
    leave: (connection, after) => this.#askedToLeave(connection, after),
  })
  #config
  #observer = new Observer('client', this)
  #ready = new Ready(errors.notReady)
  #hosts = new Hosts()
  /** What says when to connect again, in the place of `reconnectInterval`. @type {import('./back-off').BackOff | null} */
  #backOff
  /** What keeps messages over lost connections, if the program wants it. @type {import('./queue').Queue | null} */
  #queue
  #sender
  /** Whether `connect` was called while the last connection was on its way out: destroyed, or failed. */
  #again = false
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
    this.#queue = queueOf(config, (event, report) => {
      this.#observer.told(event, report)
      this.emit(event, report)
    })
    this.#sender = new Sender({
      requests: () => this.requests,
      current: () => this.#connection,
      isLasting: () => this.attemptsToReconnect && this.#isHopeful(),
      isMoving: () => this.#departure.isUnderWay && this.#isLasting(),
      queue: this.#queue,
      ready: this.#ready,
    })
    /** @type {any} The socket of the current or last connection. */
    this.socket = null
    /** TCP is up. */
    this.isConnected = false
    /** The server has let us in. */
    this.isAuthenticated = false
    this.reconnectInterval = timerTime('reconnectInterval', config.reconnectInterval, 0)
    /** Whether a lost connection is made again, if there is an interval. */
    this.attemptsToReconnect = true
    const requestTimeout = timerTime('requestTimeout', config.requestTimeout, 10000, 0)
    this.requests = new Requests(requestTimeout, this.#observer)
    /** From the first attempt to connect again, ECONNREFUSED and 'close' are kept quiet until one succeeds. */
    this.supressNextECONNREFUSED = false

    /** Connects, unless there is a connection already. */
    this.connect = () => this.#connect()
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
    itself(this).#sender.send(this, object)
  }

  /**
   * Sends a request.
   * @param {any} object Gets the request's id as `requestId`.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<any>} The response. Rejects when we are not logged in, lose the connection, or get no answer in time.
   */
  request(object, options = undefined) {
    return itself(this).#sender.request(this, object, options)
  }

  /**
   * Waits until we are logged in, over as many attempts as it takes.
   * @param {{ signal?: AbortSignal, timeout?: number }} [options]
   * @returns {Promise<void>} Rejects when it is refused, when nothing follows, when the time is over, or by the signal.
   */
  async ready(options = undefined) {
    const self = itself(this)
    limitsOf(options)
    if (!self.isAuthenticated && !self.#isHopeful()) throw errors.notConnected()
    if (!self.isAuthenticated) await self.#ready.wait(options)
  }

  /** Bytes that wait for the server: accepted by `send` and the like, and not yet encrypted. */
  get bufferedAmount() {
    return itself(this).#sender.bufferedAmount
  }

  /** Whether 1 MiB or more waits to be sent: callers should then wait for 'drain'. */
  get needDrain() {
    return itself(this).#sender.needsDrain(this)
  }

  /**
   * What it has done since it was made, over all of its connections, and what there is now.
   * @returns {import('../../index').ClientStats}
   */
  stats() {
    const { pending } = itself(this).requests
    const stats = itself(this).#observer.stats.ofClient(Number(this.isConnected), pending)
    const servers = itself(this).#hosts.stats()
    const queue = itself(this).#queue?.stats()
    return { ...stats, ...(servers.length > 0 && { servers }), ...(queue && { queue }) }
  }

  /** Holds messages and requests back until {@link Client#resume}, over lost connections as well; not pings and answers. */
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
    itself(this).#attempt.isUnderWay = false
    itself(this).attemptsToReconnect = false
    itself(this).#ready.reject(() => errors.notConnected())
    itself(this).#queue?.clear()
  }

  /**
   * Ends the connection in order, and does not connect again: what is under way is answered, and what was sent is written.
   * @param {{ timeout?: number }} [options]
   */
  async shutdown(options = undefined) {
    const self = itself(this)
    const ms = limitOf(optionsOf(options).timeout) ?? PATIENCE
    const connection = self.#connection
    self.attemptsToReconnect = false
    self.#reconnect.cancel()
    if (connection !== null && self.isAuthenticated) {
      self.resume()
      await self.#leave(connection, ms)
    }
    self.disconnect()
    if (connection !== null && !connection.closed) await closed(connection, ms)
  }

  /** Whether a lost connection is made again. */
  #isLasting() {
    return this.attemptsToReconnect && (this.#backOff !== null || this.reconnectInterval > 0)
  }

  /** @param {boolean} paused */
  #setPaused(paused) {
    this.#paused = paused
    if (this.isAuthenticated && this.#connection !== null) {
      this.#connection.pauses.byOwner = paused
    }
  }

  /** Whether there is a connection, or will be by itself. */
  #isHopeful() {
    if (this.#connection !== null && !this.#connection.closed) return true
    if (this.#again || this.#attempt.isUnderWay) return true
    return this.attemptsToReconnect && this.#reconnect.isAhead
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
    if (!this.#attempt.isUnderWay) this.#backOff?.reset()
    /** Until it has judged: what it holds is of no use to a connection that is there. @type {ReturnType<typeof dialFor> | null} */
    let dial = dialFor(config, limits, entry ?? config)
    const connection = new Connection(
      {
        observer: this.#observer,
        connect: () => {
          this.supressNextECONNREFUSED = false
          this.isConnected = true
          this.#observer.connected(connection)
        },
        verified: (_, signal) => {
          if (dial?.judge(connection, signal)) showPassword(connection, this.#config, limit)
          dial = null
        },
        login: (_, value) => this.#login(connection, value),
        ...routes(this.#end),
        drain: () => {
          this.#queue?.handOver(connection)
          if (this.#queue?.isEmpty !== false) this.emit('drain')
        },
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
    this.#observer.connecting(connection, this.#attempt.isUnderWay)
    dial.start(connection)
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
      connection.events.tell([
        () => this.#queue?.handOver(connection),
        () => {
          this.#ready.resolve()
          this.emit('authenticated')
        },
      ])
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

  /** The server wants to close, in so many milliseconds. @param {Connection} connection @param {number} after */
  #askedToLeave(connection, after) {
    try {
      this.emit('leave', { after })
    } finally {
      if (this.#connection === connection) this.#departure.begin(connection, after)
    }
  }

  /**
   * @param {Connection} connection
   * @param {number} ms
   * @param {boolean} [owes]
   */
  #leave(connection, ms, owes) {
    return end(connection, { ms, owes, last: () => this.#queue?.handOver(connection, true) })
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
    this.isConnected = false
    this.isAuthenticated = false
    this.requests.cancelAll()
    const { wasAsked, hasLeft } = this.#departure.over(connection)
    if (wasAsked || !connection.loggedIn) this.#hosts.moveOn()
    // Who has left when it was its turn has waited already.
    if (hasLeft && this.#isLasting()) this.#reconnect.after(1, true)
    else this.beginReconnectInterval()
    try {
      if (!this.supressNextECONNREFUSED) this.emit('close')
    } finally {
      // A listener may have changed its mind.
      this.#reconnect.reconsider(this.attemptsToReconnect)
      if (this.#refused && this.reconnectInterval > 0 && this.attemptsToReconnect) {
        warnings.refusal()
      }
      try {
        if (this.#again) this.connect()
      } finally {
        // The configuration may be of no use by now.
        if (!this.#isHopeful()) this.#giveUp(connection)
        this.#queue?.lost()
      }
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
makeDisposable(Client.prototype, 'shutdown')

module.exports = Client
