'use strict'

/**
 * Shows random certificate chains to Node and to the package and compares what they say. With
 * --first it ends at the first difference.
 *
 *     node __test__/differential/chains.js [--cases N] [--seed S] [--verbose] [--first]
 */

const { parseArgs } = require('node:util')

const { makeCase } = require('./chain-cases')
const { Judges } = require('./judges')

/** @typedef {import('./judges').Verdict} Verdict */

/**
 * @param {Verdict} verdict
 * @returns {string}
 */
const inWords = ({ code, message }) => (code === null ? 'trusted' : `${code} (${message ?? ''})`)

/**
 * @param {{ cases: number, seed: number, log: (line: string) => void, verbose?: boolean, first?: boolean }} run
 * @returns {Promise<{ counts: Map<string, number>, different: string[] }>} how often Node said
 *   what, and where the package said something else
 */
async function compareChains({ cases, seed, log, verbose = false, first = false }) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  /** @type {string[]} */
  const different = []
  const count = (/** @type {string} */ what) => counts.set(what, (counts.get(what) ?? 0) + 1)
  const judges = new Judges()
  await judges.open()
  try {
    for (let n = 0; n < cases; n++) {
      const given = makeCase(seed + n)
      const { node, ours } = await judges.ask(given)
      count(node.code ?? 'trusted')
      if (node.code === 'UNSPECIFIED' && node.message) count(`UNSPECIFIED: ${node.message}`)
      const special = given.notes.join(', ') || 'nothing special'
      if (verbose) log(`seed ${given.seed}: ${special}: ${inWords(node)}`)
      if (node.code === ours.code && node.message === ours.message) continue
      different.push(
        `seed ${given.seed}, shown by a ${given.shownBy}, ${given.sent.length} sent, ` +
          `${given.trusted.length} trusted: ` +
          `${special}: Node ${inWords(node)}, ours ${inWords(ours)}`,
      )
      log(`different: ${different.at(-1)}`)
      if (first) break
    }
  } finally {
    await judges.close()
  }
  return { counts, different }
}

/** @returns {Promise<boolean>} whether all were equal */
async function main() {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '1000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      verbose: { type: 'boolean', default: false },
      first: { type: 'boolean', default: false },
    },
  })
  const { verbose, first } = values
  const [cases, seed] = [Number(values.cases), Number(values.seed)]
  if (!Number.isSafeInteger(cases) || !Number.isSafeInteger(seed)) {
    throw new Error('--cases and --seed take whole numbers')
  }
  console.log(`seed ${seed}, ${cases} chains, Node ${process.versions.node}`)
  const began = performance.now()
  const log = (/** @type {string} */ line) => console.log(line)
  const { counts, different } = await compareChains({ cases, seed, log, verbose, first })
  for (const [what, count] of [...counts].sort(([, a], [, b]) => b - a)) {
    console.log(`${String(count).padStart(6)} ${what}`)
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${different.length} of ${cases} different, in ${seconds} s`)
  return different.length === 0
}

module.exports = { compareChains }

if (require.main === module) {
  main().then(
    equal => process.exit(equal ? 0 : 1),
    error => {
      console.error(error)
      process.exit(2)
    },
  )
}
