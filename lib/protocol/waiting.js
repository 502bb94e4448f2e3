'use strict'

/** Slots at first, a power of two: most ends have few requests under way. */
const FEWEST_SLOTS = 16

/** As many are kept when nothing waits any more. */
const KEPT_SLOTS = 1024

/**
 * What waits for an answer, by ids that are given in ascending order.
 *
 * No Map: V8 makes a Map's table anew after every so many changes, and a table that is given up still refers to the next
 * one. Once one of them has become old, all that follow, with all that was ever in them, outlive their collections until
 * the next one of the whole heap. With 128 requests under way that took a third of a client's time.
 * @template {{ id: number }} Pending
 */
class Waiting {
  /** Each at its id modulo their number. @type {(Pending | undefined)[]} */
  #slots = new Array(FEWEST_SLOTS).fill(undefined)
  /** Those whose slot a later one has needed: they wait for long while others come and go. @type {Map<number, Pending>} */
  #slow = new Map()
  #size = 0

  /** How many wait. */
  get size() {
    return this.#size
  }

  /**
   * @param {unknown} id Anything that a peer may say.
   * @returns {Pending | undefined}
   */
  get(id) {
    if (typeof id !== 'number') return undefined
    const pending = this.#slots[id & (this.#slots.length - 1)]
    if (pending?.id === id) return pending
    return this.#slow.size === 0 ? undefined : this.#slow.get(id)
  }

  /** @param {unknown} id */
  has(id) {
    return this.get(id) !== undefined
  }

  /** @param {Pending} pending One with an id that no other has. */
  add(pending) {
    const { id } = pending
    while (this.#slots[id & (this.#slots.length - 1)] !== undefined) this.#makeRoom(id)
    this.#slots[id & (this.#slots.length - 1)] = pending
    this.#size++
  }

  /** @param {Pending} pending One that waits. */
  remove({ id }) {
    const at = id & (this.#slots.length - 1)
    if (this.#slots[at]?.id === id) this.#slots[at] = undefined
    else this.#slow.delete(id)
    this.#size--
    if (this.#size === 0 && this.#slots.length > KEPT_SLOTS) {
      this.#slots = new Array(FEWEST_SLOTS).fill(undefined)
    }
  }

  /** @returns {Pending[]} All, in the order in which they were made. */
  all() {
    const all = [...this.#slow.values()]
    for (const pending of this.#slots) if (pending !== undefined) all.push(pending)
    return all.sort((a, b) => a.id - b.id)
  }

  /** @param {number} id Its slot is taken. */
  #makeRoom(id) {
    const slots = this.#slots
    const at = id & (slots.length - 1)
    const there = slots[at]
    if (there === undefined) return
    if (2 * (this.#size - this.#slow.size) < slots.length) {
      // Most slots are free: it is this one that takes its time.
      slots[at] = undefined
      this.#slow.set(there.id, there)
      return
    }
    // What does not share a slot now will not then.
    this.#slots = new Array(2 * slots.length).fill(undefined)
    const mask = this.#slots.length - 1
    for (const pending of slots) {
      if (pending !== undefined) this.#slots[pending.id & mask] = pending
    }
  }
}

exports.Waiting = Waiting
