'use strict'

// One attempt of a client to reach its server by Node's own TLS, which also finds out whether it is the right one.

const tls = require('node:tls')

const { isObeyed, obey } = require('../../net/abort')
const errors = require('../../errors')
const { MAX_LOGIN_BYTES } = require('../../protocol/limits')
const { NodeCarrier } = require('./carrier')
const { clearTimeout, nextTick, setTimeout } = require('../../host/host')

/** What is longer Node's timers take for no time at all. */
const LONGEST_TIMER = 0x7fffffff

/** The same as {@link import('../rustls/dial').Dial} to a client. */
class NodeDial {
  #options
  #limits
  #tls
  /** @type {import('../../connection/connection').Connection | null} */
  #connection = null

  /**
   * @param {Record<string, any>} options From `normaliseConnectArgs`.
   * @param {ReturnType<typeof import('../../protocol/limits').clientLimits>['connection']} limits
   * @throws {Error} Node's own, for what `tls.connect` does not take.
   */
  constructor(options, limits) {
    this.#options = options
    this.#limits = limits
    const { checkServerIdentity } = options
    /** @type {Record<string, any>} */
    const wanted = {
      ...options,
      // A resumed session would not be checked; and bytes come as 'data'.
      session: undefined,
      // Obeyed by the connection; anything else Node refuses.
      signal: isObeyed(options.signal) ? undefined : options.signal,
      onread: undefined,
    }
    if (typeof checkServerIdentity === 'function') {
      wanted.checkServerIdentity = (/** @type {any[]} */ ...args) =>
        this.#check(checkServerIdentity, args)
    }
    this.#tls = tls.connect(wanted)
  }

  /**
   * What comes of it, the connection tells.
   * @param {import('../../connection/connection').Connection} connection
   */
  start(connection) {
    const carrier = this.#carry(connection)
    connection.allowHalfOpen = Boolean(this.#options.allowHalfOpen)
    obey(connection, this.#options.signal)
    this.#tls.on('connect', () => carrier.connected())
  }

  /**
   * Goes on for an attempt that came to its end in the handshake. That TCP is up was told.
   * @param {import('../../connection/connection').Connection} connection
   */
  takeOver(connection) {
    const carrier = this.#carry(connection)
    if (connection.ended) carrier.end()
  }

  /** @param {import('../../connection/connection').Connection} connection */
  #carry(connection) {
    this.#connection = connection
    const { host, port, path } = this.#options
    const carrier = new NodeCarrier(connection, this.#tls, {
      loginTimeout: 0,
      keepaliveTimeout: 0,
      maxLoginBytes: MAX_LOGIN_BYTES,
      ...this.#limits,
    })
    carrier.attach({ host, port, path })
    passKeysOn(this.#tls, connection.socket)
    this.#tls.on('connect', () => this.#boundSilence(connection))
    this.#tls.on('secureConnect', () => {
      if (connection.socket.destroyed) return
      carrier.secured()
      carrier.begin()
      carrier.admitted()
    })
    return carrier
  }

  /**
   * Has a server left that says nothing to the end of the handshake; from then on the session looks to that.
   * @param {import('../../connection/connection').Connection} connection
   */
  #boundSilence(connection) {
    const { silenceTimeout } = this.#limits
    if (silenceTimeout === 0) return
    const message = `nothing was heard of the peer for ${silenceTimeout} ms (silenceTimeout)`
    const leave = () =>
      connection.fail(errors.fromEngine({ kind: 'limit', code: 'TLSJSON_SILENCE', message }))
    const silence = setTimeout(leave, Math.min(silenceTimeout, LONGEST_TIMER)).unref()
    for (const event of ['secureConnect', 'close']) {
      this.#tls.once(event, () => clearTimeout(silence))
    }
  }

  /** Node has judged the server already. */
  judge() {
    return true
  }

  /**
   * @param {(...args: any[]) => unknown} check The user's own.
   * @param {any[]} args
   */
  #check(check, args) {
    let decided = false
    try {
      const refusal = check(...args)
      decided = true
      return refusal
    } finally {
      // It threw: that exception is on its way, and nothing is said to the server.
      if (!decided) this.#connection?.socket.destroy()
    }
  }
}

/**
 * Node computes them only while somebody listens.
 * @param {tls.TLSSocket} from
 * @param {import('../../connection/socket').Socket} to
 */
function passKeysOn(from, to) {
  const begin = () => void from.on('keylog', line => nextTick(() => to.emit('keylog', line)))
  if (to.listenerCount('keylog') > 0) {
    begin()
    return
  }
  const notice = (/** @type {string | symbol} */ event) => {
    if (event !== 'keylog') return
    to.removeListener('newListener', notice)
    begin()
  }
  to.on('newListener', notice)
}

exports.NodeDial = NodeDial
