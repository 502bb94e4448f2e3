'use strict'

/**
 * One build by cargo, as a release has it if nothing else is said.
 */

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const readline = require('node:readline')

const { ROOT } = require('../lib/engine/addon-file')
const { cargo } = require('./prerequisites')

/** Where napi-derive writes the types of what it exports, one JSON value per line. */
const TYPES_FOLDER = path.join(ROOT, 'build', 'types')

/** A build that runs out of less than this many bytes of free disk may have failed for that. */
const LITTLE_SPACE = 256 * 1024 * 1024

/**
 * What to add to a failed build's message when the disk is nearly full.
 *
 * @param {string} folder any folder on the file system that was written to
 * @returns {string}
 */
function spaceHint(folder) {
  const existing = fs.existsSync(folder) ? folder : ROOT
  const { bavail, bsize } = fs.statfsSync(existing)
  const free = bavail * bsize
  if (free >= LITTLE_SPACE) return ''
  return `\nOnly ${Math.floor(free / 1024 / 1024)} MB are free at ${existing}; the build needs about 500 MB.`
}

/**
 * Builds the library. Progress goes to the terminal as cargo shows it.
 *
 * @param {object} [how]
 * @param {string[]} [how.command] what stands in for `cargo build`
 * @param {string[]} [how.args] arguments beside those of every build
 * @param {string} [how.profile] cargo's
 * @param {NodeJS.ProcessEnv} [how.environment] variables beside those of this process
 * @returns {Promise<string>} the file of the library, where cargo says it is: CARGO_TARGET_DIR,
 *   configuration files and the platform all have a say
 * @throws {Error} when cargo fails; what went wrong was shown by cargo itself
 */
async function buildLibrary({
  command = [cargo(), 'build'],
  args = [],
  profile = 'release',
  environment,
} = {}) {
  // napi-derive does not make the folder; and always the same one, because cargo builds anew when
  // the variable changes.
  fs.mkdirSync(TYPES_FOLDER, { recursive: true })
  const [program = '', ...words] = [
    ...command,
    ...['--profile', profile],
    ...['--locked', '--lib'],
    ...args,
  ]
  const child = spawn(program, [...words, '--message-format=json-render-diagnostics'], {
    cwd: ROOT,
    env: { ...process.env, NAPI_TYPE_DEF_TMP_FOLDER: TYPES_FOLDER, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let library = ''
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const message = line.startsWith('{') ? JSON.parse(line) : {}
    if (message.reason !== 'compiler-artifact') continue
    if (message.target.name !== 'tls_json_native') continue
    library =
      message.filenames.find((/** @type {string} */ name) => /\.(so|dylib|dll)$/.test(name)) ??
      library
  }
  const [code, signal] = await closed
  const said = [path.basename(program), ...words].join(' ')
  if (code !== 0) {
    const hint = spaceHint(process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target'))
    const how = signal ? `was ended by ${signal}` : `failed with exit code ${code}`
    throw new Error(`\`${said}\` ${how}; its messages are above.${hint}`)
  }
  if (library === '') throw new Error('cargo did not say which library it built')
  return library
}

module.exports = { TYPES_FOLDER, buildLibrary }
