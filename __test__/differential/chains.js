'use strict'

/**
 * Shows random certificate chains to Node and to the package and compares what they say. With
 * --first it ends at the first difference.
 *
 *     node __test__/differential/chains.js [--cases N] [--seed S] [--verbose] [--first]
 */

const { makeCase } = require('./chain-cases')
const { printCounts, runComparison } = require('./command')
const { Judges } = require('./judges')

/** @typedef {import('./judges').VerificationResult} VerificationResult */

/**
 * @param {VerificationResult} result
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

module.exports = { compareChains }

if (require.main === module) {
  void runComparison({
    cases: 1000,
    options: { first: { type: 'boolean', default: false } },
    compare: async given => {
      const { counts, different } = await compareChains(given)
      printCounts(counts)
      return { sound: different.length === 0, summary: `${different.length} different` }
    },
  })
}
