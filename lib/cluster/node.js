'use strict'

// One node: its parts, and what it does with messages of others.

const errors = require('./errors')
const invalid = require('./invalid')
const { Calls } = require('./calls')
const { Channels, newNodeId, parseClientId } = require('./names')
const { Observer } = require('./observer')
const { Presence, probedBy } = require('./presence')
const { Receiver } = require('./receiver')
const { Ready, limitsOf } = require('../protocol/ready')
const { Sender } = require('./sender')
const { Service } = require('./service')
const { Stats } = require('./stats')
const { Uplink } = require('./uplink')
const { nextTick } = require('../host/host')
const { kLink } = require('../server/link')
const { kinds } = require('./wire')

/** Milliseconds for what was sent to leave when a node goes. */
const LAST_FLUSH = 2000

/** @typedef {import('../errors').CodedError} CodedError */

/**
 * Calls listeners of the program. What they throw ends the process as it does elsewhere, but not what is under way here, or in
 * the client of a broker.
 * @param {() => void} call
 */
function guard(call) {
  try {
    call()
  } catch (error) {
    nextTick(() => {
      throw error
    })
  }
}

/** What a Cluster is made of. */
class Node {
  stats = new Stats()
  ready = new Ready(errors.notReady)
  sender = new Sender(this)
  #receiver = new Receiver(this)
  #emitter
  #draining = false
  /** @type {Promise<void> | null} */
  #closing = null
  /** Whether somebody waits for the subscription to the room that is opened now. */
  #isJoining = false
  /** Rooms whose subscription is not confirmed yet. @type {Map<string, Promise<void>>} */
  #subscribing = new Map()
  /** Why there never will be a broker. @type {any} */
  #failure = undefined

