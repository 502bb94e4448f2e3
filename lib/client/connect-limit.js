'use strict'

// How long a client waits to be authenticated: for the look-up of the name, TCP, TLS and the answer to its password together.

const errors = require('../errors')
const { clearInterval, setInterval } = require('../host/host')

/** How often it is looked. A thread that was too busy to look has itself to blame: that time counts once. */
const LOOKS = 4

/**
 * What is waited for, and what may help.
 * @param {import('../connection/connection').Connection} connection
 * @param {boolean} asks Whether the password is asked of a function.
 * @returns {[what: string, remedy: string]}
 */
function awaited({ details, secured }, asks) {
  if (asks) return ['what the `password` function gives', 'see why it takes so long']
  if (secured) return ['the answer to the password', 'see whether a tls-json server listens there']
  if (details.connected) return ['the TLS handshake', 'see whether a TLS server listens there']
  return ['the TCP connection', 'see whether host and port are right, and no firewall is between']
}

/** The time limit of one attempt. It fails the connection when the time is over. */
class ConnectLimit {
  #connection
  #ms
  #looks = 0
  /** @type {NodeJS.Timeout | null} */
  #timer = null
  /** Whether the password is asked of a function now. */
  asks = false

  /**
   * @param {import('../connection/connection').Connection} connection
   * @param {number} ms 0 for none.
   */
  constructor(connection, ms) {
    this.#connection = connection
    this.#ms = ms
    // What holds the process is the connection.
    if (ms > 0) this.#timer = setInterval(() => this.#look(), Math.max(1, ms / LOOKS)).unref()
  }

  /** The client is authenticated, or the attempt is over. */
  end() {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #look() {
    // Who does not want to read cannot be told.
    if (this.#connection.paused || ++this.#looks < LOOKS) return
    this.end()
    const [what, remedy] = awaited(this.#connection, this.asks)
    const message = `Not authenticated within ${this.#ms} ms (connectTimeout): waited for ${what}; ${remedy}`
    const code = 'TLSJSON_CONNECT_TIMEOUT'
    this.#connection.fail(errors.fromEngine({ kind: 'limit', code, message }))
  }
}

exports.ConnectLimit = ConnectLimit
