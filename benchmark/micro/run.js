'use strict'

/** `npm run benchmark:micro`: the parts of the package by themselves, those in Rust and those in JavaScript. */

const { fork, spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { ROOT } = require('../../lib/engine/addon-file')
const { cargo, runMain } = require('../../scripts/prerequisites')
const { number, ratio } = require('../lib/table')
const { cases } = require('./cases')

/** @typedef {import('./measure').Effort} Effort */
/** @typedef {import('./measure').Result} Result */

const USAGE = `npm run benchmark:micro -- [options] [WORDS]

  WORDS             only what has one of them in its name
  --javascript      not what is in Rust, whose build takes minutes
  --repeats N       figures are medians of so many (default 100)
  --time MS         of one repeat (default 20)
  --warm-up MS      before the first (default 500)
  --help
`

/**
 * @param {string} name of an option
 * @param {string | undefined} text
 * @returns {number} a whole number above 0
 */
function count(name, text) {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`--${name} takes a whole number above 0, not "${text}"`)
  }
  return value
}

/**
 * @param {string[]} words
 * @throws {Error} when a benchmark fails
 */
async function runRust(words) {
  const child = spawn(cargo(), ['bench', '--locked', '--', ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`cargo bench: ${signal ?? `exit code ${code}`}`)
}

/**
 * @param {string} name of a case
 * @param {Effort} effort
 * @returns {Promise<Result>}
 */
async function runCase(name, effort) {
  // Their servers have no certificate, and say so.
  const child = fork(path.join(__dirname, 'worker.js'), { execArgv: ['--no-warnings'] })
  /** @type {Result | undefined} */
  let result
  child.on('message', message => (result = /** @type {Result} */ (message)))
  child.send({ name, effort })
  const [code, signal] = await once(child, 'close')
  if (code !== 0 || result === undefined) {
    throw new Error(`${name}: ${signal ?? `exit code ${code}`}`)
  }
  return result
}

/** @param {Result} result */
function row({ name, floor, whole, own, ratio: { median, low, high } }) {
  const range = `${ratio(median)} (${low.toFixed(2)}–${high.toFixed(2)})`
  const cells = [number(floor), number(whole), number(own)].map(cell => cell.padStart(11))
  return `${name.padEnd(32)}${cells.join('')}  ${range}`
}

/**
 * @param {string[]} names of cases
 * @param {Effort} effort
 */
async function runJavaScript(names, effort) {
  if (names.length === 0) return
  console.log(
    'JavaScript, in ns for one message; the floor is JSON alone, and of a room a broadcast to its ids',
  )
  console.log(
    `${''.padEnd(32)}${['floor', 'whole', 'own'].map(head => head.padStart(11)).join('')}`,
  )
  for (const name of names) console.log(row(await runCase(name, effort)))
}

runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      javascript: { type: 'boolean', default: false },
      repeats: { type: 'string', default: '100' },
      time: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '500' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const effort = {
    repeats: count('repeats', values.repeats),
    time: count('time', values.time),
    warmUp: count('warm-up', values['warm-up']),
  }
  const isWanted = (/** @type {string} */ name) =>
    positionals.length === 0 || positionals.some(word => name.includes(word))
  await runJavaScript(Object.keys(cases).filter(isWanted), effort)
  if (!values.javascript) await runRust(positionals)
})
