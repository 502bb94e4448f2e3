'use strict'

/**
 * Runs commands and says at the end which failed.
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
 * Runs one command in the repository, its output on this terminal or where it is to go.
 *
 * @param {string[]} command program and arguments
 * @param {NodeJS.ProcessEnv} [env] variables beside those of this process
 * @param {(text: string) => void} [hear] what it says
 * @returns {Promise<string | undefined>} how it failed; undefined when it ended with 0
 */
async function run([program = '', ...args], env = {}, hear) {
  const said = hear === undefined ? 'inherit' : 'pipe'
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', said, said],
  })
  if (hear)
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', hear)
  try {
    const [code, signal] = await once(child, 'close')
    if (code === 0) return undefined
    return signal ? `ended by ${signal}` : `exit code ${code}`
  } catch (err) {
    return err instanceof Error ? err.message : String(err)
  }
}

/**
 * @param {Step} step
 * @param {boolean} isAlone whether its output goes to this terminal at once; else when it has ended
 * @returns {Promise<{ line: string, failed: boolean }>} of the summary
 */
async function runStep({ name, command, env, missing }, isAlone) {
  const title = `\n=== ${name}`
  if (missing) {
    console.log(`${title}\nLeft out: ${missing}`)
    return { line: `  LEFT OUT  ${name} (${missing})`, failed: false }
  }
  const started = performance.now()
  let output = ''
  if (isAlone) console.log(title)
  const failure = await run(command, env, isAlone ? undefined : text => void (output += text))
  if (!isAlone) console.log(`${title}\n${output.trimEnd()}`)
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`
  if (failure === undefined) return { line: `  ok  ${name} (${seconds})`, failed: false }
  return { line: `  FAILED  ${name} (${failure}, ${seconds})`, failed: true }
}

/**
 * Runs every step, also after one failed, and prints a summary as the last lines.
 *
 * @param {string} title
 * @param {...Step[]} lists each one step after the other, and the lists side by side
 * @returns {Promise<void>}
 * @throws {Error} when any failed
 */
async function runSteps(title, ...lists) {
  const outcomes = await Promise.all(
    lists.map(async steps => {
      const list = []
      for (const step of steps) list.push(await runStep(step, lists.length === 1))
      return list
    }),
  )
  const all = outcomes.flat()
  console.log(`\n${title}\n${all.map(({ line }) => line).join('\n')}`)
  const failed = all.filter(each => each.failed).length
  if (failed > 0) throw new Error(`${failed} of ${all.length} failed.`)
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
