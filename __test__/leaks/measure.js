'use strict'

const { census, line } = require('../helpers/census')
const { elapsed } = require('../helpers/events')

/** How often what is there is counted. */
const SAMPLES = 20

/**
 * What may be more at the end than in the middle, by the line through the samples of the second
 * half. The first half is for everything that is made once, and for the allocator to settle. One
 * descriptor or one object kept in ten rounds is more in each of the long runs.
 *
 * @type {Record<'heap' | 'external' | 'resident' | 'descriptors' | 'threads', number>}
 */
const TOLERANCES = { heap: 1, external: 1, resident: 16, descriptors: 3, threads: 1 }

/** Objects of each kind that may be waiting to be collected. */
const ALIVE = 10

/** Milliseconds for what ends a moment later: the engine closes its descriptors on its own threads. */
const SETTLE = 10_000

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {number} rounds
 * @property {Record<string, { from: number, to: number, flat: boolean }>} growth by the line, from the middle to the end
 * @property {string[]} left what is there that was not there before
 */

/**
 * Runs a loop and looks at what it leaves.
 *
 * @param {string} name
 * @param {import('./loops').Loop} loop
 * @param {number} rounds
 * @returns {Promise<Result>}
 */
async function measure(name, { open }, rounds) {
  const before = await census()
  const running = await open()
  const every = Math.max(1, Math.floor(rounds / SAMPLES))
  /** @type {[number, import('../helpers/census').Census][]} */
  const samples = []
  for (let n = 1; n <= rounds; n++) {
    await running.round(n)
    if (n % every === 0) samples.push([n, await census()])
  }
  await running.close()
  return {
    name,
    rounds,
    growth: growths(samples.filter(([n]) => n * 2 >= rounds)),
    left: await leftovers(before, running),
  }
}

/**
 * @param {[number, import('../helpers/census').Census][]} samples those of the second half
 * @returns {Result['growth']}
 */
function growths(samples) {
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last) throw new Error('too few rounds')
  return Object.fromEntries(
    Object.entries(TOLERANCES).flatMap(([key, tolerance]) => {
      const what = /** @type {keyof typeof TOLERANCES} */ (key)
      if (first[1][what] === null) return []
      const { at } = line(samples.map(([n, sample]) => [n, Number(sample[what])]))
      const from = at(first[0])
      const to = at(last[0])
      return [[what, { from, to, flat: to - from <= tolerance }]]
    }),
  )
}

/**
 * What is still there when the loop has closed everything.
 *
 * @param {import('../helpers/census').Census} before
 * @param {import('./loops').Running} running
 * @returns {Promise<string[]>}
 */
async function leftovers(before, { alive }) {
  const deadline = performance.now() + SETTLE
  for (;;) {
    const { handles: held } = await census()
    for (const handle of before.handles) {
      if (held.includes(handle)) held.splice(held.indexOf(handle), 1)
    }
    const objects = Object.entries(alive?.() ?? {}).filter(([, count]) => count > ALIVE)
    const left = [...held, ...objects.map(([what, count]) => `${count} × ${what}`)]
    if (left.length === 0 || performance.now() > deadline) return left
    await elapsed(10)
  }
}

/**
 * @param {Result} result
 * @returns {boolean}
 */
function isFlat({ growth, left }) {
  return left.length === 0 && Object.values(growth).every(({ flat }) => flat)
}

module.exports = { TOLERANCES, isFlat, measure }
