'use strict'

// The native library of one system, as an optional dependency of its own.

const path = require('node:path')

const { ROOT } = require('./addon-file')

/** Those that are published; elsewhere the library is built from the sources. */
const TARGETS = [
  'linux-x64-gnu',
  'linux-arm64-gnu',
  'linux-x64-musl',
  'linux-arm64-musl',
  'darwin-arm64',
  'darwin-x64',
  'win32-x64-msvc',
  'win32-arm64-msvc',
]

/**
 * @param {string} target
 * @returns {string}
 */
function packageName(target) {
  return `@tls-json-native/${target}`
}

/**
 * The library in an installed platform package.
 *
 * @param {string} target
 * @returns {string} its file
 * @throws {Error} where the package is not installed, or of another version than this one
 */
function fileInPackage(target) {
  const name = packageName(target)
  const manifest = require.resolve(`${name}/package.json`)
  const { version } = require(path.join(ROOT, 'package.json'))
  const { version: found } = require(manifest)
  if (found !== version) {
    throw Object.assign(new Error(`${name} is ${found}, and this package is ${version}`), {
      code: 'VERSION_MISMATCH',
    })
  }
  return require.resolve(name)
}

module.exports = { TARGETS, fileInPackage, packageName }
