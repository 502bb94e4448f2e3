'use strict'

// What becomes of those who come to a server by the engine: of handshakes, events.

const errors = require('../../errors')
const { Connection } = require('../../connection/connection')
const { Peer } = require('./peer')

/** Tells of the handshakes of one server. */
class Arrivals {
  #server
  #owner
  #contexts

  /**
   * @param {import('node:events').EventEmitter} server Emits what comes of them.
   * @param {import('../../connection/connection').Owner & { open: (connection: Connection) => void }} owner
   * @param {() => import('./server-contexts').ServerContexts} contexts Those of now.
   */
  constructor(server, owner, contexts) {
    this.#server = server
    this.#owner = owner
    this.#contexts = contexts
  }

  /**
   * Whether somebody is wanted, before the handshake.
   * @param {number} id
   * @param {import('../../connection/connection-view').Endpoint | null} remote
   */
  admits(id, remote) {
    return this.#contexts().admit(id, remote)
  }

  /**
   * Answers who says what he wants.
   * @param {number} id
   * @param {any} signal
   */
  hello(id, signal) {
    try {
      this.#contexts().answer(id, signal)
    } catch (error) {
      this.#owner.observer.countHandshakeFailure(error)
      this.#refused(error, signal)
    }
  }

  /**
   * A handshake is done.
   * @param {number} id
   * @param {import('node:async_hooks').AsyncResource} resource Whose context the connection's events run in.
   * @param {any} signal
   * @param {Peer | undefined} peer Who was told of before it.
   */
  secure(id, resource, signal, peer) {
    const connection = new Connection(this.#owner, resource)
    connection.allowHalfOpen = this.#contexts().ofConnections.allowHalfOpen
    connection.secure(signal)
    connection.attach(id)
    peer?.follow(connection)
    this.#owner.open(connection)
    try {
      this.#tellKeys(signal, connection.socket)
    } finally {
      this.#server.emit('secureConnection', connection.socket)
    }
  }

  /** @param {any} signal Of a handshake that failed. */
  failed(signal) {
    try {
      this.#tellKeys(signal, Peer.gone(signal))
    } finally {
      this.#refused(errors.fromEngine(signal.error), signal)
    }
  }

  /**
   * @param {{ keys?: string[] }} signal Of a handshake.
   * @param {Peer | import('../../connection/socket').Socket} socket
   */
  #tellKeys({ keys = [] }, socket) {
    for (const line of keys) this.#server.emit('keylog', Buffer.from(line), socket)
  }

  /**
   * @param {any} error
   * @param {any} signal Of the peer.
   */
  #refused(error, signal) {
    const peer = Peer.gone(signal)
    this.#owner.observer.handshakeFailed(error, peer)
    if (this.#server.listenerCount('tlsClientError') > 0) {
      this.#server.emit('tlsClientError', error, peer)
    }
  }
}

exports.Arrivals = Arrivals
