'use strict'

// A copy of the sources that can be changed and built.

const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { ROOT, addonFile } = require('../../lib/engine/addon-file')
const { cargo } = require('../../scripts/prerequisites')

const LIBRARY = { darwin: 'libtls_json_native.dylib', win32: 'tls_json_native.dll' }

/** @returns {string} a copy of what git knows, to be changed at will; removed with the process */
function copy() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-mutants-'))
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }))
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  for (const name of execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0')) {
    if (name === '' || !fs.existsSync(path.join(ROOT, name))) continue
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.copyFileSync(path.join(ROOT, name), path.join(folder, name))
  }
  fs.mkdirSync(path.join(folder, 'build'), { recursive: true })
  return folder
}

/**
 * Builds the addon of a copy, with cargo's profile for development.
 *
 * @param {string} folder
 * @param {string} target cargo's target directory
 * @returns {boolean} whether it could be built
 */
function build(folder, target) {
  const args = ['build', '--locked', '--lib', '--quiet', '--target-dir', target]
  const { status, stderr } = spawnSync(cargo(), args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) {
    console.log(stderr)
    return false
  }
  const { platform } = process
  const library = LIBRARY[/** @type {keyof LIBRARY} */ (platform)] ?? 'libtls_json_native.so'
  const addon = path.join(folder, path.relative(ROOT, addonFile()))
  // Not copied over it: a process may have it open.
  fs.rmSync(addon, { force: true })
  fs.copyFileSync(path.join(target, 'debug', library), addon)
  return true
}

module.exports = { build, copy }
