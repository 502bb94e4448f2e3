'use strict'

// A broker over NATS: core publish and subscribe, over one connection.

const { option } = require('../../errors/invalid')
const { clearTimeout, nextTick, setTimeout } = require('../../host/host')
const { connectUntilThere } = require('./attempts')
const { brokerDown } = require('./errors')
const { DEFAULTS, PACKAGES, natsPackage } = require('./nats-client')
const { NatsSubscriptions } = require('./nats-subscriptions')
const { packageOf } = require('./options')
const { within } = require('./pause')
const { shield } = require('./shield')
const { Window } = require('./window')

/** @typedef {import('../../../types/cluster-broker').Broker} Broker */
/** @typedef {import('./nats-package').NatsConnection} NatsConnection */
/** @typedef {import('./nats-package').ConnectionOptions} ConnectionOptions */

/** After so many bytes the server is asked to confirm them. */
const CONFIRM_BYTES = 64 * 1024

/** Fewer bytes are confirmed after so many milliseconds. */
const CONFIRM_DELAY = 20

/** What a message costs beside its text, in bytes: the protocol's line, and a buffer. */
const OVERHEAD = 128

/** How long closing waits for what was published, in milliseconds. */
const CLOSE_WITHIN = 1000

/**
 * How long a connection that is found dead may take to end by itself, in milliseconds. The client wants to write what is left
 * before it closes a socket; to a server that hangs that may take for ever.
 */
const ABANDON_AFTER = 1000

/** @implements {Broker} */
class NatsBroker {
  /** Options of a connection of our own. @type {ConnectionOptions | undefined} */
  #options
  #package
  /** @type {NatsConnection | undefined} */
  #connection
  #isUp = false
  #isOpen = false
  #closing = new AbortController()
  #window = new Window(0, () => {})
  /** How often the connection was lost. What was published before is not confirmed after it. */
  #losses = 0
  /** Bytes of the window that no PING stands behind yet. */
  #unasked = 0
  /** @type {NodeJS.Timeout | undefined} */
  #confirmTimer
  /** @type {NodeJS.Timeout | undefined} */
  #abandonTimer
  /** What the connection says of itself. @type {ReturnType<NatsConnection['status']> | undefined} */
  #statuses
  /** @type {Promise<unknown> | undefined} */
  #connecting
  /** @type {ReturnType<typeof shield>} */
  #events = /** @type {any} */ (undefined)
  /** @type {NatsSubscriptions} */
  #subscriptions = /** @type {any} */ (undefined)
  /** Called when it is up for the first time, or closed. */
  #opened = () => {}

  /**
   * @param {NatsConnection | ConnectionOptions} given
   * @param {string | undefined} name of the package to use
   */
  constructor(given, name) {
    if (isConnection(given)) this.#connection = given
    else this.#options = { ...DEFAULTS, ...given, noEcho: true, waitOnFirstConnect: false }
    this.#package = name
  }

  get bufferedAmount() {
    return this.#window.bytes
  }

  /** The server of another connection may take another length. */
  get maxMessageBytes() {
    return this.#connection?.info?.max_payload
  }

