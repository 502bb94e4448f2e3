'use strict'

const { Ledger } = require('./ledger')

/** What the loss of a connection may be called. */
const LOSSES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])

/** Milliseconds; the machine may be busy. */
const REQUEST_TIMEOUT = 60_000
const KEEP_ALIVE = { keepAliveInterval: 2000, keepAliveTimeout: 60_000 }

/** How many ids of ended connections are remembered. */
const REMEMBERED = 5000

/**
 * @typedef {object} Peer one client that is let in
 * @property {number} id
 * @property {any} socket
 * @property {string} actor whose connection it is
 * @property {Ledger} ledger
 * @property {Set<Promise<void>>} asks
 * @property {(() => void)[]} closed who waits for its end
 * @property {boolean} ended nothing can be said any more
 */

/**
 * What is kept of an actor's last connection.
 *
 * @typedef {{ token: string, received: number, sent: number }} Account
 */

/**
 * @param {Peer} peer
 * @returns {boolean} whether something can be said to it
 */
function isOpen({ ended, socket }) {
  return !ended && !socket.destroyed
}

/** The server's side: does what clients order, and checks what it gets. */
class SoakServer {
  /**
   * @param {any} Server
   * @param {{ key: string, cert: string, password: string, exactly: boolean }} setting
   * @param {import('./child').Tell} tell
   */
  constructor(Server, { key, cert, password, exactly }, tell) {
    this.exactly = exactly
    this.tell = tell
    /** @type {Map<number, Peer>} */
    this.peers = new Map()
    /** @type {Map<string, Account>} by actor */
    this.accounts = new Map()
    /** @type {Set<number>} */
    this.over = new Set()
    this.stopping = false
    const config = { options: { key, cert }, password, requestTimeout: REQUEST_TIMEOUT }
    this.server = new Server({ ...config, ...KEEP_ALIVE })
    this.#listenToEvents()
  }

  /**
   * @param {number} port
   * @returns {Promise<number>} the port it listens on
   */
  async listen(port) {
    await new Promise(resolve => this.server.listen(port, () => resolve(undefined)))
    return this.server.tlsServer.address().port
  }

  /**
   * Takes nobody any more, ends everybody, and looks whether something is left.
   *
   * @returns {Promise<void>}
   */
  async stop() {
    this.stopping = true
    const closed = new Promise(resolve => this.server.close(resolve))
    for (const peer of this.peers.values()) peer.ended = true
    for (const socket of this.server.sockets.values()) socket.end()
    await closed
    const { size } = this.server.sockets
    if (size > 0) this.tell.finding('left', `${size} sockets of a closed server`)
    if (this.peers.size > 0) this.tell.finding('left', `${this.peers.size} without 'close'`)
  }

  #listenToEvents() {
    const { server, tell } = this
    server.on('authenticated', (/** @type {number} */ id, /** @type {any} */ socket) => {
      if (this.peers.has(id)) tell.finding('twice', `'authenticated' of ${id}`)
      const ledger = new Ledger(tell.finding)
      this.peers.set(id, {
        id,
        socket,
        actor: '',
        ledger,
        asks: new Set(),
        closed: [],
        ended: this.stopping,
      })
      tell.count('connections')
      if (this.stopping) socket.end()
    })
    server.on('message', (/** @type {number} */ id, /** @type {any} */ message) => {
      const peer = this.#peer(id, 'message')
      if (peer === undefined) return
      if (peer.ledger.token === '') this.#greet(peer, message)
      if (!peer.ledger.take(message)) return
      tell.count('to server')
      this.#obey(peer, message)
    })
    server.on(
      'request',
      (/** @type {number} */ id, /** @type {any} */ request, /** @type {any} */ response) => {
        const peer = this.#peer(id, 'request')
        if (peer === undefined || !peer.ledger.take(request)) return
        tell.count('requests to server')
        this.#answer(peer, request, response)
      },
    )
    server.on('timeout', (/** @type {number} */ id) => {
      if (this.peers.has(id)) tell.finding('cut', `${id}, which did answer pings`)
    })
    server.on('error', (/** @type {number} */ id, /** @type {any} */ error) => {
      if (!this.peers.has(id) || LOSSES.has(error?.code)) return
      tell.finding('error', `${id}: ${error?.code} ${error?.message}`)
    })
    server.on('close', (/** @type {number} */ id) => this.#close(id))
  }

