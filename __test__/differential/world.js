'use strict'

const assert = require('node:assert/strict')
const { serverConfig, clientConfig } = require('../helpers/ends')
const { Watch, bounded, turn } = require('../helpers/events')
const { contexts } = require('./contexts')
const { meet } = require('./differences')
const { listenToClient, listenToServer } = require('./observe')
const { show } = require('./show')

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {any} Server
 * @property {any} Client
 * @property {boolean} isOriginal
 */

/** Milliseconds no program takes: what is still pending was left pending. */
const NEVER = 600_000

/** One client's place: at most one Client at a time, one after the other. */
class Slot {
  /** @param {string} name */
  constructor(name) {
    this.name = name
    /** @type {any} */
    this.client = null
    /** @type {any} */
    this.config = null
    /** The id of its present or last connection that was let in. @type {number | undefined} */
    this.id = undefined
    /** Counts Clients, connections let in, and 'close' events at each end. */
    this.generation = 0
    this.connections = 0
    this.closes = 0
    this.serverCloses = 0
    this.entered = 0
    this.attempts = 0
    this.refusals = 0
    /** Whether it is out and comes back by itself. */
    this.returning = false
    this.greets = false
    /** Answers that wait, by end. @type {{ server: any[], client: any[] }} */
    this.kept = { server: [], client: [] }
    /** Done at the next message in a listener. @type {(() => void) | null} */
    this.inListener = null
    /** The last marker seen at each end. */
    this.marks = { server: 0, client: 0 }
  }

  /** The transcript's name of the server's end of the present connection. */
  get far() {
    return `server ${this.name}#${this.connections}`
  }

  get near() {
    return `${this.name}.${this.generation}`
  }
}

/**
 * A server and its clients, and what each end of each connection observes. One step's observations
 * make a block: lists of text by end, so that nothing depends on which connection was quicker.
 */
class World extends Watch {
  /**
   * @param {{ server: Subject, client: Subject }} subjects
   * @param {{ slots: number, keepAliveInterval?: number }} setting
   */
  constructor(subjects, setting) {
    super()
    this.subjects = subjects
    this.hasOriginal = subjects.server.isOriginal || subjects.client.isOriginal
    this.slots = Array.from({ length: setting.slots }, (_, n) => new Slot(`c${n}`))
    /** @type {Map<number, Slot>} */
    this.slotOf = new Map()
    /** @type {Map<string, string[]>} */
    this.block = new Map()
    /** Requests that are not settled: `server` or a slot's near name, then id. @type {Map<string, Map<number, { lost: boolean, slot: Slot }>>} */
    this.asked = new Map()
    /** @type {'up' | 'closing' | 'down'} */
    this.phase = 'down'
    /** Whether several clients come back at once, so that who gets which id is chance. */
    this.racing = false
    this.withoutContexts = false
    this.listens = 0
    /** Connections that ended without being let in, and handshakes that failed. */
    this.unauthenticated = 0
    this.handshakes = 0
    this.marker = 0
    this.port = 0
    this.password = /** @type {unknown} */ ('first password')
    this.pings = setting.keepAliveInterval !== undefined
    const serverSettings = {
      password: this.password,
      requestTimeout: NEVER,
      keepAliveInterval: setting.keepAliveInterval ?? NEVER,
    }
    this.server = new subjects.server.Server(serverConfig(serverSettings))
    listenToServer(this)
  }

  /**
   * Writes down an observation.
   *
   * @param {string} where
   * @param {string} what
   * @param {unknown} [context] of the listener
   */
  note(where, what, context = contexts.getStore()) {
    const known = context !== undefined && context !== null && !this.withoutContexts
    const line = what + (known ? ` @${context}` : '')
    const list = this.block.get(where)
    if (list) list.push(line)
    else this.block.set(where, [line])
    this.changed()
  }

