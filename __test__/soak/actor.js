'use strict'

const { behaviours, between, pass, weights } = require('./behaviours')
const { Ledger } = require('./ledger')
const { LOSSES, REQUEST_TIMEOUT } = require('./server')

/** Milliseconds without any progress after which something hangs. */
const STUCK = 90_000

/** Milliseconds between two doings. */
const PAUSE = 1000

/** Milliseconds; each actor has its own. */
const RECONNECT = { from: 50, to: 500 }

/** The connection was lost; how far what was under way has come is not known. */
class Lost extends Error {
  /** @param {Ledger | null} ledger that of the connection */
  constructor(ledger) {
    super('lost')
    this.ledger = ledger
  }
}

/** One client and what it does, one thing after the other, until it is told to stop. */
class Actor {
  /**
   * @param {any} Client
   * @param {string} name no other actor has it
   * @param {{ port: number, cert: string, password: string, exactly: boolean }} setting
   * @param {import('../helpers/random').Random} random
   * @param {import('./child').Tell} tell
   */
  constructor(Client, name, setting, random, tell) {
    this.Client = Client
    this.name = name
    this.setting = setting
    this.random = random
    this.tell = tell
    /** Counts the connections. */
    this.epoch = 0
    /** That of the connection, while there is one. @type {Ledger | null} */
    this.ledger = null
    /** That of the last connection. @type {Ledger | null} */
    this.last = null
    this.stopping = false
    this.doing = 'connecting'
    this.progress = performance.now()
    /** Who waits for the connection to come or go. @type {(() => void)[]} */
    this.waiting = []
    this.reconnectInterval = between(random, RECONNECT.from, RECONNECT.to)
    /** The original connects twice when it reconnects, and logs in twice: instead each time a new client is made. */
    this.reconnects = setting.exactly
    this.leaving = false
    this.dial()
  }

  /** Leaves for good. @returns {Promise<void>} when it has been replaced or will be */
  async replace() {
    this.client.disconnect()
    await this.down()
    if (this.reconnects) this.dial()
  }

  /** Makes a new client in the place of the one there was. */
  dial() {
    const { cert, password, port } = this.setting
    const client = new this.Client({
      host: 'localhost',
      port,
      password,
      options: { ca: [cert] },
      requestTimeout: REQUEST_TIMEOUT,
      reconnectInterval: this.reconnects ? this.reconnectInterval : 0,
    })
    this.client = client
    const { tell, name } = this
    client.on('authenticated', () => this.#up())
    client.on('close', () => this.#down(client))
    client.on('message', (/** @type {any} */ message) => {
      if (this.#ledger('message')?.take(message)) tell.count('received')
    })
    client.on('request', (/** @type {any} */ request, /** @type {any} */ response) => {
      const ledger = this.#ledger('request')
      if (!ledger?.take(request)) return
      response.send({ after: ledger.sent })
    })
    client.on('error', (/** @type {any} */ error) => {
      if (LOSSES.has(error?.code) || error?.code === 'ECONNREFUSED') return
      tell.finding('error', `${name}: ${error?.code} ${error?.message}`)
    })
  }

  #up() {
    if (this.ledger) this.tell.finding('twice', `'authenticated' of ${this.name}`)
    this.ledger = new Ledger(this.tell.finding)
    this.ledger.token = `${this.name}.${++this.epoch}`
    this.tell.count('logins')
    this.say({ k: 'hello' })
    this.#changed()
  }

  /** @param {any} client whose connection is gone */
  #down(client) {
    if (this.ledger) this.last = this.ledger
    this.ledger = null
    this.#changed()
    if (this.reconnects || this.leaving) return
    client.removeAllListeners()
    client.on('error', () => {})
    setTimeout(() => this.dial(), this.reconnectInterval)
  }

  #changed() {
    this.progress = performance.now()
    for (const tell of this.waiting.splice(0)) tell()
  }

