'use strict'

/**
 * What must be on the machine, each checked with one message that says what to do.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')

const OLDEST_NODE = 20

/** A prerequisite is not met. The message is for the person at the terminal. */
class PrerequisiteError extends Error {}

/**
 * The version a program prints, or undefined when it is not there.
 *
 * @param {string} program
 * @param {string[]} args
 * @returns {string | undefined}
 */
function versionOf(program, args) {
  const child = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', timeout: 60_000 })
  if (child.error || child.status !== 0) return undefined
  return child.stdout.trim()
}

/**
 * Whether version `a` is older than `b`, each of the form 1.88 or 1.88.0.
 *
 * @param {string} a
 * @param {string} b
 * @returns {boolean}
 */
function isOlder(a, b) {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  const at = right.findIndex((part, i) => part !== (left[i] ?? 0))
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0)
}

/**
 * Checks the version of Node that runs this.
 *
 * @returns {string} what was found
 * @throws {PrerequisiteError}
 */
function requireNode() {
  const version = process.versions.node
  if (Number.parseInt(version, 10) < OLDEST_NODE) {
    throw new PrerequisiteError(
      `Node ${OLDEST_NODE} or newer is needed; this is ${version}. See https://nodejs.org.`,
    )
  }
  return `Node ${version}`
}

/**
 * Checks that cargo and rustc are there and new enough for Cargo.toml's rust-version. Cargo itself
 * says so only after it understood the whole manifest, which an old one does not.
 *
 * @returns {string} what was found
 * @throws {PrerequisiteError}
 */
function requireRust() {
  const manifest = fs.readFileSync(path.join(ROOT, 'Cargo.toml'), 'utf8')
  const [, oldest = '1.88'] = /^rust-version = "([\d.]+)"/m.exec(manifest) ?? []
  const remedy = `Install Rust ${oldest} or newer from https://rustup.rs and open a new terminal.`

  if (versionOf(cargo(), ['--version']) === undefined) {
    throw new PrerequisiteError(`cargo was not found. ${remedy}`)
  }
  const rustc = versionOf(process.env.RUSTC || 'rustc', ['--version'])
  if (rustc === undefined) throw new PrerequisiteError(`rustc was not found. ${remedy}`)

  const [, version = '0'] = /^rustc (\d+\.\d+\.\d+)/.exec(rustc) ?? []
  if (isOlder(version, oldest)) {
    throw new PrerequisiteError(
      `Rust ${oldest} or newer is needed; this is ${version}. Run \`rustup update\`, or see https://rustup.rs.`,
    )
  }
  return `Rust ${version}`
}

/**
 * Checks that the openssl CLI is there: it makes the certificates of the tests.
 *
 * @returns {string} what was found
 * @throws {PrerequisiteError}
 */
function requireOpenssl() {
  const version = versionOf('openssl', ['version'])
  if (version === undefined) {
    throw new PrerequisiteError(
      'The openssl command was not found. It makes the certificates here: install the package ' +
        '"openssl" of your system (on Windows it comes with Git) and have it in PATH.',
    )
  }
  return version.split(' ').slice(0, 2).join(' ')
}

/**
 * The command that runs cargo.
 *
 * @returns {string}
 */
function cargo() {
  return process.env.CARGO || 'cargo'
}

/**
 * Runs the body of a script: an unmet prerequisite, or any other error, ends it with its message
 * and exit code 1.
 *
 * @param {() => Promise<void> | void} main
 */
async function runMain(main) {
  try {
    await main()
  } catch (err) {
    console.error(`\ntls-json-native: ${err instanceof Error ? err.message : err}`)
    process.exitCode = 1
  }
}

module.exports = {
  PrerequisiteError,
  cargo,
  isOlder,
  requireNode,
  requireOpenssl,
  requireRust,
  runMain,
  versionOf,
}
