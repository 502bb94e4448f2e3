'use strict'

const EventEmitter = require('node:events')

const errors = require('./errors')
const invalid = require('./invalid')
const wire = require('./wire')
const { itself, knowsItself } = require('../host/itself')
const { namesOf } = require('../server/audience')
const { kLink } = require('../server/link')
const { Audience } = require('./audience')
const { Channels, newNodeId, parseClientId } = require('./names')
const { optionsOf } = require('./options')
const { Stats } = require('./stats')
const { Uplink } = require('./uplink')

const { kinds } = wire

/** One server of several, whose clients the others reach by a broker. */
class Cluster extends EventEmitter {
  /** @type {import('../server/link').Link} */
  #link
  #channels
  #uplink
  #stats = new Stats()
  /** Of messages to several rooms at once. */
  #sequence = 0
  /** The last of those that came from each node. @type {Map<string, number>} */
  #sequences = new Map()
  /** Whether a broadcast that was dropped has been told of since the broker was there last. */
  #toldDropped = false

  /**
   * @param {import('../server/server')} server
   * @param {any} options
   */
  constructor(server, options) {
    super()
    knowsItself(this)
    const link = /** @type {any} */ (server)?.[kLink]?.()
    if (link === undefined) throw invalid.server(server)
    if (link.isTaken) throw invalid.takenServer(server)
    const checked = optionsOf(options)
    this.#link = link
    this.#channels = new Channels(checked.prefix)
    /** The id of this node, another one at each start. */
    this.id = newNodeId(checked.name)
    this.#uplink = new Uplink(checked, this.id, this.#stats, {
      message: (header, payload) => this.#receive(header, payload),
      up: () => this.#up(),
      down: error => void this.emit('down', error),
      undelivered: () => {},
      drain: () => {
        this.#toldDropped = false
        this.emit('drain')
      },
    })
    link.watch({
      opened: (/** @type {string} */ room) => this.#subscribe(room),
      closed: (/** @type {string} */ room) => this.#uplink.unsubscribe(this.#channels.room(room)),
      shutdown: () => {},
    })
    for (const channel of [this.#channels.all, this.#channels.node(this.id)]) {
      this.#uplink.subscribe(channel)
    }
    for (const room of link.rooms) this.#subscribe(room)
    this.#uplink.open().catch(error => this.#fail(undefined, error))
  }

  /** Whether the broker is there. */
  get connected() {
    return itself(this).#uplink.up
  }

  /**
   * @param {number} local The id of a client of this node's server.
   * @returns {string} By which every node reaches it.
   */
  idOf(local) {
    return `${this.id}:${local}`
  }

  /**
   * Sends a message to a client of any node. If it is not there, or cannot be reached, 'error' is emitted.
   * @param {string} id
   * @param {any} message
   */
  send(id, message) {
    const cluster = itself(this)
    const { node, local } = parseClientId(id)
    const text = JSON.stringify(message)
    if (text === undefined) return
    if (node !== cluster.id) {
      const { SEND } = kinds
      const error = cluster.#uplink.publish(cluster.#channels.node(node), SEND, { to: local }, text)
      if (error !== null) cluster.#fail(id, error)
    } else if (!cluster.#link.send(local, text)) {
      cluster.#fail(id, errors.notConnected(false))
    }
  }

  /**
   * Sends a message to all clients of all nodes.
   * @param {any} message
   * @returns {number} How many clients of this node it goes to.
   */
  broadcast(message) {
    const cluster = itself(this)
    const text = JSON.stringify(message)
    if (text === undefined) return 0
    const all = wire.write(cluster.id, kinds.ALL, {}, text)
    return cluster.#spread([cluster.#channels.all], all, () => cluster.#link.broadcast(text))
  }

  /**
   * Those who are in a room, or in one of several, on any node.
   * @param {string | Iterable<string>} rooms
   * @returns {Audience}
   */
  to(rooms) {
    const cluster = itself(this)
    return new Audience(namesOf(rooms), (audience, message) => {
      const text = JSON.stringify(message)
      return text === undefined ? 0 : cluster.#sendToRooms(audience, text)
    })
  }

  /** Bytes published that the broker has not confirmed. */
  get bufferedAmount() {
    return itself(this).#uplink.bufferedAmount
  }

  /** Whether callers should wait for 'drain'. */
  get needDrain() {
    return itself(this).#uplink.needDrain
  }

  /** @returns {Promise<void>} Resolves when the broker has all that was published before. */
  flush() {
    return itself(this).#uplink.flush()
  }

  /** @returns {Promise<void>} */
  async close() {
    const cluster = itself(this)
    cluster.#link.watch(null)
    await cluster.#uplink.close()
  }

  /**
   * @param {{ rooms: readonly string[], except: ReadonlySet<string> }} audience
   * @param {string} text
   * @returns {number}
   */
  #sendToRooms({ rooms, except }, text) {
    const fields = { rooms, except: [...except], seq: ++this.#sequence }
    const toAll = wire.write(this.id, kinds.ROOM, fields, text)
    const channels = rooms.map(room => this.#channels.room(room))
    return this.#spread(channels, toAll, () => this.#deliverToRooms(rooms, except, text))
  }

  /**
   * @param {readonly string[]} channels
   * @param {string} text For the other nodes.
   * @param {() => number} deliver To the clients of this one.
   * @returns {number}
   */
  #spread(channels, text, deliver) {
    // Nobody gets what not all can get: a program that sends too much is to see that wherever its clients are.
    const tooLong = this.#uplink.tooLong(text)
    if (tooLong !== null) {
      this.#fail(undefined, tooLong)
      return 0
    }
    const count = deliver()
    const error = this.#uplink.publishText(channels, text)
    if (error !== null && !this.#toldDropped) {
      this.#toldDropped = true
      this.#fail(undefined, error)
    }
    return count
  }

  /**
   * @param {unknown} rooms
   * @param {ReadonlySet<string>} except
   * @param {string} text
   * @returns {number}
   */
  #deliverToRooms(rooms, except, text) {
    const locals = new Set()
    for (const id of except) {
      const { node, local } = parseClientId(id)
      if (node === this.id) locals.add(local)
    }
    return this.#link.toIds(text, this.#link.idsIn(rooms, locals))
  }

  /**
   * @param {import('./wire').Header} header
   * @param {string} payload
   */
  #receive(header, payload) {
    const { from, kind, to } = header
    switch (kind) {
      case kinds.SEND:
        if (this.#link.send(to, payload)) return
        this.#uplink.publish(this.#channels.node(from), kinds.ABSENT, { to })
        return
      case kinds.ALL:
        this.#link.broadcast(payload)
        return
      case kinds.ROOM:
        if (this.#sequences.get(from) === header.seq) return
        this.#sequences.set(from, header.seq)
        this.#deliverToRooms(header.rooms, new Set(header.except), payload)
        return
      case kinds.ABSENT:
        this.#fail(`${from}:${to}`, errors.notConnected(false))
        return
      default:
        this.#stats.unknown++
    }
  }

  #up() {
    this.#toldDropped = false
    this.emit('up')
  }

  /** @param {string} room */
  #subscribe(room) {
    this.#uplink.subscribe(this.#channels.room(room)).catch(error => this.#fail(undefined, error))
  }

  /**
   * Tells of an error, if somebody listens: what other nodes and the broker do is no reason for this one to end.
   * @param {string | undefined} id Of a client, where it is about one.
   * @param {any} error
   */
  #fail(id, error) {
    if (this.listenerCount('error') > 0) this.emit('error', id, error)
    else this.#stats.unheard++
  }
}

module.exports = Cluster
