'use strict'

const invalid = require('../errors/invalid')
const { nameOf } = require('./members')

/**
 * The names that somebody gives: one, or several.
 * @param {any} rooms
 * @returns {string[]}
 * @throws {TypeError}
 */
function namesOf(rooms) {
  if (typeof rooms === 'string' || typeof rooms?.[Symbol.iterator] !== 'function') {
    return [nameOf(rooms)]
  }
  return [...new Set(Array.from(rooms, nameOf))]
}

/**
 * @param {import('./members').Members} members
 * @param {readonly string[]} names Of rooms.
 * @param {ReadonlySet<number>} except
 * @returns {Iterable<number>} Who is in one of them, each once.
 */
function idsIn(members, names, except) {
  const sets = names.flatMap(name => members.rooms.get(name) ?? [])
  const [first, ...more] = sets
  if (first === undefined) return []
  if (more.length === 0 && except.size === 0) return first
  const all = new Set(first)
  for (const ids of more) for (const id of ids) all.add(id)
  for (const id of except) all.delete(id)
  return all
}

/** Whom a message goes to: who is in one of some rooms when it is sent, but for some. */
class Audience {
  #members
  #names
  #except
  #send

  /**
   * @param {import('./members').Members} members
   * @param {any} rooms A name, or several.
   * @param {(message: any, ids: () => Iterable<number>) => number} send
   * @param {ReadonlySet<number>} [except]
   */
  constructor(members, rooms, send, except = new Set()) {
    this.#members = members
    this.#names = namesOf(rooms)
    this.#send = send
    this.#except = except
  }

  /**
   * @param {...number} ids Who is not to get it.
   * @returns {Audience} Another one: this one stays as it is.
   */
  except(...ids) {
    for (const id of ids) if (typeof id !== 'number') throw invalid.id(id)
    const except = new Set([...this.#except, ...ids])
    return new Audience(this.#members, this.#names, this.#send, except)
  }

  /**
   * Sends a message to them, serialised once.
   * @param {any} message
   * @returns {number} How many clients it goes to.
   */
  send(message) {
    return this.#send(message, () => idsIn(this.#members, this.#names, this.#except))
  }
}

module.exports = { Audience, idsIn, namesOf }
