'use strict'

// Who is logged in to a server, and the rooms they are in.

const invalid = require('../errors/invalid')

/** @type {readonly string[]} */
const NO_ROOMS = []

/** One client, as `server.clients` has it. */
class Member {
  /** @type {Set<string> | null} */
  #rooms = null
  /** Whether its 'close' is being told. */
  #leaves = false

  /**
   * @param {Member} member
   * @returns {Set<string>} The names of its rooms, to be changed.
   */
  static roomsOf(member) {
    return (member.#rooms ??= new Set())
  }

  /**
   * @param {Member | undefined} member
   * @returns {Member | undefined} It, if it can be in rooms.
   */
  static present(member) {
    return member === undefined || member.#leaves ? undefined : member
  }

  /**
   * Its 'close' follows.
   * @param {Member} member
   * @returns {Iterable<string>} The names of the rooms it was in: most are in none.
   */
  static roomsLeftBy(member) {
    member.#leaves = true
    return member.#rooms ?? NO_ROOMS
  }

  /**
   * @param {number} id
   * @param {object} socket
   * @param {any} user
   */
  constructor(id, socket, user) {
    this.id = id
    this.socket = socket
    /** What `authenticate` said. */
    this.user = user
    /** What the program wants to keep with it. @type {any} */
    this.data = undefined
    /** When it was authenticated, in milliseconds as of `Date.now()`. */
    this.since = Date.now()
  }

  /** The names of its rooms. Inside 'close', those it was in. */
  get rooms() {
    return Member.roomsOf(this)
  }
}

const { present, roomsLeftBy, roomsOf } = Member

/**
 * @param {unknown} room
 * @returns {string}
 * @throws {TypeError} For what is no name of a room.
 */
function nameOf(room) {
  if (typeof room === 'string' && room !== '') return room
  throw invalid.room(room)
}

/** The clients of a server that are logged in. */
class Members {
  /** Inside 'close' they are still there. @type {Map<number, Member>} */
  clients = new Map()
  /** Of those who are there, by name; none is empty. @type {Map<string, Set<number>>} */
  rooms = new Map()
  /** Who wants to know which rooms there are. @type {Pick<import('./link').Watcher, 'opened' | 'closed'> | null} */
  watcher = null

  /**
   * @param {number} id
   * @param {object} socket
   * @param {any} user
   */
  add(id, socket, user) {
    this.clients.set(id, new Member(id, socket, user))
  }

  /**
   * Takes a client out of its rooms: its 'close' follows.
   * @param {number} id
   */
  close(id) {
    const member = this.clients.get(id)
    if (member === undefined) return
    for (const room of roomsLeftBy(member)) this.#takeOut(id, room)
  }

  /**
   * Its 'close' has been told.
   * @param {number} id
   */
  remove(id) {
    this.clients.delete(id)
  }

  /**
   * @param {number} id
   * @param {unknown} room
   * @returns {boolean} Whether there is such a client; it is in the room then.
   * @throws {TypeError} For what is no name.
   */
  join(id, room) {
    const name = nameOf(room)
    const member = present(this.clients.get(id))
    if (member === undefined) return false
    roomsOf(member).add(name)
    const ids = this.rooms.get(name)
    if (ids !== undefined) {
      ids.add(id)
      return true
    }
    this.rooms.set(name, new Set([id]))
    this.watcher?.opened(name)
    return true
  }

  /**
   * @param {number} id
   * @param {unknown} room
   * @returns {boolean} Whether the client was in the room.
   * @throws {TypeError} For what is no name.
   */
  leave(id, room) {
    const name = nameOf(room)
    const member = present(this.clients.get(id))
    if (member === undefined || !roomsOf(member).delete(name)) return false
    this.#takeOut(id, name)
    return true
  }

  /**
   * @param {number} id
   * @param {string} room
   */
  #takeOut(id, room) {
    const ids = this.rooms.get(room)
    ids?.delete(id)
    if (ids?.size !== 0) return
    this.rooms.delete(room)
    this.watcher?.closed(room)
  }
}

module.exports = { Members, nameOf }
