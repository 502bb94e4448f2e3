'use strict'

/**
 * The package as others get it: packed, and installed into an empty directory under the old name.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { npmCommand } = require('../../scripts/npm')

/** The name programs ask for. */
const NAME = 'tls-json'

/** Milliseconds for one command; a build from nothing is the longest. */
const COMMAND_TIMEOUT = 540_000

/**
 * This process's environment without what npm adds for its scripts: `npm test` runs these tests,
 * and an npm started below it would take the repository for its own directory.
 *
 * @param {NodeJS.ProcessEnv} more
 * @returns {NodeJS.ProcessEnv}
 */
function cleanEnvironment(more) {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^npm_/i.test(name) && name !== 'INIT_CWD',
  )
  return { ...Object.fromEntries(entries), ...more }
}

/**
 * Runs a program and collects what it says.
 *
 * @param {string} cwd
 * @param {string[]} command program and arguments
 * @param {NodeJS.ProcessEnv} [env] variables beside those of this process
 */
function run(cwd, [program = '', ...args], env = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env: cleanEnvironment(env),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: COMMAND_TIMEOUT,
  })
  if (error) throw error
  return { status, stdout, stderr }
}

/**
 * Runs npm, the one that runs the tests if there is one.
 *
 * @param {string} cwd
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string} what it printed
 */
function npm(cwd, args, env) {
  const { status, stdout, stderr } = run(cwd, [...npmCommand(), ...args], env)
  if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${status}\n${stdout}\n${stderr}`)
  return stdout
}

/** @type {string[]} */
const directories = []

process.on('exit', () => {
  for (const folder of directories) fs.rmSync(folder, { recursive: true, force: true })
})

/**
 * A new directory that goes when the process ends. It ends in a real path: macOS has /tmp behind a
 * link, which would make paths in messages differ.
 *
 * @returns {string}
 */
function newDirectory() {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-package-')))
  directories.push(folder)
  return folder
}

/** @returns {string} a new directory with a package.json, as a user's project */
function emptyProject() {
  const folder = newDirectory()
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  return folder
}

/**
 * Packs the repository.
 *
 * @returns {{ file: string, names: string[] }} the tarball, and the names of the files in it
 */
function pack() {
  const folder = newDirectory()
  const output = npm(ROOT, ['pack', '--json', '--pack-destination', folder])
  // The build that runs before packing prints its own lines first.
  const [result] = JSON.parse(output.slice(output.search(/^\[/m)))
  return {
    file: path.join(folder, result.filename),
    names: result.files.map((/** @type {{ path: string }} */ file) => file.path),
  }
}

/**
 * Installs a tarball under the old name into an empty directory, without any network.
 *
 * @param {string} tarball
 * @param {{ flags?: string[], env?: NodeJS.ProcessEnv }} [options]
 * @returns {{ folder: string, home: string, output: string }} `home` is where the package is
 */
function install(tarball, { flags = [], env } = {}) {
  const folder = emptyProject()
  const quiet = ['--offline', '--no-audit', '--no-fund', '--foreground-scripts']
  const output = npm(folder, ['install', `${NAME}@file:${tarball}`, ...quiet, ...flags], env)
  return { folder, home: path.join(folder, 'node_modules', NAME), output }
}

/**
 * An environment whose PATH has node, npm and a shell, and so no cargo.
 *
 * @returns {NodeJS.ProcessEnv}
 */
function withoutCargo() {
  const folder = newDirectory()
  fs.symlinkSync(process.execPath, path.join(folder, 'node'))
  for (const name of ['npm', 'sh']) {
    const found = (process.env.PATH ?? '')
      .split(path.delimiter)
      .map(entry => path.join(entry, name))
      .find(file => fs.existsSync(file))
    if (found) fs.symlinkSync(fs.realpathSync(found), path.join(folder, name))
  }
  return { PATH: folder, CARGO: '' }
}

module.exports = { NAME, emptyProject, install, newDirectory, npm, pack, run, withoutCargo }
