'use strict'

// What a broker has not confirmed yet, and how much of it there may be. Neither broker client bounds what a broker that hangs
// leaves unsent.

/** What may be unconfirmed, in bytes, unless the user says otherwise. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024

/** Bytes that were published and not confirmed. */
class Window {
  /** Bytes, with what a message costs beside its text. */
  bytes = 0
  #max
  #drained
  #refused = false

  /**
   * @param {number} max bytes
   * @param {() => void} drained called when half of it is free again after a message was refused
   */
  constructor(max, drained) {
    this.#max = max
    this.#drained = drained
  }

  /**
   * @param {number} bytes of a message that is about to be published
   * @returns {boolean} false: there is no room, and the message must not be published
   */
  take(bytes) {
    // A message larger than the window goes alone, or it would never go.
    if (this.bytes > 0 && this.bytes + bytes > this.#max) {
      this.#refused = true
      return false
    }
    this.bytes += bytes
    return true
  }

  /** @param {number} bytes that the broker has confirmed */
  confirm(bytes) {
    this.bytes -= bytes
    this.#tell()
  }

  /** Forgets what was not confirmed: the connection is lost. Who was refused is told later, by `reopen`. */
  clear() {
    this.bytes = 0
  }

  /** Tells who was refused that there is room: there is a connection again. */
  reopen() {
    this.#tell()
  }

  #tell() {
    if (!this.#refused || this.bytes > this.#max / 2) return
    this.#refused = false
    this.#drained()
  }
}

module.exports = { MAX_BUFFERED_BYTES, Window }
