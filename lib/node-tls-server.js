'use strict'

const { AsyncResource } = require('node:async_hooks')
const tls = require('node:tls')

const { Connection } = require('./connection')
const { refuseStranger } = require('./handed-over')
const { NodeCarrier } = require('./node-carrier')

/** What `server.tlsServer` is where Node's own TLS is needed: a `tls.Server` whose connections the engine's sessions read. */
class NodeTlsServer extends tls.Server {
  #bounds
  #owner
  #resource = new AsyncResource('TLSJSONSERVER')
  /** @type {Set<Connection>} */
  #connections = new Set()
  /** Whether 'close' waits for the last connection's own. */
  #closing = false
  #allowHalfOpen

  /**
   * @param {any} options Node's, see `tls.createServer`.
   * @param {import('./tls-server').Bounds} bounds
   * @param {import('./connection').Owner & { open: (connection: Connection) => void }} owner
   */
  constructor(options, bounds, owner) {
    super(options)
    const { keepAlive, keepAliveInitialDelay } = /** @type {any} */ (this)
    this.#bounds = { ...bounds, probeDelay: keepAlive ? keepAliveInitialDelay * 1000 : undefined }
    this.#owner = owner
    this.#allowHalfOpen = Boolean(options?.allowHalfOpen)
    // Connections are always read, and a peer that ends within its handshake has gone.
    Object.assign(this, { allowHalfOpen: false, pauseOnConnect: false })
  }

  /** Nothing is counted where Node carries the connections. @returns {import('./binding').LimitCounts | null} */
  get limitCounts() {
    return null
  }

  /** @param {any[]} args */
  listen(...args) {
    this.#resource = new AsyncResource('TLSJSONSERVER')
    return super.listen(...args)
  }

  /**
   * @param {string | symbol} event
   * @param {...any} args
   * @returns {boolean}
   */
  emit(event, ...args) {
    switch (event) {
      case 'connection':
        refuseStranger(args[0])
        return super.emit(event, ...args)
      case 'secureConnection':
        return this.#resource.runInAsyncScope(this.#accept, this, args[0])
      case 'tlsClientError': {
        const heard = super.emit(event, ...args)
        // Node leaves some of them open.
        args[1]?.destroy()
        return heard
      }
      case 'close':
        this.#closing = true
        return this.#closeIfDrained()
      default:
        return super.emit(event, ...args)
    }
  }

  /** @param {tls.TLSSocket} tlsSocket */
  #accept(tlsSocket) {
    const connection = new Connection(this.#owner, this.#resource)
    const carrier = new NodeCarrier(connection, tlsSocket, this.#bounds)
    connection.allowHalfOpen = this.#allowHalfOpen
    carrier.secured()
    carrier.attach()
    this.#connections.add(connection)
    connection.onClosed = () => {
      this.#connections.delete(connection)
      this.#closeIfDrained()
    }
    this.#owner.open(connection)
    const heard = super.emit('secureConnection', connection.socket)
    carrier.begin()
    return heard
  }

  #closeIfDrained() {
    if (!this.#closing || this.#connections.size > 0) return false
    this.#closing = false
    return super.emit('close')
  }
}

exports.NodeTlsServer = NodeTlsServer
