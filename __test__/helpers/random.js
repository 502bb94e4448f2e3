'use strict'

/** A sequence of numbers that looks random and is the same for the same seed. */
class Random {
  /** @param {number} seed an integer */
  constructor(seed) {
    this.state = seed >>> 0
  }

  /** @returns {number} from 0 up to but not including 1; the generator is mulberry32 */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /**
   * @param {number} bound
   * @returns {number} an integer from 0 to `bound - 1`
   */
  below(bound) {
    return Math.floor(this.next() * bound)
  }

  /**
   * @param {number} probability
   * @returns {boolean}
   */
  chance(probability) {
    return this.next() < probability
  }

  /**
   * @template T
   * @param {readonly T[]} list not empty
   * @returns {T}
   */
  pick(list) {
    return /** @type {T} */ (list[this.below(list.length)])
  }

  /**
   * @template T
   * @param {readonly (readonly [number, T])[]} list each with its weight
   * @returns {T}
   */
  weighted(list) {
    let left = this.next() * list.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of list) {
      left -= weight
      if (left < 0) return value
    }
    const [, last] = /** @type {readonly [number, T]} */ (list.at(-1))
    return last
  }
}

module.exports = { Random }
