'use strict'

const { getEngine } = require('../engine/engine')

/** What is written to a connection before anything carries it: while the name of the server is looked up. */
class EarlyWrites {
  /** @type {((carrier: import('./connection').Carrier, id: number) => void)[]} */
  #kept = []
  #bytes = 0

  constructor() {
    // If there can be none that is told now, and not when the connection is to be made.
    getEngine()
  }

  /**
   * Has what was kept written.
   * @param {import('./connection').Carrier} carrier
   * @param {number} id
   */
  passTo(carrier, id) {
    this.#bytes = 0
    for (const write of this.#kept.splice(0)) write(carrier, id)
  }

  /**
   * @param {number} _id
   * @param {string} text
   * @param {boolean} first
   */
  write(_id, text, first) {
    return this.#keep(Buffer.byteLength(text), (carrier, id) => carrier.write(id, text, first))
  }

  /**
   * @param {number} _id
   * @param {string} text
   */
  queueFirst(_id, text) {
    this.write(_id, text, true)
  }

  /**
   * @param {number} _id
   * @param {Buffer} bytes
   */
  writeBytes(_id, bytes) {
    return this.#keep(bytes.length, (carrier, id) => carrier.writeBytes(id, bytes))
  }

  reportDrain() {
    this.#keep(0, (carrier, id) => carrier.reportDrain(id))
  }

  buffered() {
    return this.#bytes
  }

  waiting() {
    return 0
  }

  byteCounts() {
    return { read: 0, written: this.#bytes }
  }

  // What follows the connection itself tells the carrier, when there is one.
  end() {}
  destroy() {}
  pause() {}
  hold() {}
  resume() {}
  login() {}
  pong() {}

  /**
   * @param {number} bytes
   * @param {(carrier: import('./connection').Carrier, id: number) => void} write
   */
  #keep(bytes, write) {
    this.#bytes += bytes
    this.#kept.push(write)
    return false
  }
}

exports.EarlyWrites = EarlyWrites