  /** @param {number} [port] */
  async listen(port = 0) {
    const context = `listen ${++this.listens}`
    await bounded(
      new Promise(resolve =>
        contexts.run(context, () => this.server.listen(port, () => resolve(undefined))),
      ),
      'listening',
    )
    this.phase = 'up'
    this.port = this.server.tlsServer.address().port
    for (const { config } of this.slots) if (config) config.port = this.port
  }

  /**
   * @param {Slot} slot
   * @param {any} [more]
   * @returns {any} the config of the slot's next Client
   */
  configure(slot, more = {}) {
    const { options, ...rest } = more
    slot.config = {
      ...clientConfig(this.port, {
        host: '127.0.0.1',
        password: this.password,
        requestTimeout: NEVER,
        options: { servername: 'localhost', ...options },
      }),
      ...rest,
    }
    return slot.config
  }

  /**
   * Makes the slot's next Client.
   *
   * @param {Slot} slot
   * @param {{ interval?: number, late?: boolean }} [how]
   */
  async open(slot, { interval = 0, late = false } = {}) {
    slot.generation++
    slot.returning = false
    contexts.run(`${slot.name} made`, () => {
      slot.client = new this.subjects.client.Client(slot.config)
    })
    // The original's constructor starts a timer of its own when it is given an interval, which may
    // attempt while the first connection is being made (BEHAVIOUR 4, FIX); set here it does not.
    slot.client.reconnectInterval = interval
    if (late) await Promise.resolve()
    listenToClient(this, slot, slot.near)
  }

  /**
   * @param {() => void} body something that connects
   * @param {Slot} slot
   */
  inContext(slot, body) {
    contexts.run(`${slot.name} made`, body)
  }

  /**
   * @param {Slot} slot
   * @returns {boolean} whether both ends are in and open
   */
  isLive(slot) {
    const { client, id } = slot
    const socket = id === undefined ? undefined : this.server.sockets.get(id)
    return Boolean(
      client?.isAuthenticated && !client.socket.destroyed && socket && !socket.destroyed,
    )
  }

  /**
   * @param {Slot} slot
   * @returns {boolean} whether a new client may take it
   */
  isFree({ client, returning }) {
    return !client || (client.socket.destroyed && !returning)
  }

  get live() {
    return this.slots.filter(slot => this.isLive(slot))
  }

  /**
   * @param {Slot} slot
   * @returns {boolean} whether its client comes back when its connection closes now
   */
  comesBack({ client }) {
    return client.attemptsToReconnect && client.reconnectInterval > 0
  }

