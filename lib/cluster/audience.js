'use strict'

const { parseClientId } = require('./names')

/** Whom a message goes to: who is in one of some rooms, on any node, when it arrives there, but for some. */
class Audience {
  #rooms
  #except
  #send

  /**
   * @param {readonly string[]} rooms
   * @param {(audience: { rooms: readonly string[], except: ReadonlySet<string> }, message: any) => number} send
   * @param {ReadonlySet<string>} [except]
   */
  constructor(rooms, send, except = new Set()) {
    this.#rooms = rooms
    this.#send = send
    this.#except = except
  }

  /**
   * @param {...string} ids Who is not to get it.
   * @returns {Audience} Another one: this one stays as it is.
   * @throws {TypeError} For what is no id of a client.
   */
  except(...ids) {
    for (const id of ids) parseClientId(id)
    return new Audience(this.#rooms, this.#send, new Set([...this.#except, ...ids]))
  }

  /**
   * Sends a message to them, serialised once.
   * @param {any} message
   * @returns {number} How many clients of this node it goes to.
   */
  send(message) {
    return this.#send({ rooms: this.#rooms, except: this.#except }, message)
  }
}

exports.Audience = Audience
