'use strict'

const { isUint8Array } = require('node:util/types')

const errors = require('../errors')
const invalid = require('../errors/invalid')
const { ConnectionView, byteCounts, connectionOf } = require('./connection-view')
const { nextTick } = require('../host/host')
const { IdleWatch } = require('./idle-watch')
const { itself } = require('../host/itself')
const { noticesListeners, noticesRemoval } = require('./paused-events')

/**
 * What 'authenticated' hands out as `socket`, and `client.socket`: looks like a `tls.TLSSocket` to code that asks where
 * a peer is, who it is, or wants to end the connection.
 */
class Socket extends ConnectionView {
  #connection
  /** @type {IdleWatch | null} */
  #idle = null

  /** @param {import('./connection').Connection} connection */
  constructor(connection) {
    super(connection)
    this.#connection = connection
  }

  /** Milliseconds of idleness after which 'timeout' is emitted; 0 or undefined for never. */
  get timeout() {
    return itself(this).#idle?.timeout ?? 0
  }

  get writableNeedDrain() {
    return itself(this).#connection.writable.needDrain
  }

  get writableLength() {
    return itself(this).#connection.writable.length
  }

  get writableHighWaterMark() {
    return itself(this).#connection.writable.highWaterMark
  }

  /**
   * Writes bytes of the user's own. Messages go through `send`.
   * @param {string | Uint8Array} data
   * @param {BufferEncoding | ((error?: Error) => void)} [encoding]
   * @param {(error?: Error) => void} [callback]
   * @returns {boolean} Whether to go on before 'drain'.
   */
  write(data, encoding, callback) {
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding]
    if (typeof data !== 'string' && !isUint8Array(data)) throw invalid.chunk(data)
    const done = callback
    if (itself(this).#connection.destroyed) {
      if (done !== undefined) nextTick(done, errors.destroyed('write'))
      return false
    }
    if (itself(this).#connection.ended) {
      const error = errors.writeAfterEnd()
      if (done !== undefined) nextTick(done, error)
      this.destroy(error)
      return false
    }
    const plain = encoding === undefined || encoding === 'utf8' || encoding === 'utf-8'
    const chunk = typeof data === 'string' && !plain ? Buffer.from(data, encoding) : data
    return itself(this).#connection.writable.write(chunk, done)
  }

  /**
   * Ends our side once all is written.
   * @param {string | Uint8Array | ((error?: Error) => void)} [data]
   * @param {BufferEncoding | ((error?: Error) => void)} [encoding]
   * @param {(error?: Error) => void} [callback] Called when all of it has reached the operating system, or with an
   *   error when it never will.
   */
  end(data, encoding, callback) {
    if (typeof data === 'function') [data, encoding, callback] = [undefined, undefined, data]
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding]
    let refusal
    if (data !== undefined && data !== null) {
      if (itself(this).#connection.destroyed) refusal = errors.destroyed('write')
      else if (itself(this).#connection.ended) refusal = errors.writeAfterEnd()
      this.write(data, encoding)
    }
    itself(this).#connection.writable.end(callback, refusal)
    return this
  }

  /**
   * Ends the connection. What was accepted before is still written.
   * @param {Error} [error] Emitted as 'error'.
   */
  destroy(error) {
    if (itself(this).#connection.destroyed) return this
    Socket.markDestroyed(itself(this))
    itself(this).#connection.destroy(error ?? undefined)
    return this
  }

  /** Ends our side, and the connection when all is written. */
  destroySoon() {
    this.end()
    if (itself(this).#connection.writable.finished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** Holds back messages until {@link Socket#resume}. */
  pause() {
    itself(this).#connection.pauses.bySocket = true
    return this
  }

  /** Goes on after {@link Socket#pause}. */
  resume() {
    itself(this).#connection.pauses.bySocket = false
    return this
  }

  isPaused() {
    return itself(this).#connection.paused
  }

  /**
   * Emits 'timeout' when nothing was sent or received for so long; ends nothing.
   * @param {number} ms 0 turns it off.
   * @param {() => void} [callback] Added as a listener once.
   */
  setTimeout(ms, callback) {
    itself(this).#idle?.stop()
    if (ms > 0 && !itself(this).#connection.destroyed) {
      itself(this).#watch().start(ms)
      if (callback !== undefined) this.once('timeout', callback)
    } else if (callback !== undefined) {
      this.removeListener('timeout', callback)
    }
    return this
  }

  /** Text is always UTF-8. */
  setEncoding() {
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

  /** Writes of one tick leave together anyway. */
  cork() {}

  uncork() {}

  ref() {
    itself(this).#connection.hold.ref()
    return this
  }

  /** Lets the process end although the connection is open. */
  unref() {
    itself(this).#connection.hold.unref()
    return this
  }

  /**
   * For the connection: it is gone.
   * @param {Socket} socket
   */
  static markDestroyed(socket) {
    socket.#connection.destroyed = true
    socket.#idle?.stop()
  }

  #watch() {
    this.#idle ??= new IdleWatch(
      () => this.#traffic(),
      () => this.emit('timeout'),
    )
    return this.#idle
  }

  #traffic() {
    const { read, written } = byteCounts(this.#connection)
    const { connected, parameters } = this.#connection.details
    return read + written + Number(connected === true) + Number(parameters !== undefined)
  }
}

noticesRemoval(Socket.prototype)

const { markDestroyed } = Socket

noticesListeners(Socket.prototype, 'data', socket => {
  const connection = connectionOf(itself(socket))
  if (connection !== undefined) connection.wasHeard = true
})

module.exports = { Socket, markDestroyed }
