'use strict'

const tls = require('node:tls')

/**
 * The keys of a server's session tickets. The engine resumes no session and so gives none; Node's own TLS does, where it
 * carries connections.
 */
class TicketKeys {
  #options
  /** One of Node's, which judges keys and keeps them. @type {tls.Server | null} */
  #keeper = null

  /** @param {any} options Node's, see `tls.createServer`. */
  constructor(options) {
    this.#options = options
  }

  /** @returns {Buffer} Always the same until others are set. */
  get keys() {
    return this.#kept().getTicketKeys()
  }

  /** @throws {Error} Node's own, for what are none. */
  set keys(keys) {
    this.#kept().setTicketKeys(keys)
  }

  /**
   * Gives one of Node's servers the same.
   * @param {tls.Server} server
   */
  applyTo(server) {
    if (this.#keeper !== null) server.setTicketKeys(this.#keeper.getTicketKeys())
  }

  #kept() {
    this.#keeper ??= tls.createServer({ ticketKeys: this.#options?.ticketKeys })
    return this.#keeper
  }
}

exports.TicketKeys = TicketKeys
