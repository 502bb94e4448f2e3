'use strict'

/**
 * The built addon as a file: whether it is there, belongs to these sources and loads.
 */

const { spawnSync } = require('node:child_process')
const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT, addonFile } = require('../lib/engine/addon-file')

/** Milliseconds for a child process to load the addon, on a slow and busy machine. */
const LOAD_TIMEOUT = 60_000

const LOAD_PROGRAM = `
  try {
    const names = Object.keys(require(process.argv[1]))
    if (names.length === 0) throw new Error('it exports nothing')
  } catch (err) {
    process.stderr.write(err.message)
    process.exit(1)
  }
  process.exit(0)
`

/**
 * @typedef {object} Stamp What is kept beside the addon, to know it again
 * @property {string} sources SHA-256 of the sources it was built from
 * @property {string} binary SHA-256 of the addon itself
 */

/**
 * The stamp's file, beside the addon.
 *
 * @returns {string}
 */
function stampFile() {
  return addonFile().replace(/\.node$/, '.json')
}

/**
 * Every file below a folder, sorted, so that a hash over them is stable.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  const entries = fs.readdirSync(folder, { withFileTypes: true })
  return entries
    .flatMap(entry => {
      const file = path.join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(file) : [file]
    })
    .sort()
}

/**
 * SHA-256 of one file's content.
 *
 * @param {string} file
 * @returns {string}
 */
function hashFile(file) {
  return crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex')
}

/**
 * SHA-256 over names and contents of everything the addon is built from. Contents and not times:
 * unpacking a tarball or a checkout sets new times.
 *
 * @returns {string}
 */
function hashSources() {
  const names = ['Cargo.toml', 'Cargo.lock', '.cargo/config.toml', 'build.rs']
  const roots = names.map(name => path.join(ROOT, name))
  const hash = crypto.createHash('sha256')
  for (const file of [...roots, ...filesBelow(path.join(ROOT, 'src'))]) {
    const name = path.relative(ROOT, file).split(path.sep).join('/')
    hash.update(`${name}\0${hashFile(file)}\n`)
  }
  return hash.digest('hex')
}

/**
 * The stamp beside the addon.
 *
 * @returns {Stamp | undefined} undefined when there is none that can be read
 */
function readStamp() {
  try {
    const stamp = JSON.parse(fs.readFileSync(stampFile(), 'utf8'))
    return typeof stamp === 'object' && stamp !== null ? stamp : undefined
  } catch {
    return undefined
  }
}

/**
 * Loads a file as an addon in a process of its own, because a binary that is broken or made for
 * another system may end the process that loads it.
 *
 * @param {string} file
 * @returns {string | undefined} why it does not load; undefined when it does
 */
function loadFailure(file) {
  if (!fs.existsSync(file)) return 'no such file'
  const child = spawnSync(process.execPath, ['-e', LOAD_PROGRAM, file], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LOAD_TIMEOUT,
    killSignal: 'SIGKILL',
  })
  if (child.error) return child.error.message
  if (child.signal) return `loading it ended the process with ${child.signal}`
  if (child.status !== 0) return child.stderr.split('\n', 1)[0] || `exit code ${child.status}`
  return undefined
}

/**
 * Why the addon in build/ cannot be taken as built from the sources here.
 *
 * @param {string} sources what hashSources() says
 * @returns {string | undefined} undefined when it is up to date and loads
 */
function staleness(sources) {
  const file = addonFile()
  if (!fs.existsSync(file)) return 'there is none yet'
  const stamp = readStamp()
  if (!stamp) return 'it is not known what it was built from'
  if (stamp.sources !== sources) return 'the sources changed'
  if (stamp.binary !== hashFile(file)) return 'it is not the file that was built'
  const failure = loadFailure(file)
  return failure && `it does not load: ${failure}`
}

/**
 * Puts a library in the addon's place, in a folder that exists, if it loads. The new file appears by a rename, so a process
 * that loads the addon meanwhile, or a second build, sees the old one or the new one, each whole.
 *
 * @param {string} library what cargo built; may be on another file system
 * @param {string} sources hash of the sources it was built from
 * @throws {Error} when it does not load; the addon that was there stays
 */
function keep(library, sources) {
  const file = addonFile()
  const folder = fs.mkdtempSync(path.join(path.dirname(file), 'tmp-'))
  try {
    const copy = path.join(folder, path.basename(file))
    fs.copyFileSync(library, copy)
    const failure = loadFailure(copy)
    if (failure) throw new Error(`what cargo built does not load: ${failure}\n  ${library}`)
    const stamp = path.join(folder, 'stamp.json')
    fs.writeFileSync(stamp, `${JSON.stringify({ sources, binary: hashFile(copy) })}\n`)
    fs.renameSync(copy, file)
    fs.renameSync(stamp, stampFile())
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

module.exports = { addonFile, hashSources, keep, loadFailure, staleness }
