'use strict'

/**
 * Puts each of the faults into a copy of the sources, builds it and sees whether the random chains
 * or the vectors notice.
 *
 *     node __test__/mutants/run.js [--cases N] [--seed S] [--target DIR] [--only WORD]
 *
 * `--only` takes the faults in whose lines the word stands. `--target` is cargo's target directory, one of its own:
 * what is built there has faults. With one that was used before the first build is shorter.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { ROOT } = require('../../lib/engine/addon-file')
const { faults } = require('./faults')
const { build, copy } = require('./sources')

const VECTORS = ['trust', 'chains', 'handshake']
  .map(name => `__test__/tls/tls-vectors-${name}.test.js`)
  .concat(['certificates', 'chains'].map(name => `__test__/tools/altered-${name}.test.js`))

/**
 * @param {string} folder
 * @param {{ cases: string, seed: string, target: string }} values
 * @returns {string | null} what noticed; null if nothing did
 */
function caughtBy(folder, { cases, seed, target }) {
  const env = { ...process.env, CARGO_TARGET_DIR: target }
  const node = (/** @type {string[]} */ ...args) =>
    spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env, timeout: 600_000 })
  const random = ['--first', '--cases', cases, '--seed', seed]
  const { status, stdout } = node('__test__/differential/chains.js', ...random)
  if (status === 1) return `random chains: ${stdout.match(/different: (seed \d+)/)?.[1]}`
  if (status !== 0) return 'random chains: a result that did not come'
  const vectors = node('--test', ...VECTORS)
  if (vectors.status === 0) return null
  return `vectors: ${vectors.stdout.match(/^not ok \d+ - (.*)/m)?.[1]}`
}

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    target: { type: 'string', default: path.join(ROOT, 'target', 'mutants') },
  },
})
const folder = copy()
if (!build(folder, values.target)) throw new Error('the sources as they are do not build')
const sound = caughtBy(folder, values)
if (sound !== null) throw new Error(`the sources as they are do not pass: ${sound}`)

const chosen = faults.filter(([, from]) => from.includes(values.only))
let survived = 0
for (const [file, from, to] of chosen) {
  const source = path.join(folder, 'src', 'pki', `${file}.rs`)
  const text = fs.readFileSync(source, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${file}.rs does not have once: ${from}`)
  fs.writeFileSync(
    source,
    text.replace(from, () => to),
  )
  const caught = build(folder, values.target) ? caughtBy(folder, values) : 'does not build'
  fs.writeFileSync(source, text)
  if (caught === null || caught === 'does not build') survived += 1
  console.log(`${file}: ${from} -> ${to || 'nothing'}\n    ${caught ?? 'NOT CAUGHT'}`)
}
console.log(`${chosen.length - survived} of ${chosen.length} faults caught`)
process.exitCode = survived === 0 ? 0 : 1
