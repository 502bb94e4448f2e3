'use strict'

// Node's own TLS beside the engine's, on one server: for streams that are no sockets of the system, and for material
// that only Node can use.

/** @typedef {import('./node-tls-server').NodeTlsServer} NodeTlsServer */

/** One of Node's servers that listens nowhere: its connections are handed to it. */
class Companion {
  #make
  /** There once it is needed. @type {NodeTlsServer | null} */
  #server = null

  /** @param {() => NodeTlsServer} make With the contexts as they are then. */
  constructor(make) {
    this.#make = make
  }

  /** How many handshakes are under way. */
  get handshakes() {
    return this.#server?.handshakes ?? 0
  }

  /** @param {any} stream A connection, before its handshake. */
  take(stream) {
    this.#server ??= this.#make()
    this.#server.emit('connection', stream)
  }

  /**
   * Follows what changes on the server it stands beside.
   * @param {(server: NodeTlsServer) => void} change
   */
  follow(change) {
    if (this.#server !== null) change(this.#server)
  }
}

exports.Companion = Companion