  /**
   * @param {string} event
   * @returns {Ledger | null}
   */
  #ledger(event) {
    if (!this.ledger) this.tell.finding('after the end', `'${event}' at ${this.name}`)
    return this.ledger
  }

  /**
   * @param {() => boolean} holds
   * @returns {Promise<void>}
   */
  async #until(holds) {
    while (!holds()) await new Promise(resolve => this.waiting.push(() => resolve(undefined)))
  }

  /** @returns {Promise<void>} */
  up() {
    return this.#until(() => this.ledger !== null)
  }

  /**
   * @param {Ledger | null} [ledger]
   * @returns {Promise<void>} when the connection of that ledger, or of this moment, is gone
   */
  down(ledger = this.ledger) {
    return this.#until(() => this.ledger !== ledger || ledger === null)
  }

  /**
   * @param {{ k: string, size?: number, count?: number, ms?: number }} message
   */
  say(message) {
    // The other end may go at any time; from then on nothing is accepted.
    if (!this.ledger || this.client.socket.destroyed) throw new Lost(this.ledger)
    this.client.send(this.ledger.stamp(message))
    this.tell.count('said')
  }

  /**
   * @param {{ k: string, token?: string, last?: boolean }} message
   * @returns {Promise<any>} the response
   */
  async ask(message) {
    const { ledger, tell } = this
    if (!ledger || this.client.socket.destroyed) throw new Lost(ledger)
    tell.count('asked')
    let response
    try {
      response = await this.client.request(ledger.stamp(message))
    } catch (error) {
      tell.count('unanswered')
      if (this.ledger === ledger) tell.finding('rejected', `${ledger.token}: ${error}`)
      throw new Lost(ledger)
    }
    tell.count('answered')
    ledger.answered(response, this.setting.exactly)
    this.progress = performance.now()
    return response
  }

  /**
   * After a connection that was ended in order: what one end sent has all been received.
   *
   * @param {'received' | 'sent'} what of the server's account
   * @returns {Promise<void>}
   */
  async accounted(what) {
    await this.down()
    const ledger = this.last
    await this.up()
    if (!ledger) throw new Lost(null)
    const { account } = await this.ask({ k: 'about', token: ledger.token })
    // Another server, that does not know.
    if (account === null) return
    this.tell.count('accounts')
    const mine = what === 'received' ? ledger.sent : ledger.received
    if (account[what] === mine) return
    const detail = `on ${ledger.token}: the server ${what} ${account[what]}, the client had ${mine}`
    this.tell.finding('lost at an orderly end', detail)
  }

  /** Says it when nothing has happened for too long. */
  watch() {
    if (performance.now() - this.progress < STUCK) return
    this.progress = performance.now()
    this.tell.finding('stuck', `${this.name}, connection ${this.epoch}: ${this.doing}`)
  }

  /** @returns {Promise<void>} when it was told to stop and has come to its end */
  async live() {
    while (!this.stopping) {
      this.doing = 'connecting'
      await this.up()
      try {
        this.doing = this.random.weighted(weights)
        await behaviours[this.doing]?.(this, this.random)
        await this.up()
        await this.ask({ k: 'audit' })
        this.tell.count(`did ${this.doing}`)
      } catch (error) {
        if (!(error instanceof Lost)) throw error
        // That it is destroyed may be known a moment before its 'close' comes.
        await this.down(error.ledger)
      }
      await pass(this.random.below(PAUSE))
    }
    await this.#leave()
  }

  /** @returns {Promise<void>} */
  async #leave() {
    for (;;) {
      this.doing = 'leaving'
      await this.up()
      try {
        await this.ask({ k: 'audit', last: true })
        break
      } catch (error) {
        if (!(error instanceof Lost)) throw error
        await this.down(error.ledger)
      }
    }
    const gone = this.down()
    this.leaving = true
    this.client.disconnect()
    await gone
  }
}

module.exports = { Actor }
