'use strict'

// Instructions as callgrind counts them.

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')

/** V8 does nothing on other threads, and the same in each run. With them it does not take Node's own code from its cache. */
const STEADY = ['--single-threaded', '--random-seed=1', '--hash-seed=1']

/** A function of V8's compilers: what is optimised when is not the package's business. */
const COMPILES = /compiler::|maglev|baseline::|interpreter::Bytecode/

/** Libraries of the system, which differ from one to the next. */
const OF_THE_SYSTEM = /\/(?:libc|libstdc\+\+|libm|libgcc_s|ld-linux)[^/]*$/

/** The addon of a peer. */
const ADDON = /\/(?:tls-json|libtls_json)[^/]*$/

/** Code that V8 has made has no file and no name. */
const MADE = /^(?:0x|\?\?\?|$)/

/** @typedef {'addon' | 'node' | 'javascript' | 'system'} Part */

/**
 * @param {string} object the file that the code is from
 * @param {string} name of the function
 * @returns {Part | undefined} nothing for what is not counted
 */
function partOf(object, name) {
  if (COMPILES.test(name)) return undefined
  if (OF_THE_SYSTEM.test(object)) return 'system'
  if (ADDON.test(object)) return 'addon'
  return MADE.test(path.basename(object)) ? 'javascript' : 'node'
}

/**
 * @param {string} text what callgrind has written
 * @returns {Record<Part, number>} the instructions of the addon, of Node, of the code that V8 has made, and of the
 *   system's libraries
 */
function parts(text) {
  /** Names, which are written once and then numbered. @type {Record<string, Map<string, string>>} */
  const names = { ob: new Map(), fn: new Map() }
  /** Where the lines belong that follow. @type {Record<string, string>} */
  const at = { ob: '', fn: '' }
  const counted = { addon: 0, node: 0, javascript: 0, system: 0 }
  let isCall = false
  for (const line of text.split('\n')) {
    const [, isCallee, kind = '', number = '', name] =
      /^(c?)(ob|fn)=\((\d+)\)(?: (.*))?$/.exec(line) ?? []
    if (kind !== '') {
      if (name !== undefined) names[kind]?.set(number, name)
      if (isCallee === '') at[kind] = names[kind]?.get(number) ?? ''
    } else if (line.startsWith('calls=')) {
      // The next line is what the callee has cost, which stands under its own name, too.
      isCall = true
    } else if (/^[-+*\d]/.test(line)) {
      const part = isCall ? undefined : partOf(at.ob ?? '', at.fn ?? '')
      if (part !== undefined) counted[part] += Number(line.split(' ')[1] ?? 0)
      isCall = false
    }
  }
  return counted
}

/**
 * What is recorded and compared: without the system's libraries, which differ from one to the next.
 *
 * @param {Record<Part, number>} counted
 * @returns {number}
 */
function sum({ addon, node, javascript }) {
  return addon + node + javascript
}

/**
 * Runs a program of Node's below callgrind.
 *
 * @param {string} folder for what callgrind writes
 * @param {string[]} args of Node
 * @param {string} [between] Only what stands between two calls of this function of Node's; all of it unless given.
 * @returns {Promise<Record<Part, number>>} instructions
 */
async function count(folder, args, between) {
  const file = path.join(folder, 'callgrind')
  const marks = between === undefined ? [] : [`--dump-before=${between}`]
  const flags = between === undefined ? [] : STEADY
  const valgrind = ['--tool=callgrind', '--smc-check=all-non-file', `--callgrind-out-file=${file}`]
  const child = spawn('valgrind', [...valgrind, ...marks, process.execPath, ...flags, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', data => (said += data))
  const [code] = await once(child, 'close').catch(error => {
    throw new Error('valgrind is not there: it is a package of that name', { cause: error })
  })
  if (code !== 0) throw new Error(`${args.join(' ')}: exit code ${code}\n${said}`)
  // The first part ends at the first mark, the second at the other one.
  return parts(fs.readFileSync(between === undefined ? file : `${file}.2`, 'utf8'))
}

module.exports = { count, parts, sum }
