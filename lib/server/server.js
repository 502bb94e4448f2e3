'use strict'

const EventEmitter = require('node:events')

const errors = require('../errors')
const invalid = require('../errors/invalid')
const extensions = require('../protocol/extensions')
const failures = require('./failures')
const login = require('../protocol/login')
const { Admission } = require('./admission')
const { Audience } = require('./audience')
const { Delivery } = require('./delivery')
const { Link, kLink } = require('./link')
const { Members } = require('./members')
const { serverLimits } = require('../protocol/limits')
const { Observer } = require('../observe/observer')
const { checkConfig, milliseconds, timerTime } = require('../protocol/options')
const { Requests } = require('../protocol/requests')
const { endOf } = require('./end')
const { routes } = require('../protocol/route')
const { serverFor } = require('../transport')
const warnings = require('../errors/warnings')
const { makeDisposable } = require('../host/dispose')
const { clearInterval, setInterval } = require('../host/host')
const { itself, knowsItself } = require('../host/itself')
const { later } = require('../host/later')
const { noticesRemoval } = require('../connection/paused-events')
const { connectionOf } = require('../connection/connection-view')

/** @typedef {import('../connection/connection').Connection} Connection */
/** @typedef {import('../connection/socket').Socket} Socket */

const shutdown = later(() => require('./shutdown'))

/** What code that clears `socket.keepAliveInterval` gets: the engine sends the pings. */
const pingTimer = setInterval(() => {}, 1000)
clearInterval(pingTimer)

/** Takes clients that know the password; talks to each by its id. */
class Server extends EventEmitter {
  #observer = new Observer('server', this)
  #members = new Members()
  #delivery = new Delivery(this, this.#observer.stats)
  /** What a cluster has of it. @type {Link | null} */
  #link = null
  /** The last one. @type {import('./shutdown').Shutdown | null} */
  #shutdown = null
  #admission

  /**
   * @param {object} config
   * @param {any} [config.options] Node's options, see `tls.createServer`.
   * @param {any} [config.password] What clients must send. Read from `server.password` at each login.
   * @param {number} [config.requestTimeout] Milliseconds until a request is given up; 10,000.
   * @param {number} [config.keepAliveInterval] Milliseconds between pings; 10,000.
   * @param {number} [config.keepAliveTimeout] Milliseconds a client may take to answer a ping; 5,000.
   * @param {number} [config.authTimeout] Milliseconds a client may take to log in; 30,000. 0 for no limit.
   * @param {(credential: any, details: { socket: Socket, certificate: any, signal: AbortSignal }) => any} [config.authenticate]
   *   Says who a client is that sent that as its password; a falsy answer refuses it. May give a promise.
   * @param {number} [config.authenticateTimeout] Milliseconds for that promise; 30,000. 0 for no limit.
   * @param {number} [config.maxLoginBytes] Bytes a client may send before it is authenticated; 64 KiB.
   * @param {number} [config.maxMessageBytes] Bytes of one message of a client; 64 MiB.
   * @param {number} [config.maxBufferedBytes] Bytes that may wait for one client that does not read; 256 MiB.
   * @param {number} [config.deadPeerTimeout] Milliseconds after which a client whose host is gone is noticed; 60,000.
   *   0 for as long as the system likes.
   * @param {number} [config.maxTotalBufferedBytes] Bytes that may wait for all clients together; 1 GiB.
   * @param {number} [config.maxHandshakes] Handshakes under way at a time; 4,096. The oldest gives way to a later one.
   * @param {number} [config.maxFailedLogins] Wrong passwords of one address (of IPv6: of 64 bits) in a minute, then it
   *   is refused for the rest of the minute. Not limited unless given.
   */
  constructor(config) {
    super()
    checkConfig('Server', config)
    knowsItself(this)
    this.password = config.password
    const limits = serverLimits(config)
    this.#admission = new Admission(config.authenticate, limits.authenticateTimeout, (...answer) =>
      this.#answerLogin(...answer),
    )
    if (this.password === undefined && !this.#admission.asks) warnings.noPassword()
    /** The id that the next client gets. */
    this.socketId = 0
    /** @type {Map<number, any>} The sockets of the clients by id, also those that are not logged in. */
    this.sockets = new Map()
    /** Those that are logged in, by id. */
    this.clients = this.#members.clients
    /** The ids of those who are in a room, by its name. */
    this.rooms = this.#members.rooms
    this.requests = new Requests(
      timerTime('requestTimeout', config.requestTimeout, 10000, 0),
      this.#observer,
    )
    const end = endOf(this)
    this.tlsServer = serverFor(
      config.options,
      {
        ...limits,
        keepaliveInterval: milliseconds('keepAliveInterval', config.keepAliveInterval || 10000),
        keepaliveTimeout: milliseconds('keepAliveTimeout', config.keepAliveTimeout || 5000),
      },
      {
        observer: this.#observer,
        open: connection => this.#open(connection),
        login: (connection, value) => this.#login(connection, value),
        left: connection => this.#admission.left(connection),
        ...routes(end),
        error: (connection, error) => this.#error(connection, error),
        timeout: connection => this.emit('timeout', connection.socketId),
        drain: connection => this.emit('drain', connection.socketId),
        close: connection => this.#close(connection),
      },
    )
  }

