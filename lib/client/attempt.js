'use strict'

const { setImmediate } = require('../host/host')

/** An attempt of a client to connect again, from 'reconnectAttempt' on. */
class Attempt {
  /** Whether one is being begun. */
  isUnderWay = false
  #client
  #parts

  /**
   * @param {import('./client')} client
   * @param {object} parts
   * @param {import('node:async_hooks').AsyncResource} parts.resource
   * @param {() => import('../connection/connection').Connection | null} parts.current The connection there is, or was last.
   * @param {() => void} parts.begun It is no longer for anybody to prevent but a listener of 'reconnectAttempt'.
   * @param {() => void} parts.unwanted There is none, as the program has changed its mind.
   */
  constructor(client, parts) {
    this.#client = client
    this.#parts = parts
  }

  /** Connects again, unless there is a connection. */
  make() {
    const client = this.#client
    const { begun, current, resource, unwanted } = this.#parts
    if (current()?.closed === false) return
    if (!client.attemptsToReconnect) {
      unwanted()
      return
    }
    resource.runInAsyncScope(() => {
      const wasQuiet = client.supressNextECONNREFUSED
      client.supressNextECONNREFUSED = true
      this.isUnderWay = true
      begun()
      let told = false
      try {
        client.emit('reconnectAttempt')
        told = true
      } finally {
        // A listener threw. In a later turn, so that a process that ends of it does nothing more.
        if (!told) setImmediate(() => resource.runInAsyncScope(this.#goOn, this, wasQuiet))
      }
      this.#goOn(wasQuiet)
    })
  }

  /**
   * Connects, unless a listener of 'reconnectAttempt' has called `disconnect`.
   * @param {boolean} wasQuiet As it was before the attempt.
   */
  #goOn(wasQuiet) {
    const client = this.#client
    if (!this.isUnderWay) {
      if (this.#parts.current()?.closed) client.supressNextECONNREFUSED = wasQuiet
      return
    }
    let isBegun = false
    try {
      client.connect()
      isBegun = true
    } finally {
      this.isUnderWay = false
      // The configuration is wrong, as it is now.
      if (!isBegun) client.beginReconnectInterval()
    }
  }
}

exports.Attempt = Attempt
