'use strict'

const { parseClientId } = require('./names')

/** @typedef {{ rooms: readonly string[], except: ReadonlySet<string> }} Whom */

/** Whom a message goes to: who is in one of some rooms, on any node, when it arrives there, but for some. */
class Audience {
  #whom
  #means

  /**
   * @param {Whom} whom
   * @param {{ send: (whom: Whom, message: any) => number, request: (whom: Whom, message: any, options: any) => AsyncIterable<any> }} means
   */
  constructor(whom, means) {
    this.#whom = whom
    this.#means = means
  }

  /**
   * @param {...string} ids Who is not to get it.
   * @returns {Audience} Another one: this one stays as it is.
   * @throws {TypeError} For what is no id of a client.
   */
  except(...ids) {
    for (const id of ids) parseClientId(id)
    const { rooms, except } = this.#whom
    return new Audience({ rooms, except: new Set([...except, ...ids]) }, this.#means)
  }

  /**
   * Sends a message to them, serialised once.
   * @param {any} message
   * @returns {number} How many clients of this node it goes to.
   */
  send(message) {
    return this.#means.send(this.#whom, message)
  }

  /**
   * Sends a request to them.
   * @param {any} message
   * @param {{ timeout?: number, signal?: AbortSignal }} [options]
   * @returns {AsyncIterable<any>} An answer or an error of each, as they come.
   */
  request(message, options) {
    return this.#means.request(this.#whom, message, options)
  }
}

exports.Audience = Audience