  /** What carries new connections: the engine's `'rustls'`, or, where options need it, Node's own TLS, `'node'`. */
  get transport() {
    return this.tlsServer.transport
  }

  /**
   * Listens for clients.
   * @param {number | string | object} port A port, 0 for any, or options as of `net.Server.listen`.
   * @param {() => void} [cb] Called once it listens.
   */
  listen(port, cb) {
    this.tlsServer.listen(port, () => {
      if (cb !== undefined && cb !== null) cb()
    })
  }

  /**
   * Takes no more clients. Those there are stay.
   * @param {(error?: Error) => void} [cb] Called when the last of them has gone.
   */
  close(cb) {
    this.tlsServer.close(cb)
  }

  /**
   * Takes no more clients, has what is under way finished, and ends the connections.
   * @param {{ timeout?: number, spread?: number }} [options]
   * @returns {Promise<{ left: number, cut: number }>} How many went, and how many had to be disconnected. While it lasts
   *   the same for each call.
   */
  shutdown(options = undefined) {
    const server = itself(this)
    try {
      server.#shutdown = shutdown().Shutdown.next(server, server.#shutdown, options)
      server.#link?.shutsDown(server.#shutdown.promise)
      return server.#shutdown.promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends a message to a client. If there is no such client, 'error' is emitted.
   * @param {number} id
   * @param {any} object
   */
  send(id, object) {
    const connection = itself(this).#reach(id)
    if (connection === undefined) return
    const text = JSON.stringify(object)
    if (text !== undefined) connection.send(text)
  }

  /**
   * Sends a message to many clients, each of which gets it as by `send`: behind what was sent to it before, and before
   * what is sent later. It is serialised once, in the call.
   *
   * Without `ids` it goes to all who are logged in and whose connection we have not ended. With them it goes to these,
   * once to each; about the others 'error' is emitted as by `send`, when all that are there have been served.
   * @param {any} object
   * @param {Iterable<number>} [ids] If given, it must be a list: one that is missing by mistake shall not mean everybody.
   * @returns {number} How many clients it goes to.
   */
  broadcast(object, ids) {
    const everybody = arguments.length < 2
    if (!everybody && typeof ids?.[Symbol.iterator] !== 'function') throw invalid.ids(ids)
    // A set, and before anything else is looked at: it may be the user's own code that lists them.
    const wanted = everybody ? undefined : new Set(ids)
    const text = JSON.stringify(object)
    if (text === undefined) return 0
    const delivery = itself(this).#delivery
    const targets = wanted === undefined ? delivery.toAll(text) : delivery.toIds(text, wanted)
    if (wanted !== undefined) for (const { socketId } of targets) wanted.delete(socketId)
    for (const id of wanted ?? []) itself(this).#reach(id)?.send(text)
    return targets.length
  }

  /** Puts a client into a room. False if there is no such client. @type {(id: number, room: string) => boolean} */
  join(id, room) {
    return itself(this).#members.join(id, room)
  }

  /** Takes a client out of a room. False if it was not there. @type {(id: number, room: string) => boolean} */
  leave(id, room) {
    return itself(this).#members.leave(id, room)
  }

  /**
   * Those who are in a room, or in one of several, when something is sent to them.
   * @param {string | Iterable<string>} rooms
   * @returns {Audience}
   */
  to(rooms) {
    const server = itself(this)
    return new Audience(server.#members, rooms, (message, ids) => {
      // First, for it may run code of the user's that changes who is there.
      const text = JSON.stringify(message)
      return text === undefined ? 0 : server.#delivery.toIds(text, ids()).length
    })
  }

  /**
   * Sends a request to a client.
   * @param {number} id
   * @param {any} object Gets the request's id as `requestId`.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<any>} The response. Rejects when the client is not there, goes away, or does not answer in time.
   */
  request(id, object, options = undefined) {
    const connection = connectionOf(itself(this).sockets.get(id))
    // Inside 'close' the id is still there, as it always was; but what was lost with the connection has been told.
    if (connection === undefined || !connection.loggedIn || connection.closed) {
      return Promise.reject(errors.notConnected())
    }
    try {
      return itself(this).requests.send(object, connection, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Holds messages and requests of a client back. False if there is no such client. @type {(id: number) => boolean} */
  pause(id) {
    const connection = connectionOf(itself(this).sockets.get(id))
    if (connection === undefined) return false
    connection.pauses.byOwner = true
    return true
  }

  /** Goes on after {@link Server#pause}. False if there is no such client. @type {(id: number) => boolean} */
  resume(id) {
    const connection = connectionOf(itself(this).sockets.get(id))
    if (connection === undefined) return false
    connection.pauses.byOwner = false
    return true
  }

  /** Bytes accepted for a client and not yet encrypted; 0 if there is no such client. @type {(id: number) => number} */
  bufferedAmount(id) {
    return connectionOf(itself(this).sockets.get(id))?.writable.bufferedAmount ?? 0
  }

  /** Whether 1 MiB or more waits for a client: callers should then wait for 'drain'. @type {(id: number) => boolean} */
  needDrain(id) {
    return connectionOf(itself(this).sockets.get(id))?.writable.aboveHighWater ?? false
  }

  /** How often each limit was met since the last `listen`, by the name of the option. */
  get limitCounts() {
    return this.tlsServer.limitCounts
  }

  /**
   * What it has done since it was made, and what there is now.
   * @returns {import('../../index').ServerStats}
   */
  stats() {
    return itself(this).#observer.stats.ofServer(
      itself(this).sockets.size,
      itself(this).requests.pending,
    )
  }

  /** What a cluster has of it. */
  [kLink]() {
    const server = itself(this)
    return (server.#link ??= new Link(server, server.#members, server.#delivery))
  }

  /**
   * Whom messages reach under an id. If there is nobody, 'error' is emitted.
   * @param {number} id
   * @returns {Connection | undefined}
   */
  #reach(id) {
    const socket = this.sockets.get(id)
    const connection = connectionOf(socket)
    if (connection?.loggedIn && !connection.leaving) return connection
    if (socket === undefined || socket.destroyed || connection?.loggedIn) {
      failures.tellAbsent(this, id)
    } else if (this.listenerCount('error') > 0) {
      // Skips unauthenticated sockets silently, so that a loop over all sockets does not fail.
      this.emit('error', id, errors.notConnected())
    }
    return undefined
  }

  /** Whether it is shut down, or is being. */
  #turnsAway() {
    return this.#shutdown?.turnsAway && !this.tlsServer.listening
  }

  /** @param {Connection} connection */
  #open(connection) {
    const id = this.socketId++
    const socket = /** @type {any} */ (connection.socket)
    connection.socketId = id
    socket.isAuthenticated = false
    this.sockets.set(id, socket)
    if (this.#turnsAway()) this.#shutdown?.turnAway(connection)
    this.#observer.secured(connection)
  }

  /**
   * @param {Connection} connection
   * @param {any} value
   */
  #login(connection, value) {
    if (this.#turnsAway()) connection.socket.destroy()
    if (connection.destroyed) return
    // If it was ended by the application, before the password came, it can be told nothing any more.
    const outcome = connection.ended
      ? { result: login.SKIP }
      : this.#admission.judge(connection, value, this.password)
    if (outcome !== null) this.#answerLogin(connection, value, outcome)
  }

  /**
   * @param {Connection} connection
   * @param {any} value
   * @param {import('./admission').Outcome} outcome
   */
  #answerLogin(connection, value, { result, user, failure }) {
    // It may be shut down since it was asked.
    if (this.#turnsAway()) connection.socket.destroy()
    if (connection.destroyed) return
    if (connection.ended) result = login.SKIP
    const socket = /** @type {any} */ (connection.socket)
    if (result === login.ACCEPT) {
      connection.loggedIn = true
      socket.isAuthenticated = true
      socket.keepAliveInterval = pingTimer
      extensions.note(connection, value)
      connection.write(extensions.admissionLine(connection.extensions))
      connection.answerLogin(result)
      this.#members.add(connection.socketId, socket, user)
      this.#observer.authenticated(connection)
      this.emit('authenticated', connection.socketId, socket)
      return
    }
    // What the program could not say is no fault of the client's: no login of its address has failed.
    if (failure === undefined) connection.answerLogin(result)
    else this.#observer.undecided(connection, failure.error)
    if (result !== login.REFUSE) return
    connection.write('{"error":"incorrect password"}\n')
    this.#observer.refused(connection)
    socket.destroy()
  }

  /**
   * @param {Connection} connection
   * @param {Error} error
   */
  #error(connection, error) {
    // Who has not logged in must not be able to end a process that does not listen for errors.
    if (connection.loggedIn || this.listenerCount('error') > 0) {
      const id = connection.socketId
      failures.tell(this, id, error, () => errors.unhandled(id, error))
    }
  }

  /** @param {Connection} connection */
  #close(connection) {
    const { socketId } = connection
    this.requests.cancel(connection)
    this.#admission.closed(connection)
    this.#members.close(socketId)
    connection.events.tell([
      () => this.emit('close', socketId),
      () => this.sockets.delete(socketId),
      () => this.#members.remove(socketId),
    ])
  }
}

noticesRemoval(Server.prototype)
makeDisposable(Server.prototype, 'shutdown')

module.exports = Server
