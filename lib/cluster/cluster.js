'use strict'

const EventEmitter = require('node:events')

const errors = require('./errors')
const { Audience } = require('./audience')
const { Census, TIMEOUT, count } = require('./census')
const { Node } = require('./node')
const { Survey } = require('./survey')
const { optionsOf: clusterOptionsOf } = require('./options')
const { order, request, requestText } = require('./requests')
const { parseClientId } = require('./names')
const { limitOf, optionsOf } = require('../protocol/options')
const { signalOf } = require('../protocol/signals')
const { makeDisposable } = require('../host/dispose')
const { itself, knowsItself } = require('../host/itself')
const { namesOf } = require('../server/audience')
const { nameOf } = require('../server/members')

/** One server of several, each of which reaches the clients of all by a broker. */
class Cluster extends EventEmitter {
  #node

  /**
   * @param {import('../server/server')} server
   * @param {any} options
   */
  constructor(server, options) {
    super()
    knowsItself(this)
    Node.check(server)
    this.#node = new Node(this, server, clusterOptionsOf(options))
    /** The id of this node, another one at each start. */
    this.id = this.#node.id
    /** The other nodes, by their ids. @type {ReadonlyMap<string, any>} */
    this.nodes = this.#node.presence.nodes
  }

  /** Whether the broker is connected. */
  get connected() {
    return itself(this).#node.uplink.up
  }

  /**
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<void>} Resolves when the broker is connected, and what others send arrives.
   */
  async ready(options = undefined) {
    await itself(this).#node.whenReady(options)
  }

  /**
   * @param {number} id Of a client of this node's server.
   * @returns {string} By which every node reaches it.
   */
  idOf(id) {
    return itself(this).#node.idOf(id)
  }

  /**
   * Sends a message to a client of any node. If it is not there, or cannot be reached, 'error' is emitted.
   * @param {string} id
   * @param {any} message
   */
  send(id, message) {
    parseClientId(id)
    const text = JSON.stringify(message)
    if (text !== undefined) itself(this).#node.sender.send(id, text)
  }

  /**
   * Sends a message to all clients of all nodes.
   * @param {any} message
   * @returns {number} How many clients of this node it goes to.
   */
  broadcast(message) {
    const text = JSON.stringify(message)
    return text === undefined ? 0 : itself(this).#node.sender.broadcast(text)
  }

  /**
   * Those who are in a room, or in one of several, on any node.
   * @param {string | Iterable<string>} rooms
   * @returns {Audience}
   */
  to(rooms) {
    const node = itself(this).#node
    return new Audience(
      { rooms: namesOf(rooms), except: new Set() },
      {
        send: (whom, message) => {
          const text = JSON.stringify(message)
          return text === undefined ? 0 : node.sender.sendToRooms(whom, text)
        },
        request: (whom, message, options) => {
          const limits = itself(this).#limitsOf(options)
          const survey = new Survey(node)
          survey.ask(whom, requestText(message), limits)
          return survey.results
        },
      },
    )
  }

  /**
   * Sends a request to a client of any node.
   * @param {string} id
   * @param {any} message
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<any>} The answer.
   */
  async request(id, message, options = undefined) {
    const cluster = itself(this)
    return await request(cluster.#node, id, message, cluster.#limitsOf(options))
  }

  /**
   * Puts a client of any node into a room.
   * @param {string} id
   * @param {string} room
   * @returns {Promise<void>} Resolves when what is sent to the room from now on reaches it. Where it rejects, it is not in.
   */
  async join(id, room) {
    const node = itself(this).#node
    const name = nameOf(room)
    const { node: of, local } = parseClientId(id)
    if (of !== node.id) return await order(node, of, { act: 'join', to: local, room: name })
    return await node.join(local, name)
  }

  /**
   * Takes a client of any node out of a room.
   * @param {string} id
   * @param {string} room
   * @returns {Promise<void>}
   */
  async leave(id, room) {
    const node = itself(this).#node
    const name = nameOf(room)
    const { node: of, local } = parseClientId(id)
    if (of !== node.id) return await order(node, of, { act: 'leave', to: local, room: name })
    if (!node.link.has(local)) throw errors.notConnected(false)
    node.link.leave(local, name)
    return undefined
  }

  /**
   * Ends the connection of a client of any node, behind what was sent to it.
   * @param {string} id
   * @returns {Promise<void>} Resolves when its node has done so.
   */
  async disconnect(id) {
    const node = itself(this).#node
    const { node: of, local } = parseClientId(id)
    if (of !== node.id) return await order(node, of, { act: 'end', to: local })
    if (!node.link.end(local)) throw errors.notConnected(false)
    return undefined
  }

  /**
   * The clients of all nodes, or those in a room.
   * @param {{ room?: string, timeout?: number, signal?: AbortSignal }} [options]
   * @returns {AsyncIterable<any> & { missing: string[] }} Behind the loop `missing` has the nodes that did not answer.
   */
  clients(options = undefined) {
    return new Census(itself(this).#node, whichOf(optionsOf(options)))
  }

  /**
   * How many clients there are, on all nodes.
   * @param {string} [room] If given, in that room.
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<{ clients: number, missing: string[] }>} `missing` are nodes that did not answer.
   */
  async count(room = undefined, options = undefined) {
    const { timeout, signal } = optionsOf(options)
    return await count(itself(this).#node, whichOf({ room, timeout, signal }))
  }

  /** Bytes published that the broker has not confirmed. */
  get bufferedAmount() {
    return itself(this).#node.uplink.bufferedAmount
  }

  /** Whether callers should wait for 'drain'. */
  get needDrain() {
    return itself(this).#node.uplink.needDrain
  }

  /** @returns {Promise<void>} Resolves when the broker has all that was published before. */
  async flush() {
    await itself(this).#node.uplink.flush()
  }

  /** What this node has done since it was made, and what there is now. */
  stats() {
    return itself(this).#node.statsNow()
  }

  /**
   * Leaves the cluster. The server stays, and its clients.
   * @returns {Promise<void>}
   */
  async close() {
    await itself(this).#node.close()
  }

  /**
   * @param {any} options Of a request.
   * @returns {import('./calls').Limits}
   * @throws {TypeError} For what is of no use.
   */
  #limitsOf(options) {
    const { timeout, signal } = optionsOf(options)
    return {
      timeout: limitOf(timeout) ?? this.#node.link.requestTimeout,
      signal: signalOf(signal),
    }
  }
}

/**
 * @param {{ room?: string, timeout?: number, signal?: AbortSignal }} options
 * @returns {{ room: string | undefined, timeout: number, signal: AbortSignal | undefined }}
 * @throws {TypeError} For what is of no use.
 */
function whichOf({ room, timeout, signal }) {
  return {
    room: room === undefined ? undefined : nameOf(room),
    timeout: limitOf(timeout) ?? TIMEOUT,
    signal: signalOf(signal),
  }
}

makeDisposable(Cluster.prototype, 'close')

module.exports = Cluster
