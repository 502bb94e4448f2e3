'use strict'

/**
 * Libraries for a release: for other systems, or for older ones than this. They go to dist/, hold no path of the machine
 * that built them, and are the same bytes each time they are built there.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')
const { buildLibrary } = require('./cargo')
const { libnode } = require('./libnode')
const { requireFormat, requireOldest } = require('./pack/binary-format')
const { platformOf } = require('./platforms')
const { PrerequisiteError } = require('./prerequisites')
const { LEAST_STD, WHOLE_STD, debianRust } = require('./targets/debian-rust')
const { zigbuild } = require('./zig')

/** @typedef {import('./platforms').Platform} Platform */

/** What was built for other machines than this. */
const DIST = path.join(ROOT, 'dist')

/**
 * @param {NodeJS.ProcessEnv} rust
 * @returns {string} where the compiler has its standard library, in sources where that is built too
 */
function sysroot(rust) {
  const env = { ...process.env, ...rust }
  const args = ['--print', 'sysroot']
  return execFileSync(env.RUSTC || 'rustc', args, { cwd: ROOT, encoding: 'utf8', env }).trim()
}

/** @typedef {string[][]} Folders Of this machine, that compilers would name in the library; and what stands there instead. */

/**
 * @param {NodeJS.ProcessEnv} rust
 * @returns {Folders}
 */
function foldersOf(rust) {
  return [
    [ROOT, '/tls-json-native'],
    [process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target'), '/target'],
    [process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo'), '/cargo'],
    [sysroot(rust), '/rust'],
  ]
}

/**
 * @param {Platform} platform
 * @param {Folders} folders
 * @returns {NodeJS.ProcessEnv}
 */
function environmentOf({ os: system, libc, oldest }, folders) {
  // Of several that match the last counts: that in target/ before the root.
  const rust = folders.map(([from, to]) => `--remap-path-prefix=${from}=${to}`)
  // A library that is loaded shares the C library with Node.
  if (libc === 'musl') rust.push('-Ctarget-feature=-crt-static')
  const c = folders.map(([from, to]) => `-ffile-prefix-map=${from}=${to}`)
  return {
    CARGO_ENCODED_RUSTFLAGS: rust.join('\x1f'),
    CFLAGS: [...c, process.env.CFLAGS].filter(Boolean).join(' '),
    // The times in archives would differ.
    SOURCE_DATE_EPOCH: '0',
    ...(system === 'darwin' && oldest ? { MACOSX_DEPLOYMENT_TARGET: oldest } : {}),
  }
}

/**
 * @param {Platform} platform
 * @returns {{ command?: string[], environment?: NodeJS.ProcessEnv, triple: string }} how it is built on this machine
 * @throws {PrerequisiteError} where it cannot be
 */
function toolsFor({ name, os: system, triple, libc, oldest }) {
  // By their own tools on their own systems; by zig on Linux.
  if (system === process.platform && system !== 'linux') return { triple }
  const microsoft = triple.endsWith('-msvc')
  if (process.platform !== 'linux' || microsoft) {
    throw new PrerequisiteError(`${name} is built on ${microsoft ? 'Windows' : 'Linux'}.`)
  }
  if (system === 'win32') {
    const { command, environment } = zigbuild()
    const folder = libnode(path.join(ROOT, 'target'))
    return { command, environment: { ...environment, LIBNODE_PATH: folder }, triple }
  }
  return { ...zigbuild(), triple: libc === 'glibc' ? `${triple}.${oldest}` : triple }
}

/**
 * @param {Buffer} binary
 * @param {Folders} folders
 * @throws {Error} where one of them is named in it
 */
function requireNoFolders(binary, folders) {
  for (const [folder = ''] of folders) {
    if (binary.includes(folder)) throw new Error(`the library names ${folder}`)
  }
}

/**
 * @param {string} file a library
 * @param {string} name as in PLATFORMS
 * @returns {string | undefined} why it does not load on the oldest system that is promised
 */
function tooNew(file, name) {
  if (!fs.existsSync(file)) return undefined
  try {
    requireOldest(fs.readFileSync(file), platformOf(name))
    return undefined
  } catch (err) {
    return /** @type {Error} */ (err).message
  }
}

/**
 * @typedef {object} Options
 * @property {boolean} [buildStd] Rust's standard library too, with Debian's Rust, where the toolchain has none for that
 *   system
 * @property {NodeJS.ProcessEnv} [environment] variables beside those of this process
 * @property {string} [profile] cargo's, if not that of a release: then nothing is published
 */

/**
 * Builds the library of one system by the tools that a release takes.
 *
 * @param {Platform} platform
 * @param {Options} options
 * @returns {Promise<{ library: string, folders: Folders }>} its file, and what must not be named in it
 */
async function buildFor(platform, { buildStd = false, environment, profile }) {
  const { command, environment: tools, triple } = toolsFor(platform)
  const rust = buildStd ? debianRust() : {}
  const isPublished = profile === undefined
  const std = isPublished ? WHOLE_STD : LEAST_STD
  // Of what is not published they may be named; else cargo would compile all of it anew in each clone.
  const folders = isPublished ? foldersOf(rust) : []
  const library = await buildLibrary({
    ...(command ? { command } : {}),
    ...(isPublished ? {} : { profile }),
    args: ['--target', triple, ...(buildStd ? std : [])],
    environment: {
      ...environment,
      ...environmentOf(platform, folders),
      ...tools,
      ...rust,
    },
  })
  return { library, folders }
}

/**
 * Builds the library of one system for a release.
 *
 * @param {string} name as in PLATFORMS
 * @param {Options} [options]
 * @returns {Promise<string>} its file
 */
async function buildForRelease(name, options = {}) {
  const platform = platformOf(name)
  const { library, folders } = await buildFor(platform, options)
  const binary = fs.readFileSync(library)
  requireFormat(binary, platform)
  requireOldest(binary, platform)
  requireNoFolders(binary, folders)
  const file = path.join(DIST, `tls-json-native.${name}.node`)
  fs.mkdirSync(DIST, { recursive: true })
  fs.copyFileSync(library, file)
  return file
}

module.exports = { DIST, buildFor, buildForRelease, tooNew }
