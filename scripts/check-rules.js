'use strict'

/**
 * Rules of the house that no linter knows: names of files, their length, where `unsafe` and N-API
 * may stand.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')
const { runMain } = require('./prerequisites')

/** A file longer than this should be two. */
const MAX_LINES = 400

/** The same of Rust, tests included. */
const MAX_LINES_OF_RUST = 400

/** Types that are generated are one file. */
const MAX_LINES_OF_TYPES = 700

/** Top-level JavaScript files whose names are part of the API. */
const API_FILES = new Set(['Server.js', 'Client.js', 'Server.d.ts', 'Client.d.ts'])

/** A program of its own, and the one file of it that may use `unsafe`: it is what src/binding is to the package. */
const FLOOR = 'benchmark/floor'
const FLOOR_BORDER = `${FLOOR}/src/node.rs`

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|bench))?\.(js|mjs|cjs|d\.ts|ts)$/
const SNAKE_CASE = /^[a-z0-9]+(_[a-z0-9]+)*\.rs$/

/**
 * Files that are in the repository or about to be: tracked ones and new ones that are not ignored.
 *
 * @returns {string[]} paths with forward slashes
 */
function repositoryFiles() {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const names = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0')
  return names.filter(name => name !== '' && fs.existsSync(path.join(ROOT, name)))
}

/**
 * Rust source without its comments, where the words looked for may be spoken of.
 *
 * @param {string} source
 * @returns {string}
 */
function withoutComments(source) {
  return source.replace(/\/\/.*$/gm, '')
}

/**
 * What is wrong with one file.
 *
 * @param {string} name path with forward slashes
 * @returns {string[]}
 */
function problems(name) {
  const base = path.posix.basename(name)
  const isScript = /\.(js|mjs|cjs|ts)$/.test(base)
  const isRust = base.endsWith('.rs')
  if (!isScript && !isRust) return []

  /** @type {string[]} */
  const found = []
  if (isScript && !KEBAB_CASE.test(base) && !API_FILES.has(name)) {
    found.push('JavaScript files are named in kebab-case')
  }
  if (isRust && !SNAKE_CASE.test(base)) found.push('Rust files are named in snake_case')

  const source = fs.readFileSync(path.join(ROOT, name), 'utf8')
  const lines = source.split('\n').length - 1
  const script = name === 'lib/engine/binding.d.ts' ? MAX_LINES_OF_TYPES : MAX_LINES
  const most = isRust ? MAX_LINES_OF_RUST : script
  if (lines > most) found.push(`${lines} lines; more than ${most} should be two files`)

  if (name.startsWith('src/') && !name.startsWith('src/binding/')) {
    const code = withoutComments(source)
    // The name of the lint, unsafe_code, is another word.
    if (/\bunsafe\b/.test(code)) found.push('`unsafe` belongs into src/binding')
    if (/\bnapi(_derive|_sys)?\b/.test(code)) found.push('N-API belongs into src/binding')
    if (/\ballow\(.*unsafe_code/.test(code)) found.push('only src/binding may allow unsafe_code')
  }
  if (
    name.startsWith(`${FLOOR}/`) &&
    name !== FLOOR_BORDER &&
    /\bunsafe\b/.test(withoutComments(source))
  ) {
    found.push(`\`unsafe\` belongs into ${FLOOR_BORDER}`)
  }
  if (
    name.startsWith('src/binding/') &&
    /#\[napi(\(constructor\))?\]\s+(#\[.*\]\s+)*pub fn/.test(source)
  ) {
    found.push('a call from JavaScript is caught: `#[napi(catch_unwind)]`')
  }
  if (
    /^(lib|bin|scripts)\/.*\.js$/.test(name) &&
    !source.replace(/^#!.*\n/, '').startsWith("'use strict'\n")
  ) {
    found.push("JavaScript files begin with 'use strict'")
  }
  return found.map(problem => `${name}: ${problem}`)
}

runMain(() => {
  const found = repositoryFiles().flatMap(problems)
  if (found.length > 0) throw new Error(`rules of the house\n  ${found.join('\n  ')}`)
})
