'use strict'

/**
 * `npm run test:reproducible`: whether the library in dist/ comes out as the same bytes once more, built in another folder with
 * crates that lie elsewhere. `-- linux-x64-musl` chooses the system; `--build-std` as for `npm run build`, which makes the
 * first.
 */

const { execFileSync, spawnSync } = require('node:child_process')
const crypto = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { ROOT, target } = require('../../lib/engine/addon-file')
const { DIST } = require('../cross')
const { KEPT } = require('../kept')
const { libraryName } = require('../pack/stage')
const { platformOf } = require('../platforms')
const { runMain } = require('../prerequisites')

/**
 * @param {string} folder where the repository's files are copied to
 */
function copySources(folder) {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const names = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0')
  for (const name of names) {
    if (name === '' || !fs.existsSync(path.join(ROOT, name))) continue
    fs.cpSync(path.join(ROOT, name), path.join(folder, name))
  }
}

/**
 * @param {string} home
 * @returns {string} the same home of cargo by another path
 */
function otherCargoHome(home) {
  const own = process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo')
  fs.mkdirSync(home)
  for (const name of fs.readdirSync(own)) {
    fs.symlinkSync(path.join(own, name), path.join(home, name))
  }
  return home
}

/**
 * @param {string} name the system
 * @param {string} folder an empty one
 * @param {string[]} flags
 * @returns {Buffer} the library
 */
function buildAgain(name, folder, flags) {
  const source = path.join(folder, 'another-folder', 'source')
  fs.mkdirSync(path.join(source, 'target'), { recursive: true })
  copySources(source)
  // What builds it is not what differs, and fetched once.
  for (const each of ['zig', 'debian-rust']) {
    if (!fs.existsSync(path.join(KEPT, each))) continue
    fs.symlinkSync(path.join(KEPT, each), path.join(source, 'target', each))
  }
  const args = [path.join('scripts', 'build.js'), '--target', name, ...flags]
  const { status, error } = spawnSync(process.execPath, args, {
    cwd: source,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      CARGO_TARGET_DIR: path.join(folder, 'compiled'),
      CARGO_HOME: otherCargoHome(path.join(folder, 'crates')),
    },
  })
  if (error) throw error
  if (status !== 0) throw new Error('It could not be built again.')
  return fs.readFileSync(path.join(source, 'dist', libraryName(platformOf(name))))
}

/**
 * @param {Buffer} library
 * @returns {string}
 */
function described(library) {
  const hash = crypto.createHash('sha256').update(library).digest('hex')
  return `${library.length} bytes, SHA-256 ${hash}`
}

runMain(() => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { 'build-std': { type: 'boolean', default: false } },
  })
  const name = positionals[0] ?? target()
  const file = path.join(DIST, libraryName(platformOf(name)))
  if (!fs.existsSync(file)) {
    throw new Error(`There is no ${file}: npm run build -- --target ${name}`)
  }
  const first = fs.readFileSync(file)
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-again-')))
  try {
    const second = buildAgain(name, folder, values['build-std'] ? ['--build-std'] : [])
    console.log(`first:  ${described(first)}\nsecond: ${described(second)}`)
    if (!first.equals(second)) throw new Error(`Two builds of ${name} differ.`)
    console.log(`Two builds of ${name} are the same bytes.`)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
})
