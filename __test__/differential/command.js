'use strict'

// A comparison as a program: how many cases, which ones, how long it took, and whether all was well.

const { parseArgs } = require('node:util')

/**
 * @param {Map<string, number>} counts
 * @returns {void}
 */
function printCounts(counts) {
  for (const [what, times] of [...counts].sort(([, a], [, b]) => b - a)) {
    console.log(`${String(times).padStart(6)} ${what}`)
  }
}

/**
 * Ends the process: with 0 if all was well, 1 if it was not, 2 if it failed.
 *
 * @param {object} program
 * @param {number} program.cases unless `--cases` says otherwise
 * @param {NonNullable<Parameters<typeof parseArgs>[0]>['options']} program.options beside `--cases`, `--seed`, `--verbose`
 * @param {(given: { cases: number, seed: number, log: (line: string) => void, [option: string]: any }) => Promise<{ sound: boolean, summary: string }>} program.compare
 */
async function runComparison({ cases: usual, options, compare }) {
  try {
    const { values } = parseArgs({
      options: {
        cases: { type: 'string', default: String(usual) },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        verbose: { type: 'boolean', default: false },
        ...options,
      },
    })
    const [cases, seed] = [Number(values.cases), Number(values.seed)]
    if (!Number.isSafeInteger(cases) || !Number.isSafeInteger(seed)) {
      throw new Error('--cases and --seed take whole numbers')
    }
    console.log(`seed ${seed}, ${cases} chains, Node ${process.versions.node}`)
    const began = performance.now()
    const log = (/** @type {string} */ line) => console.log(line)
    const { sound, summary } = await compare({ ...values, cases, seed, log })
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`${cases} cases in ${seconds} s: ${summary}`)
    process.exit(sound ? 0 : 1)
  } catch (error) {
    console.error(error)
    process.exit(2)
  }
}

module.exports = { printCounts, runComparison }
