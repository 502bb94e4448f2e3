'use strict'

const EventEmitter = require('node:events')
const { itself, knowsItself } = require('./itself')

/** What 'connection' and 'tlsClientError' show of a peer that has no TLS yet: where it is, and a way to end it. */
class Peer extends EventEmitter {
  #end

  /**
   * @param {{ local?: import('./socket').Endpoint | null, remote?: import('./socket').Endpoint | null, error?: import('./errors').EngineError }} signal
   *   Where it is; and how its handshake failed.
   * @param {() => void} end
   */
  constructor({ local, remote, error }, end) {
    super()
    knowsItself(this)
    this.#end = end
    this.destroyed = false
    this.remoteAddress = remote?.address
    this.remoteFamily = remote?.family
    this.remotePort = remote?.port
    this.localAddress = local?.address
    this.localFamily = local?.family
    this.localPort = local?.port
    this.authorized = false
    /** The code of what is wrong with its certificate, if it was refused for that. @type {string | null} */
    this.authorizationError = error?.kind === 'refused' ? (error.code ?? null) : null
  }

  /** Ends the connection, unless its handshake is done: then its own socket does. */
  destroy() {
    if (!this.destroyed) {
      this.destroyed = true
      itself(this).#end()
    }
    return this
  }
}

exports.Peer = Peer
