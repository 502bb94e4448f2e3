'use strict'

/** Connections opened, or closed, at a time. */
const AT_A_TIME = 32

/**
 * @template T
 * @param {number} count
 * @param {(index: number) => Promise<T>} one
 * @returns {Promise<T[]>}
 */
async function someAtATime(count, one) {
  /** @type {T[]} */
  const results = []
  let next = 0
  async function go() {
    while (next < count) {
      const index = next++
      results[index] = await one(index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, AT_A_TIME) }, go))
  return results
}

module.exports = { someAtATime }
