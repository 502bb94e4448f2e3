'use strict'

// One attempt of a client to reach its server: where to, with what, and whether it is the right one.

const { Socket } = require('node:net')

const { bare } = require('../../host/bare')
const dispatch = require('../../engine/dispatch')
const errors = require('../../errors')
const identity = require('../../tls/identity')
const contexts = require('./contexts')
const { getEngine } = require('../../engine/engine')
const { obey } = require('../../net/abort')
const { connectTarget, resolve } = require('../../net/lookup')
const { nextTick } = require('../../host/host')
const { withZone } = require('../../net/zone')

/** What rustls says of a message of a handshake above 64 KiB. OpenSSL reads certificates of up to 100 KiB. */
const TOO_LARGE = 'ERR_SSL_EXCESSIVE_MESSAGE_SIZE'

/**
 * What goes on with an attempt, over Node's own TLS.
 * @typedef {object} Successor
 * @property {(connection: import('../../connection/connection').Connection) => void} takeOver
 * @property {() => boolean} judge
 */

/** One attempt to connect, with the configuration as it was when it began. */
class Dial {
  #options
  #target
  #context
  #identity
  #limits
  #overNode
  /** Who has taken over. @type {Successor | null} */
  #successor = null
  #timeout
  /** @type {import('../../connection/connection').Connection | null} */
  #connection = null

  /**
   * @param {Record<string, any>} options From `normaliseConnectArgs`.
   * @param {import('../../tls/plan').RustlsClientPlan} plan
   * @param {ReturnType<typeof import('../../protocol/limits').clientLimits>['connection']} limits
   * @param {() => Successor} overNode The same attempt over Node's own TLS.
   * @throws {Error} Node's own, for what `tls.connect` would not take.
   */
  constructor(options, plan, limits, overNode) {
    this.#options = options
    this.#limits = limits
    this.#overNode = overNode
    this.#target = connectTarget(options)
    // First of all: the look-up goes on in another thread while the context is made here.
    if (this.#target.path === null) resolve(options, (...answer) => this.#found(answer))
    else nextTick(() => this.#found([null, []]))
    this.#identity = plan.identity
    this.#context = contexts.client(plan.material)
    this.#timeout = idleTimeout(options.timeout)
  }

  /**
   * Connects as soon as the host is looked up. What comes of it, the connection tells.
   * @param {import('../../connection/connection').Connection} connection
   */
  start(connection) {
    const { allowHalfOpen, signal } = this.#options
    this.#connection = connection
    connection.allowHalfOpen = Boolean(allowHalfOpen)
    if (this.#timeout > 0) connection.socket.setTimeout(this.#timeout)
    obey(connection, signal)
  }

  /** @param {[error: Error | null, addresses: { address: string }[]]} answer */
  #found([error, addresses]) {
    const connection = this.#connection
    // Without one the options were refused.
    if (connection === null || connection.destroyed) return
    if (error !== null) connection.fail(error)
    else this.#connect(connection, addresses)
  }

  /**
   * @param {import('../../connection/connection').Connection} connection
   * @param {{ address: string }[]} addresses
   */
  #connect(connection, addresses) {
    const { path, port, localAddress, localPort, attemptTimeout } = this.#target
    const id = getEngine().connect(
      this.#context,
      bare({
        addresses: addresses.map(({ address }) => withZone(address)),
        path: path ?? undefined,
        port,
        localAddress,
        localPort,
        attemptTimeout,
        serverName: this.#identity.sni ?? undefined,
        logsKeys: connection.socket.listenerCount('keylog') > 0,
        ...this.#limits,
      }),
      connection.stats.tally,
    )
    const { host, port: wantedPort, path: wantedPath } = this.#options
    connection.attach(id, { host, port: wantedPort, path: wantedPath })
    dispatch.register(id, {
      resource: connection.resource,
      line: (text, number, asks) => connection.line(text, number, asks),
      signal: signal => this.#pass(connection, signal),
    })
  }

  /**
   * What the engine says until the server has shown its certificate.
   * @param {import('../../connection/connection').Connection} connection
   * @param {any} signal
   */
  #pass(connection, signal) {
    const { id, socket } = connection
    if (signal.type === 'error' && signal.error.code === TOO_LARGE && !socket.destroyed) {
      // From the beginning, as no handshake can change hands.
      dispatch.forget(id)
      this.#successor = this.#overNode()
      this.#successor.takeOver(connection)
      return
    }
    if (signal.type === 'verification') dispatch.register(id, connection)
    connection.signal(signal)
  }

  /**
   * Judges the server by its chain and its name, and tells the engine.
   * @param {import('../../connection/connection').Connection} connection
   * @param {{ error: any, chain: Buffer[] }} verification
   * @returns {boolean} Whether it may be talked to.
   */
  judge(connection, verification) {
    if (this.#successor !== null) return this.#successor.judge()
    const { hostname, checkServerIdentity, rejectUnauthorized } = this.#identity
    const { socket } = connection
    /** @type {any} */
    let refusal = verification.error ? errors.fromEngine(verification.error) : undefined
    if (refusal === undefined) {
      let decided = false
      try {
        const check = checkServerIdentity
        refusal = identity.checkIdentity({ hostname, chain: verification.chain, check })
        decided = true
      } finally {
        // The user's function threw: that exception is on its way, and nothing is said to the server.
        if (!decided) socket.destroy()
      }
    }
    socket.servername = this.#identity.servername ?? false
    socket.authorized = !refusal
    socket.authorizationError = identity.authorizationError(refusal)
    if (refusal && rejectUnauthorized) {
      connection.fail(refusal)
      return false
    }
    getEngine().admit(connection.id, true)
    return true
  }
}

/**
 * @param {any} timeout As of `tls.connect`.
 * @returns {number} Milliseconds, as Node's timers take them; 0 for none.
 * @throws {Error} Node's own
 */
function idleTimeout(timeout) {
  if (!timeout) return 0
  const socket = new Socket()
  try {
    return socket.setTimeout(timeout) && timeout
  } finally {
    socket.destroy()
  }
}

exports.Dial = Dial
