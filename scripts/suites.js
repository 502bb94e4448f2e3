'use strict'

/**
 * Runs suites of tests side by side: a line for each when it has ended, and what it said if it failed.
 */

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const os = require('node:os')

const { ROOT } = require('../lib/engine/addon-file')

/**
 * What the output of a suite tells that came to its end.
 *
 * @typedef {object} Result
 * @property {number} failed
 * @property {string} text how many there were
 * @property {string} failures what of the output is about them
 */

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {string[]} command program and arguments
 * @property {NodeJS.ProcessEnv} [env] variables beside those of this process
 * @property {(output: string) => Result | undefined} read nothing if the output breaks off
 */

/** Milliseconds for a suite: a hang must become a failure. */
const SUITE_TIMEOUT = 600_000

/** Most suites wait more than they compute: for processes, sockets and deadlines. */
const SUITES_PER_CORE = 4

/**
 * Runs one suite.
 *
 * @param {Suite} suite
 * @returns {Promise<{ failure: string | undefined, text: string, said: string }>}
 */
async function run({ command: [program = '', ...args], env = {}, read }) {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: SUITE_TIMEOUT,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => (output += text))
  }
  try {
    const [code, signal] = await once(child, 'close')
    const result = read(output)
    let failure
    if (signal) failure = `ended by ${signal}`
    else if (code !== 0) failure = `exit code ${code}`
    else if (result === undefined) failure = 'it ended before its tests did'
    else if (result.failed > 0) failure = `${result.failed} failed`
    return { failure, text: result?.text ?? '', said: result?.failures ?? output }
  } catch (err) {
    return { failure: err instanceof Error ? err.message : String(err), text: '', said: output }
  }
}

/**
 * Runs every suite, also after one failed.
 *
 * @param {string} title
 * @param {Suite[]} suites in the order in which they begin
 * @returns {Promise<void>}
 * @throws {Error} when any failed
 */
async function runSuites(title, suites) {
  const began = performance.now()
  const seconds = (/** @type {number} */ from) =>
    `${((performance.now() - from) / 1000).toFixed(1)} s`
  /** @type {string[]} */
  const failed = []
  const waiting = suites.values()
  const worker = async () => {
    for (const suite of waiting) {
      const started = performance.now()
      const { failure, text, said } = await run(suite)
      const what = [text, seconds(started)].filter(part => part !== '').join(', ')
      if (failure === undefined) {
        console.log(`  ok  ${suite.name} (${what})`)
      } else {
        failed.push(`  FAILED  ${suite.name} (${failure})`)
        console.log(`  FAILED  ${suite.name} (${failure}, ${what})\n${said.trimEnd()}\n`)
      }
    }
  }
  const workers = Math.min(suites.length, SUITES_PER_CORE * os.availableParallelism())
  await Promise.all(Array.from({ length: workers }, worker))
  console.log(`\n${title}: ${suites.length} suites, ${seconds(began)}`)
  for (const line of failed) console.log(line)
  if (failed.length > 0) throw new Error(`${failed.length} of ${suites.length} suites failed.`)
}

module.exports = { runSuites }