  /**
   * Waits until everything that is under way has arrived, at both ends of every connection.
   *
   * @returns {Promise<void>}
   */
  async settle() {
    await turn()
    const live = this.live
    // A request, a request back, its answer, the answer: four ways. One more round trip for answers
    // that are sent by promise continuations.
    for (let round = 0; round < 3; round++) {
      await Promise.all(live.map(slot => this.#mark(slot, 'server')))
      await turn()
      await Promise.all(live.map(slot => this.#mark(slot, 'client')))
      await turn()
    }
  }

  /**
   * Sends a marker and waits for it.
   *
   * @param {Slot} slot
   * @param {'server' | 'client'} to
   */
  async #mark(slot, to) {
    if (!this.isLive(slot)) return
    const number = ++this.marker
    if (to === 'server') slot.client.send({ $marker: number })
    else this.server.send(slot.id, { $marker: number })
    await this.until(
      () => slot.marks[to] >= number || !this.isLive(slot),
      `marker ${number} of ${slot.name} at the ${to}`,
    )
  }

  /**
   * Asks, and writes down how it ends.
   *
   * @param {Slot} slot
   * @param {'server' | 'client'} side who asks
   * @param {() => Promise<any>} ask
   * @returns {Promise<void>} settles with the request
   */
  async ask(slot, side, ask) {
    const node = side === 'server' ? this.server : slot.client
    const asker = side === 'server' ? 'server' : slot.near
    const where = `${side === 'server' ? slot.far : slot.near} outcomes`
    const events = side === 'server' ? slot.far : slot.near
    const id = node.requests.requestId
    const entry = { lost: false, slot }
    const promise = ask()
    const isOwn = Object.getPrototypeOf(promise) === Promise.prototype
    const pending = this.asked.get(asker) ?? new Map()
    this.asked.set(asker, pending)
    if (node.requests.requestId !== id) pending.set(id, entry)
    let outcome
    try {
      outcome = `resolved ${show(await promise)}`
    } catch (error) {
      // The listeners of 'close' run before the rejections.
      const before = (this.block.get(events) ?? []).filter(line => line.startsWith('close')).length
      outcome = `rejected ${show(error)} after ${before} closes`
      if (entry.lost && this.subjects.server.isOriginal) return
      if (entry.lost && /^rejected Error: connection lost/.test(outcome)) return
    }
    if (pending.get(id) === entry) pending.delete(id)
    this.note(where, `#${id} ${isOwn ? '' : 'not a native promise '}${outcome}`)
  }

  /** Ends the step and says what is where. @returns {Record<string, string[]>} */
  take() {
    this.note('state', `phase ${this.phase}`)
    this.#noteServer()
    for (const slot of this.slots) if (slot.client) this.#noteClient(slot)
    const block = Object.fromEntries([...this.block].sort(([a], [b]) => (a < b ? -1 : 1)))
    this.block = new Map()
    this.withoutContexts = false
    return block
  }

  #noteServer() {
    const { server } = this
    const sockets = [...server.sockets].map(
      ([id, { isAuthenticated, destroyed }]) =>
        `${this.slotOf.get(id)?.name ?? `unauthenticated ${id}`}${isAuthenticated}${destroyed}`,
    )
    const order = [...server.sockets.keys()]
    assert.deepEqual(order, order.toSorted((a, b) => a - b), 'the order of server.sockets') // prettier-ignore
    this.note(
      'state',
      `server next ${server.socketId} sockets ${sockets.sort()} listening ${server.tlsServer.listening}` +
        ` requests ${server.requests.requestId} pending ${this.#pending(server, 'server')}`,
    )
  }

  /** @param {Slot} slot */
  #noteClient(slot) {
    const { client } = slot
    const socket = slot.returning ? '' : ` destroyed ${client.socket.destroyed}`
    this.note(
      'state',
      `${slot.near} ${client.isConnected} ${client.isAuthenticated} ${client.attemptsToReconnect}` +
        ` ${client.reconnectInterval}${socket} requests ${client.requests.requestId}` +
        ` pending ${this.#pending(client, slot.near)}`,
    )
  }

  /**
   * @param {any} node
   * @param {string} asker
   * @returns {string} ids of its pending requests
   */
  #pending(node, asker) {
    const asked = this.asked.get(asker)
    const ids = [...node.requests.requests.keys()]
    const { isOriginal } = asker === 'server' ? this.subjects.server : this.subjects.client
    if (!isOriginal) return ids.join()
    return ids
      .filter(id => {
        const entry = asked?.get(id)
        if (entry === undefined) meet('unserialisable')
        else if (entry.lost) meet('lostRequest')
        return entry !== undefined && !entry.lost
      })
      .join()
  }

  /** Ends everything, and waits for it. */
  async end() {
    for (const { client } of this.slots) {
      if (!client) continue
      client.disconnect()
      client.reconnectInterval = 0
      client.requests.cancelAll()
    }
    for (const socket of this.server.sockets.values()) socket.destroy()
    this.server.requests.cancelAll()
    await this.until(() => this.server.sockets.size === 0, 'the end of all connections')
    if (this.server.tlsServer.listening) {
      await bounded(new Promise(resolve => this.server.close(resolve)), 'the end of the server')
    }
    await this.until(
      () => this.slots.every(({ client }) => !client || !client.isConnected),
      'the end of all clients',
    )
  }
}

module.exports = { World, Slot }