  /**
   * @param {number} id
   * @param {string} event
   * @returns {Peer | undefined}
   */
  #peer(id, event) {
    const peer = this.peers.get(id)
    if (peer === undefined) {
      this.tell.finding('after the end', `'${event}' of ${id}, which is not there`)
    }
    return peer
  }

  /** @param {number} id */
  #close(id) {
    if (this.over.has(id)) this.tell.finding('twice', `'close' of ${id}`)
    this.over.add(id)
    const [oldest = id] = this.over
    if (this.over.size > REMEMBERED) this.over.delete(oldest)
    const peer = this.peers.get(id)
    if (peer === undefined) return
    this.peers.delete(id)
    const { token, received, sent } = peer.ledger
    this.accounts.set(peer.actor, { token, received, sent })
    for (const tell of peer.closed) tell()
  }

  /**
   * The first message names the connection.
   *
   * @param {Peer} peer
   * @param {any} message
   */
  #greet(peer, message) {
    const token = String(message?.t)
    const actor = token.split('.')[0] ?? ''
    const used = this.accounts.get(actor)?.token === token || this.#open(token) !== undefined
    if (used) this.tell.finding('of another connection', `${token} was there already`)
    peer.ledger.token = token
    peer.actor = actor
  }

  /**
   * @param {string} token
   * @returns {Peer | undefined}
   */
  #open(token) {
    for (const peer of this.peers.values()) if (peer.ledger.token === token) return peer
    return undefined
  }

  /**
   * @param {Peer} peer
   * @param {any} order
   */
  #obey(peer, { k, count, size, ms }) {
    if (k === 'burst') this.#say(peer, count, size)
    else if (k === 'ask') for (let n = 0; n < count; n++) this.#ask(peer)
    else if (k === 'kill') peer.socket.destroy()
    else if (k === 'end') void this.#end(peer, count, size)
    else if (k === 'pause') this.#pause(peer, ms)
  }

  /**
   * @param {Peer} peer
   * @param {number} count
   * @param {number} size
   */
  #say(peer, count, size) {
    for (let n = 0; n < count && isOpen(peer); n++) {
      this.server.send(peer.id, peer.ledger.stamp({ k: 'note', size }))
      this.tell.count('to clients')
    }
  }

  /** @param {Peer} peer */
  #ask(peer) {
    if (!isOpen(peer)) return
    const { ledger } = peer
    this.tell.count('requests to clients')
    const asked = this.server
      .request(peer.id, ledger.stamp({ k: 'echo' }))
      .then((/** @type {any} */ response) => {
        this.tell.count('responses of clients')
        ledger.answered(response, this.exactly)
      })
      .catch((/** @type {Error} */ error) => {
        this.tell.count('requests lost')
        if (!peer.socket.destroyed) this.tell.finding('rejected', `${ledger.token}: ${error}`)
      })
    peer.asks.add(asked)
    void asked.finally(() => peer.asks.delete(asked))
  }

  /**
   * Says something, and ends behind it.
   *
   * @param {Peer} peer
   * @param {number} count
   * @param {number} size
   */
  async #end(peer, count, size) {
    await Promise.all(peer.asks)
    this.#say(peer, count, size)
    if (!isOpen(peer)) return
    peer.ended = true
    peer.socket.end()
  }

  /**
   * Does not read for a while.
   *
   * @param {Peer} peer
   * @param {number} ms
   */
  #pause(peer, ms) {
    peer.socket.pause()
    setTimeout(() => peer.socket.resume(), ms)
  }

  /**
   * @param {Peer} peer
   * @param {any} request
   * @param {any} response
   */
  async #answer(peer, { k, token, last }, response) {
    const answer = /** @type {any} */ ({})
    if (k === 'about') {
      const before = this.#open(token)
      if (before) await new Promise(resolve => before.closed.push(() => resolve(undefined)))
      const account = this.accounts.get(peer.actor)
      answer.account = account?.token === token ? account : null
    }
    // At the end nothing is to be under way.
    if (last) await Promise.all(peer.asks)
    if (!isOpen(peer)) return
    answer.received = peer.ledger.received
    answer.after = peer.ledger.sent
    response.send(answer)
  }
}

module.exports = { LOSSES, REQUEST_TIMEOUT, SoakServer }
