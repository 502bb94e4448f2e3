'use strict'

/** Texts in order, each with a time, and how many bytes they are on the wire. Taken from the front. */
class Texts {
  /** @type {{ text: string, bytes: number, at: number }[]} */
  #all = []
  /** Where the first is: what was taken is removed once in a while only. */
  #next = 0
  bytes = 0

  get length() {
    return this.#all.length - this.#next
  }

  /** There must be one. */
  get first() {
    return this.#all[this.#next]
  }

  /**
   * @param {string} text
   * @param {number} at
   */
  push(text, at) {
    const bytes = Buffer.byteLength(text) + 1
    this.bytes += bytes
    this.#all.push({ text, bytes, at })
  }

  /** @returns {string} The first, which is there no more. */
  shift() {
    const { text, bytes } = this.first
    this.bytes -= bytes
    this.#next++
    if (2 * this.#next > this.#all.length) {
      this.#all.splice(0, this.#next)
      this.#next = 0
    }
    return text
  }

  /** @returns {string[]} All, which are there no more. */
  clear() {
    const texts = this.#all.slice(this.#next).map(({ text }) => text)
    this.#all = []
    this.#next = 0
    this.bytes = 0
    return texts
  }
}

exports.Texts = Texts
