'use strict'

/**
 * Plays random programs against the original and compares what can be observed:
 *
 *     node __test__/differential/run.js --reference DIR [--seed N] [--programs N] [--steps N]
 *         [--verbose] [--shorten] [--record]
 *
 * Programs have the seeds N, N + 1, …; a difference ends the run with its seed, its step, both
 * observations and exit code 1. --shorten looks for a shorter program with a difference in the same
 * pair, and prints it. --verbose prints every step. --record compares nothing, and keeps what the
 * original with itself does for the test that has no original.
 */

const { parseArgs } = require('node:util')
const { compare, describe, original, ours, shorten } = require('./compare')
const differences = require('./differences')
const { makeProgram } = require('./program')
const { record } = require('./record')

const USAGE =
  'node __test__/differential/run.js --reference DIR [--seed N] [--programs N] [--steps N] [--verbose] [--shorten] [--record]'

/** @returns {{ reference: string, seed: number, programs: number, steps: number, verbose: boolean, shorten: boolean, record: boolean }} */
function options() {
  const { values } = parseArgs({
    options: {
      reference: { type: 'string', default: process.env.TLS_JSON_REFERENCE },
      seed: { type: 'string' },
      programs: { type: 'string', default: '10' },
      steps: { type: 'string', default: '200' },
      verbose: { type: 'boolean', default: false },
      shorten: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
    },
  })
  const { reference, seed, programs, steps, verbose, shorten: wanted } = values
  if (!reference) throw new Error(`the directory of the original is needed: ${USAGE}`)
  const given = {
    seed: seed === undefined ? Date.now() % 1_000_000 : Number(seed),
    programs: Number(programs),
    steps: Number(steps),
  }
  if (!Object.values(given).every(Number.isSafeInteger)) throw new Error(USAGE)
  const { record: keep } = values
  return {
    reference,
    ...given,
    verbose: Boolean(verbose),
    shorten: Boolean(wanted),
    record: Boolean(keep),
  }
}

/** @returns {Promise<boolean>} whether all were equal */
async function main() {
  const { reference, seed, programs, steps, verbose, shorten: wanted, record: keep } = options()
  const subjects = { ours: ours(), original: original(reference) }
  if (keep) {
    await record(
      subjects.original,
      Array.from({ length: programs }, (_, n) => ({ seed: seed + n, length: steps })),
    )
    return true
  }
  const began = performance.now()
  let taken = 0
  for (let n = 0; n < programs; n++) {
    const program = makeProgram(seed + n, steps)
    console.log(`seed ${program.seed}: ${program.steps.length} steps, ${program.slots} clients`)
    if (verbose) program.steps.forEach((step, at) => console.log(`  ${at} ${JSON.stringify(step)}`))
    const found = await compare(program, subjects)
    taken += program.steps.length
    if (found.length === 0) continue
    for (const mismatch of found) {
      console.log(describe(mismatch))
      console.log(`    step ${JSON.stringify(program.steps[mismatch.step])}`)
      if (!wanted) continue
      const cut = { ...program, steps: program.steps.slice(0, mismatch.step + 1) }
      const short = await shorten(cut, async shorter => {
        const again = await compare(shorter, subjects, pair => pair === mismatch.pair)
        return again.length > 0
      })
      console.log(`    shortened: ${JSON.stringify(short)}`)
      for (const again of await compare(short, subjects)) console.log(describe(again))
    }
    const replay = `--seed ${program.seed} --programs 1 --steps ${steps}`
    console.log(`different; again with ${replay}`)
    return false
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${programs} programs, ${taken} steps, in ${seconds} s: equal but for`)
  for (const line of differences.report()) console.log(`  ${line}`)
  return true
}

main().then(
  equal => process.exit(equal ? 0 : 1),
  error => {
    console.error(error)
    process.exit(2)
  },
)
