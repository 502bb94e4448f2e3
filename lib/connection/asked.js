'use strict'

/** Fewer ids than this are not worth looking which of them still wait. */
const FEW_IDS = 64

/**
 * All requests that wait, by their ids.
 * @template P
 * @typedef {{ has(id: number): boolean, get(id: number): P | undefined }} Lookup
 */

/**
 * What one connection was asked and has not answered. Numbers alone, for they cost the garbage collector nothing: those of
 * what is settled stay among them until they are most of them.
 */
class Asked {
  /** The first `#length` of these. Made for who is asked something. @type {number[] | null} */
  #ids = null
  #length = 0
  #waiting = 0
  /** Called when none waits any more. @type {(() => void) | null} */
  whenNone = null

  /**
   * @param {number} requestId
   * @param {Lookup<unknown>} requests All that wait; this one may be among them.
   */
  add(requestId, requests) {
    if (this.#length >= FEW_IDS && this.#length > 4 * this.#waiting) {
      this.#ids = this.#kept(requests)
      this.#length = this.#ids.length
    }
    this.#ids ??= []
    this.#ids[this.#length++] = requestId
    this.#waiting++
  }

  /** How many wait. */
  get waiting() {
    return this.#waiting
  }

  /** One of them is settled, and no longer among all. */
  settled() {
    if (--this.#waiting > 0) return
    this.#length = 0
    this.whenNone?.()
  }

  /**
   * @template {{ connection: { asked: Asked } }} Pending
   * @param {Lookup<Pending>} requests All that wait.
   * @returns {Pending[]} Those of this connection, in the order in which they were made.
   */
  pending(requests) {
    if (this.#waiting === 0) return []
    const all = [...new Set(this.#kept(requests))].flatMap(id => requests.get(id) ?? [])
    return all.filter(({ connection }) => connection.asked === this)
  }

  /**
   * @param {Lookup<unknown>} requests All that wait.
   * @returns {number[]} The ids of those that do.
   */
  #kept(requests) {
    /** @type {number[]} */
    const kept = []
    const ids = this.#ids ?? kept
    for (let at = 0; at < this.#length; at++) {
      const id = ids[at]
      if (requests.has(id)) kept.push(id)
    }
    return kept
  }
}

exports.Asked = Asked
