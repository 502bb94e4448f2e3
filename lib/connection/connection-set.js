'use strict'

/** The connections of a server that are not closed. */
class ConnectionSet {
  /** @type {Set<import('./connection').Connection>} */
  #all = new Set()
  #left

  /** @param {() => void} left Called when one of them has closed. */
  constructor(left) {
    this.#left = left
  }

  get size() {
    return this.#all.size
  }

  /** @param {import('./connection').Connection} connection */
  add(connection) {
    this.#all.add(connection)
    connection.onClosed(() => {
      this.#all.delete(connection)
      this.#left()
    })
  }
}

exports.ConnectionSet = ConnectionSet