  /** @type {Broker['open']} */
  async open(events, { maxBufferedBytes }) {
    const client = this.#options && natsPackage(this.#package)
    this.#isOpen = true
    this.#events = shield(events, () => this.#isOpen)
    this.#window = new Window(maxBufferedBytes, () => this.#events.drain())
    this.#subscriptions = new NatsSubscriptions(this.#events)
    const opened = new Promise(resolve => (this.#opened = () => resolve(undefined)))
    if (this.#connection?.isClosed()) throw brokerDown(new Error('the connection is closed'))
    if (client) this.#connect(client)
    else if (this.#connection) this.#use(this.#connection)
    await opened
    const { maxMessageBytes } = this
    if (maxMessageBytes === undefined || this.#closing.signal.aborted) throw brokerDown()
    return { maxMessageBytes }
  }

  /** @type {Broker['publish']} */
  publish(channel, text, tag) {
    const connection = this.#connection
    if (!this.#isUp || !this.#isOpen || connection === undefined) return false
    if (connection.isClosed() || connection.isDraining()) {
      this.#ended()
      return false
    }
    const data = Buffer.from(text)
    const cost = data.length + OVERHEAD
    if (!this.#window.take(cost)) return false
    connection.publish(channel, data, this.#subscriptions.replyTo(channel, tag))
    this.#unasked += cost
    if (this.#unasked >= CONFIRM_BYTES) this.#confirm()
    else this.#confirmTimer ??= setTimeout(() => this.#confirm(), CONFIRM_DELAY)
    return true
  }

  /** @type {Broker['subscribe']} */
  async subscribe(channel) {
    this.#subscriptions.add(channel)
    // Where the connection is lost before the answer, 'up' comes after it is subscribed to again.
    if (this.#isUp) await this.flush().catch(() => {})
    this.#subscriptions.check(channel)
  }

  /** @param {string} channel */
  unsubscribe(channel) {
    this.#subscriptions.remove(channel)
  }

  /** @type {Broker['flush']} */
  async flush() {
    if (!this.#isUp) throw brokerDown()
    await this.#ask()
  }

  async close() {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#subscriptions.end()
    if (this.#isUp) await within(this.flush(), CLOSE_WITHIN)
    this.#closing.abort()
    this.#lost()
    clearTimeout(this.#abandonTimer)
    this.#statuses?.stop?.()
    this.#opened()
    if (!this.#options) return
    // An attempt to connect cannot be called off; `timeout` bounds it.
    await this.#connecting
    await this.#connection?.close()
  }

  /**
   * Makes a connection of our own.
   *
   * @param {import('./nats-client').NatsPackage} client
   */
  #connect(client) {
    const { signal } = this.#closing
    const attempt = async () => {
      const connection = await client.connect({ ...this.#options })
      // Closed meanwhile, and `close` waits for this.
      this.#connection = connection
      if (signal.aborted) return
      this.#use(connection)
      // It ends for good where the user limits its attempts, or a password is refused twice.
      connection.closed().then(err => {
        if (signal.aborted || this.#connection !== connection) return
        this.#lost(err ?? undefined)
        this.#connect(client)
      })
    }
    this.#connecting = connectUntilThere(attempt, err => this.#events.down(err), signal)
  }

  /** @param {NatsConnection} connection that is there, or is about to be again */
  #use(connection) {
    this.#subscriptions.attach(connection)
    this.#watch(connection)
    this.#restored(connection)
  }

  /**
   * Follows what the connection says of itself.
   *
   * @param {NatsConnection} connection
   */
  async #watch(connection) {
    const statuses = connection.status()
    this.#statuses = statuses
    for await (const status of statuses) {
      const { type } = status
      if (this.#connection !== connection || this.#closing.signal.aborted) return
      if (type === 'disconnect') this.#lost()
      else if (type === 'reconnect') this.#restored(connection)
      else if (type === 'staleConnection') this.#stale(connection)
      else if (type === 'error' && !isOfSubscription(status)) this.#events.error(errorOf(status))
    }
    // A connection of the user's that has ended for good.
    if (!this.#options && connection.isClosed()) this.#lost(new Error('it was closed'))
  }

  /**
   * What was subscribed to is sent; once the server has answered, it is done.
   *
   * @param {NatsConnection} connection
   */
  async #restored(connection) {
    clearTimeout(this.#abandonTimer)
    try {
      await connection.flush()
    } catch {
      // Lost again: another 'reconnect' comes. A connection of the user's that is closed never comes back.
      if (connection.isClosed()) this.#events.down(brokerDown(new Error('it was closed')))
      return
    }
    if (this.#isUp || this.#connection !== connection || this.#closing.signal.aborted) return
    this.#isUp = true
    this.#subscriptions.tellRefused()
    this.#events.up()
    this.#window.reopen()
    this.#opened()
  }

  /** What was published before is not confirmed any more. */
  #clear() {
    clearTimeout(this.#confirmTimer)
    this.#confirmTimer = undefined
    this.#unasked = 0
    this.#losses++
    this.#window.clear()
  }

  /** @param {Error} [cause] */
  #lost(cause) {
    this.#clear()
    if (!this.#isUp) return
    this.#isUp = false
    this.#events.down(brokerDown(cause))
  }

  /** The user ends a connection of his own. It says nothing of itself until all that it had is written. */
  #ended() {
    this.#clear()
    this.#isUp = false
    // Not in a call of the program's.
    nextTick(() => this.#events.down(brokerDown(new Error('it was closed'))))
  }

  /** @param {NatsConnection} connection whose server does not answer */
  #stale(connection) {
    this.#lost(new Error('it does not answer'))
    if (!this.#options) return
    clearTimeout(this.#abandonTimer)
    this.#abandonTimer = setTimeout(() => {
      if (this.#connection === connection) connection.close().catch(this.#events.error)
    }, ABANDON_AFTER)
  }

  /** Asks the server to confirm what was published. If the connection is lost, its status tells. */
  #confirm() {
    this.#ask().catch(() => {})
  }

  /** @returns {Promise<void>} when the server has confirmed all that was published */
  async #ask() {
    const asked = this.#unasked
    const times = this.#losses
    this.#unasked = 0
    clearTimeout(this.#confirmTimer)
    this.#confirmTimer = undefined
    try {
      await this.#connection?.flush()
    } catch (err) {
      throw brokerDown(err)
    }
    if (times !== this.#losses) throw brokerDown()
    this.#window.confirm(asked)
  }
}

/**
 * @param {NatsConnection | ConnectionOptions} given
 * @returns {given is NatsConnection}
 */
function isConnection(given) {
  const { publish, subscribe, status } = /** @type {Partial<NatsConnection>} */ (given)
  return [publish, subscribe, status].every(each => typeof each === 'function')
}

/**
 * @param {import('./nats-package').Status} status
 * @returns {boolean} whether the server does not allow a subscription: the subscription tells that itself
 */
function isOfSubscription({ error, permissionContext }) {
  return (permissionContext ?? error)?.operation === 'subscription'
}

/**
 * @param {import('./nats-package').Status} status
 * @returns {Error} what the server has complained of
 */
function errorOf({ data, error, permissionContext }) {
  const { operation = '', subject = '' } = permissionContext ?? {}
  return error ?? new Error(`NATS: ${[data, operation, subject].filter(Boolean).join(' ')}`)
}

/**
 * A broker over NATS.
 *
 * @param {string | NatsConnection | ConnectionOptions} [given] an address, options for a connection, or a connection of yours
 * @param {{ package?: 'nats' | '@nats-io/transport-node' }} [settings]
 * @returns {Broker}
 */
function nats(given = {}, settings = {}) {
  if (typeof given !== 'string' && (typeof given !== 'object' || given === null)) {
    throw option('nats', given, 'an address, options for a connection, or a connection')
  }
  const one = typeof given === 'string' ? { servers: given } : given
  return new NatsBroker(one, packageOf(settings, PACKAGES))
}

module.exports = { nats }
