'use strict'

/**
 * Runs commands one after the other and says at the end which failed.
 */

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')
const { npmCommand } = require('./npm')

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} command program and arguments
 * @property {NodeJS.ProcessEnv} [env] variables beside those of this process
 * @property {string} [missing] what is not there, so that the step is left out
 */

/**
 * Runs one command in the repository, its output on this terminal.
 *
 * @param {string[]} command program and arguments
 * @param {NodeJS.ProcessEnv} [env] variables beside those of this process
 * @returns {Promise<string | undefined>} how it failed; undefined when it ended with 0
 */
async function run([program = '', ...args], env = {}) {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  try {
    const [code, signal] = await once(child, 'close')
    if (code === 0) return undefined
    return signal ? `ended by ${signal}` : `exit code ${code}`
  } catch (err) {
    return err instanceof Error ? err.message : String(err)
  }
}

/**
 * Runs every step, also after one failed, and prints a summary as the last lines.
 *
 * @param {string} title
 * @param {Step[]} steps
 * @returns {Promise<void>}
 * @throws {Error} when any failed
 */
async function runSteps(title, steps) {
  /** @type {string[]} */
  const summary = []
  let failed = 0
  for (const { name, command, env, missing } of steps) {
    console.log(`\n=== ${name}`)
    if (missing) {
      console.log(`Left out: ${missing}`)
      summary.push(`  LEFT OUT  ${name} (${missing})`)
      continue
    }
    const started = performance.now()
    const failure = await run(command, env)
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`
    summary.push(
      failure ? `  FAILED  ${name} (${failure}, ${seconds})` : `  ok  ${name} (${seconds})`,
    )
    if (failure) failed += 1
  }
  console.log(`\n${title}\n${summary.join('\n')}`)
  if (failed > 0) throw new Error(`${failed} of ${steps.length} failed.`)
}

/**
 * The version of a package, of a folder's own node_modules.
 *
 * @param {string} folder
 * @param {string} name
 * @returns {string | undefined}
 */
function installedVersion(folder, name) {
  try {
    const manifest = path.join(folder, 'node_modules', name, 'package.json')
    return JSON.parse(fs.readFileSync(manifest, 'utf8')).version
  } catch {
    return undefined
  }
}

/**
 * Installs the development dependencies that package-lock.json asks for, if any is missing or of
 * another version. No scripts are run: nothing here needs those of others, and ours would build.
 *
 * @param {string} [folder] whose they are; the repository's own if not given
 * @returns {Promise<void>}
 */
async function installDevDependencies(folder = ROOT) {
  const lock = JSON.parse(fs.readFileSync(path.join(folder, 'package-lock.json'), 'utf8'))
  const wanted = Object.keys(lock.packages[''].devDependencies)
  const isThere = (/** @type {string} */ name) =>
    installedVersion(folder, name) === lock.packages[`node_modules/${name}`].version
  if (wanted.every(isThere)) return

  const name = path.relative(ROOT, folder)
  console.log(`Installing the development dependencies (npm ci)${name && `, those of ${name}`}.`)
  const flags = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  const failure = await run([...npmCommand(), ...flags])
  if (failure) throw new Error(`npm ci: ${failure}. Is the registry reachable?`)
}

module.exports = { installDevDependencies, run, runSteps }
