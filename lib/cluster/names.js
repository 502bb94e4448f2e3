'use strict'

// What nodes, clients and channels are called.

const crypto = require('node:crypto')

const invalid = require('./invalid')

/** What every broker takes in the name of a channel. */
const PREFIX = /^(?=.{1,100}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/
const NAME = /^[A-Za-z0-9_-]{1,64}$/
const NODE = /^[A-Za-z0-9_-]{1,64}-[0-9a-f]{8}$/
const CLIENT = /^([A-Za-z0-9_-]{1,64}-[0-9a-f]{8}):(0|[1-9][0-9]{0,14})$/

/**
 * Of so many nodes another one takes notice. Ids are free, and whoever publishes at the broker could make up any number of
 * them.
 */
const MOST_NODES = 1000

/** The longest part of a channel that a room's own name becomes: brokers have limits, and keep a copy for each node. */
const LONGEST_ROOM = 150

/** A sign of a room's name in that of a channel, and what one begins with that is too long. */
const ESCAPED = /_([0-9a-f]{4})/g
const HASHED = '_h'

/**
 * A node's id is new at each start: ids of clients begin at 0 again, and whoever still has one of an earlier start must not
 * reach another client by it.
 * @param {string} name
 * @returns {string}
 */
function newNodeId(name) {
  return `${name}-${crypto.randomBytes(4).toString('hex')}`
}

/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isNodeId(value) {
  return typeof value === 'string' && NODE.test(value)
}

/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isClientId(value) {
  return typeof value === 'string' && CLIENT.test(value)
}

/**
 * @param {unknown} id Of a client, anywhere.
 * @returns {{ node: string, local: number }}
 * @throws {TypeError} For what is no such id.
 */
function parseClientId(id) {
  const found = typeof id === 'string' ? CLIENT.exec(id) : null
  if (found === null) throw invalid.clientId(id)
  return { node: /** @type {string} */ (found[1]), local: Number(found[2]) }
}

/**
 * @param {string} unit
 * @returns {string}
 */
function escaped(unit) {
  return `_${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * @param {string} _
 * @param {string} code
 * @returns {string}
 */
function decoded(_, code) {
  return String.fromCharCode(Number.parseInt(code, 16))
}

/**
 * @param {string} room Any text.
 * @returns {string} Letters, digits, `-` and `_` alone, and for each room another one.
 */
function encodeRoom(room) {
  const encoded = room.replace(/[^A-Za-z0-9-]/g, escaped)
  // With the prefix `x.room` these would be the channels of another cluster.
  if (encoded === 'all' || encoded === 'beats') return escaped(encoded.charAt(0)) + encoded.slice(1)
  if (encoded.length <= LONGEST_ROOM) return encoded
  // No escape looks like this.
  return `${HASHED}${crypto.createHash('sha256').update(encoded).digest('hex')}`
}

/** The channels of one cluster. */
class Channels {
  /** @param {string} prefix */
  constructor(prefix) {
    this.prefix = prefix
    /** For every node. */
    this.all = `${prefix}.all`
    /** The beats of the nodes. */
    this.beats = `${prefix}.beats`
  }

  /**
   * @param {string} id Of a node.
   * @returns {string}
   */
  node(id) {
    return `${this.prefix}.node.${id}`
  }

  /**
   * @param {string} room
   * @returns {string} The channel of the nodes where somebody is in it.
   */
  room(room) {
    return `${this.prefix}.room.${encodeRoom(room)}`
  }

  /**
   * @param {string} channel
   * @param {Iterable<string>} rooms That there are.
   * @returns {string | undefined} The room whose channel it is, if it is one's.
   */
  roomOf(channel, rooms) {
    const before = `${this.prefix}.room.`
    if (!channel.startsWith(before)) return undefined
    const encoded = channel.slice(before.length)
    if (!encoded.startsWith(HASHED)) return encoded.replace(ESCAPED, decoded)
    for (const room of rooms) if (encodeRoom(room) === encoded) return room
    return undefined
  }
}

module.exports = {
  Channels,
  MOST_NODES,
  NAME,
  PREFIX,
  isClientId,
  isNodeId,
  newNodeId,
  parseClientId,
}
