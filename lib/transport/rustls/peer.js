'use strict'

const EventEmitter = require('node:events')
const { nextTick } = require('../../host/host')
const { IdleWatch } = require('../../connection/idle-watch')
const { itself, knowsItself } = require('../../host/itself')

/**
 * What 'connection' and 'tlsClientError' show of a peer that has no TLS yet: what programs use of a `net.Socket` below
 * TLS. It lasts as long as the connection does.
 */
class Peer extends EventEmitter {
  #leave
  #destroyed = false
  #gone = false
  /** @type {Error | undefined} */
  #error = undefined
  /** Once its handshake is done. @type {import('../../connection/connection').Connection | null} */
  #connection = null
  #idle = new IdleWatch(
    () => this.bytesRead + this.bytesWritten + Number(this.#connection !== null),
    () => this.emit('timeout'),
  )

  /**
   * @param {{ local?: import('../../connection/connection-view').Endpoint | null, remote?: import('../../connection/connection-view').Endpoint | null, error?: import('../../errors').EngineError }} signal
   *   Where it is; and how its handshake failed.
   * @param {() => void} leave Ends a connection that has no TLS yet; `hasClosed` follows.
   */
  constructor({ local, remote, error }, leave) {
    super()
    knowsItself(this)
    this.#leave = leave
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

  /**
   * One that has gone before it is shown.
   * @param {ConstructorParameters<typeof Peer>[0]} ends
   */
  static gone(ends) {
    const peer = new Peer(ends, () => nextTick(() => peer.hasClosed(false)))
    return peer.destroy()
  }

  get destroyed() {
    return itself(this).#destroyed || itself(this).#connection?.socket.destroyed === true
  }

  get closed() {
    return itself(this).#gone
  }

  get connecting() {
    return false
  }

  get pending() {
    return false
  }

  get readyState() {
    return this.destroyed ? 'closed' : 'open'
  }

  /** Plain bytes; none before the handshake is done. */
  get bytesRead() {
    return itself(this).#connection?.socket.bytesRead ?? 0
  }

  /** Plain bytes; none before the handshake is done. */
  get bytesWritten() {
    return itself(this).#connection?.socket.bytesWritten ?? 0
  }

  /** Milliseconds of silence after which 'timeout' is emitted; 0 for never. */
  get timeout() {
    return itself(this).#idle.timeout
  }

  /** Our end. @returns {{ address?: string, family?: string, port?: number }} */
  address() {
    const { localAddress: address, localFamily: family, localPort: port } = this
    return this.destroyed || address === undefined ? {} : { address, family, port }
  }

  /**
   * Ends the connection, in its handshake or later.
   * @param {Error} [error] Emitted as 'error' if somebody listens.
   */
  destroy(error) {
    if (this.destroyed) return this
    const self = itself(this)
    self.#destroyed = true
    self.#error = error
    self.#idle.stop()
    if (self.#connection !== null) self.#connection.socket.destroy(error)
    else self.#leave()
    return this
  }

  destroySoon() {
    this.destroy()
  }

  resetAndDestroy() {
    return this.destroy()
  }

  /** Ends our side; before the handshake is done there is nothing that the other could be for. */
  end() {
    const connection = itself(this).#connection
    if (connection === null) this.destroy()
    else connection.socket.end()
    return this
  }

  /**
   * Emits 'timeout' when nothing was sent or received for so long; ends nothing.
   * @param {number} ms 0 turns it off.
   * @param {() => void} [callback] Added as a listener once.
   */
  setTimeout(ms, callback) {
    itself(this).#idle.stop()
    if (ms > 0 && !this.destroyed) {
      itself(this).#idle.start(ms)
      if (callback !== undefined) this.once('timeout', callback)
    } else if (callback !== undefined) {
      this.removeListener('timeout', callback)
    }
    return this
  }

  /** The engine always sends at once and coalesces by itself. */
  setNoDelay() {
    return this
  }

  /** See `keepAliveInterval` of the server for what finds dead peers. */
  setKeepAlive() {
    return this
  }

  ref() {
    itself(this).#connection?.socket.ref()
    return this
  }

  unref() {
    itself(this).#connection?.socket.unref()
    return this
  }

  /**
   * For the listener: the handshake is done.
   * @param {import('../../connection/connection').Connection} connection
   */
  follow(connection) {
    const self = itself(this)
    self.#connection = connection
    connection.onClosed(() => {
      nextTick(() => connection.resource.runInAsyncScope(self.hasClosed, self, connection.failed))
    })
  }

  /**
   * For the listener: the connection is gone.
   * @param {boolean} hadError
   */
  hasClosed(hadError) {
    const self = itself(this)
    if (self.#gone) return
    self.#gone = self.#destroyed = true
    self.#idle.stop()
    const error = self.#error
    try {
      if (error !== undefined && this.listenerCount('error') > 0) this.emit('error', error)
    } finally {
      this.emit('close', hadError || error !== undefined)
    }
  }
}

exports.Peer = Peer