  /**
   * @param {import('node:events')} emitter The Cluster.
   * @param {any} server
   * @param {import('./options').Options} options
   */
  constructor(emitter, server, options) {
    const link = server[kLink]()
    this.#emitter = emitter
    /** @type {import('../server/link').Link} */
    this.link = link
    this.clock = options.clock
    /** Another one at each start. */
    this.id = newNodeId(options.name)
    this.channels = new Channels(options.prefix)
    this.observer = new Observer(emitter, this.id, this.stats)
    this.uplink = new Uplink(options, this.id, this.stats, {
      message: (header, payload) => this.#receiver.receive(header, payload),
      up: () => this.#up(),
      down: error => this.#down(error),
      undelivered: tag => this.#undelivered(tag),
      drain: () => this.#drain(),
      error: error => this.report(undefined, error),
      refusal: (channel, cause) => this.#refusal(channel, cause),
    })
    this.calls = new Calls(options)
    this.service = new Service(this, options)
    this.presence = new Presence(this, options, {
      state: () => ({ clients: link.size, draining: this.#draining }),
      up: peer => {
        this.observer.nodeUp(peer)
        this.#emit('nodeUp', peer)
      },
      down: (peer, reason) => this.#nodeDown(peer, reason),
    })
    this.#open()
  }

  /**
   * @param {any} server
   * @throws {TypeError} For what cannot be put into a cluster.
   */
  static check(server) {
    const link = server?.[kLink]?.()
    if (link === undefined) throw invalid.server(server)
    if (link.isTaken) throw invalid.takenServer(server)
  }

  /**
   * @param {number} local
   * @returns {string}
   */
  idOf(local) {
    return `${this.id}:${local}`
  }

  /**
   * @param {Iterable<string>} ids Of any clients.
   * @returns {Set<number>} Which of them are this node's.
   */
  localsOf(ids) {
    const locals = new Set()
    for (const id of ids) {
      if (!id.startsWith(`${this.id}:`)) continue
      locals.add(parseClientId(id).local)
    }
    return locals
  }

  /**
   * @param {string} node
   * @returns {CodedError | null} Why there is no use in sending it something.
   */
  unreachable(node) {
    if (this.#closing !== null) return errors.closed(false)
    const reason = this.presence.whyDown(node)
    if (reason === undefined) return null
    return reason === 'silent' ? errors.nodeLost(node, false) : errors.notConnected(false)
  }

  /**
   * Sends a node something.
   * @param {string} node
   * @param {string} kind
   * @param {object} fields
   * @param {string} [payload]
   * @param {string} [tag]
   * @returns {CodedError | null}
   */
  tell(node, kind, fields, payload, tag) {
    return this.uplink.publish(this.channels.node(node), kind, fields, payload, tag)
  }

  /**
   * Asks a node something.
   * @param {import('./calls').OneCall} call
   * @param {object} fields
   * @param {string | undefined} payload
   * @param {import('./calls').Limits} limits
   * @throws {CodedError} If it cannot be asked; and the reason of a signal that is aborted.
   */
  ask(call, fields, payload, limits) {
    const { node } = call
    const unreachable = this.unreachable(node)
    if (unreachable !== null) throw unreachable
    this.calls.open(call, limits)
    const { id } = call
    const error = this.tell(node, kinds.CALL, { id, ...fields }, payload, String(id))
    if (error === null) return
    this.calls.close(call)
    throw error
  }

  /**
   * Puts a client of this node into a room.
   * @param {number} local
   * @param {string} room
   * @returns {Promise<void>} Resolves when what is sent to the room anywhere reaches it.
   */
  async join(local, room) {
    const wasIn = this.link.isIn(local, room)
    // Who is here is told of a refusal by the promise.
    this.#isJoining = true
    const isThere = this.link.join(local, room)
    this.#isJoining = false
    if (!isThere) throw errors.notConnected(false)
    // Somebody is in it already, and the broker may have changed its mind.
    const again = this.uplink.isRefused(this.channels.room(room)) ? this.#enter(room) : undefined
    try {
      await (again ?? this.#subscribing.get(room))
    } catch (error) {
      if (!wasIn) this.link.leave(local, room)
      throw error
    }
  }

  /**
   * Tells of an error: what others and the broker do is no reason for a process to end that does not listen.
   * @param {string | undefined} id Of a client, where it is about one.
   * @param {any} error
   */
  fail(id, error) {
    const isHeard = this.#emitter.listenerCount('error') > 0
    this.observer.failed(id, error, isHeard)
    if (isHeard) this.#emitter.emit('error', id, error)
  }

  /**
   * The same for what no call of the program's has caused.
   * @param {string | undefined} id
   * @param {any} error
   */
  report(id, error) {
    guard(() => this.fail(id, error))
  }

  /**
   * @param {any} options
   * @returns {Promise<void>}
   */
  async whenReady(options) {
    limitsOf(options)
    if (this.#closing !== null) throw errors.closed(false)
    if (this.#failure !== undefined) throw this.#failure
    if (!this.uplink.up) await this.ready.wait(options)
  }

  /** What it has counted, and what there is now. */
  statsNow() {
    const { requests, nodes, ...counts } = structuredClone({ ...this.stats })
    return {
      connected: this.uplink.up,
      bufferedAmount: this.uplink.bufferedAmount,
      ...counts,
      nodes: { known: this.presence.nodes.size, ...nodes },
      requests: { ...requests, pending: this.calls.size, serving: this.service.size },
    }
  }

  /** @returns {Promise<void>} */
  close() {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close() {
    const { presence, uplink } = this
    this.link.watch(null)
    this.calls.cancelAll(() => errors.closed(true))
    this.service.close()
    this.ready.reject(() => errors.closed(false))
    presence.stop()
    if (uplink.up) uplink.publish(this.channels.beats, kinds.LEFT, {})
    await uplink.close(LAST_FLUSH)
  }

  #open() {
    const { all, beats } = this.channels
    this.link.watch({
      opened: room => this.#opened(room),
      closed: room => this.uplink.unsubscribe(this.channels.room(room)),
      shutdown: over => this.#leave(over),
    })
    for (const room of this.link.rooms) this.#opened(room)
    this.uplink.open([all, beats, this.channels.node(this.id)]).catch(error => {
      // Whoever has closed it waits for no broker: that there was none is no error.
      if (this.#closing !== null) return
      this.#failure = error
      this.ready.reject(() => error)
      this.report(undefined, error)
    })
  }

  /** @param {string} room In which nobody was before. */
  #opened(room) {
    const isAwaited = this.#isJoining
    this.#enter(room).catch(error => {
      // A server puts its clients into rooms, and nobody waits.
      if (!isAwaited) this.report(undefined, error)
    })
  }

  /**
   * @param {string} room In which somebody is.
   * @returns {Promise<void>}
   */
  #enter(room) {
    const confirmed = this.uplink.subscribe(this.channels.room(room)).finally(() => {
      if (this.#subscribing.get(room) === confirmed) this.#subscribing.delete(room)
    })
    this.#subscribing.set(room, confirmed)
    return confirmed
  }

  /**
   * @param {string} channel
   * @param {unknown} cause
   * @returns {CodedError}
   */
  #refusal(channel, cause) {
    const room = this.channels.roomOf(channel, this.link.rooms)
    return errors.channelRefused(this.id, channel, room, this.channels.prefix, cause)
  }

  /**
   * The server is shut down.
   * @param {Promise<unknown>} over
   */
  #leave(over) {
    this.#draining = true
    this.presence.tell()
    // Nobody else waits for it.
    over.then(() => this.close()).catch(error => this.report(undefined, error))
  }

  /** @param {string} tag */
  #undelivered(tag) {
    const probed = probedBy(tag)
    if (probed !== null) {
      this.presence.gone(probed)
      return
    }
    const node = this.calls.undelivered(tag)
    if (node !== undefined) this.presence.suspect(node)
  }

  /**
   * @param {import('./presence').Peer} peer
   * @param {import('./presence').Reason} reason
   */
  #nodeDown(peer, reason) {
    this.#receiver.lost(peer.id)
    this.observer.nodeDown(peer, reason)
    this.calls.lost(peer.id)
    this.service.lost(peer.id)
    this.#emit('nodeDown', peer, reason)
  }

  #up() {
    this.sender.renew()
    this.presence.start()
    this.observer.up()
    this.ready.resolve()
    this.#emit('up')
  }

  /** @param {Error} error */
  #down(error) {
    this.presence.stop()
    this.calls.disconnected(() => errors.brokerDown(true, error))
    this.observer.down(error)
    this.#emit('down', error)
  }

  #drain() {
    this.sender.renew()
    this.#emit('drain')
  }

  /**
   * @param {string} event
   * @param {...any} args
   */
  #emit(event, ...args) {
    guard(() => this.#emitter.emit(event, ...args))
  }
}

exports.Node = Node
