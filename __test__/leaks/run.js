'use strict'

/**
 * What is left when something was done many times: memory, descriptors, threads, handles, objects.
 *
 *     npm run leaks -- [NAME…] [--scale N] [--markdown FILE]
 *
 * NAME is one of the loops in loops.js; all of them unless given. `--scale 0.1` does a tenth of the
 * rounds. measure.js says what may be left. Exit code 1 when something grew or was left.
 */

const fs = require('node:fs')
const { parseArgs } = require('node:util')

const { table } = require('../helpers/table')
const { loops } = require('./loops')
const { TOLERANCES, isFlat, measure } = require('./measure')

/**
 * @param {import('./measure').Result[]} results
 * @returns {string}
 */
function report(results) {
  const kinds = /** @type {(keyof typeof TOLERANCES)[]} */ (Object.keys(TOLERANCES))
  const units = { heap: 'MB', external: 'MB', resident: 'MB', descriptors: '', threads: '' }
  const head = kinds.map(what => `${what} (+${TOLERANCES[what]} ${units[what]}`.trim() + ')')
  const rows = results.map(result => {
    const cells = kinds.map(what => {
      const growth = result.growth[what]
      if (!growth) return 'not known'
      const [from, to] = [growth.from, growth.to].map(value => value.toFixed(1))
      return `${from} → ${to}${growth.flat ? '' : ' GREW'}`
    })
    const { name, rounds, left } = result
    const outcome = isFlat(result) ? 'flat' : 'FAILED'
    return [name, String(rounds), ...cells, left.join(', ') || 'nothing', outcome]
  })
  return table(['loop', 'rounds', ...head, 'left', ''], rows)
}

/** @returns {Promise<boolean>} whether all stayed flat */
async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { scale: { type: 'string', default: '1' }, markdown: { type: 'string' } },
  })
  if (globalThis.gc === undefined)
    throw new Error('node --expose-gc is needed; npm run leaks has it')
  const names = positionals.length > 0 ? positionals : Object.keys(loops)
  const results = []
  for (const name of names) {
    const loop = loops[name]
    if (!loop) throw new Error(`${name} is none of ${Object.keys(loops).join(', ')}`)
    const rounds = Math.max(20, Math.round(loop.rounds * Number(values.scale)))
    console.log(`${name}: ${loop.what}, ${rounds} times`)
    results.push(await measure(name, loop, rounds))
  }
  const text = report(results)
  console.log(`\n${text}`)
  if (values.markdown) fs.writeFileSync(values.markdown, `${text}\n`)
  return results.every(isFlat)
}

main().then(
  flat => {
    process.exitCode = flat ? 0 : 1
  },
  error => {
    console.error(error)
    process.exit(2)
  },
)
