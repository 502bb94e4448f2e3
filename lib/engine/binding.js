'use strict'

const fs = require('node:fs')
const path = require('node:path')

const { VARIABLE, addonFile, otherLibc, target } = require('./addon-file')
const { guard } = require('./border')
const { later } = require('../host/later')
const { fileInPackage, packageName } = require('./platform-package')

/** @typedef {import('./no-binary').Attempt} Attempt */

const failing = later(() => require('./no-binary'))

/**
 * The places of the library, in the order in which they are tried: what was built here or came inside the package, the
 * platform's package, then both for the other C library.
 *
 * @returns {Generator<{ where: string, find: () => string }>}
 */
function* places() {
  const named = process.env[VARIABLE]
  if (named) {
    const file = path.resolve(named)
    yield { where: file, find: () => present(file) }
    return
  }
  const own = target()
  for (const name of [own, otherLibc(own)]) {
    if (name === undefined) continue
    yield { where: addonFile(name), find: () => present(addonFile(name)) }
    yield { where: packageName(name), find: () => fileInPackage(name) }
  }
}

/**
 * @param {string} file
 * @returns {string} the same
 * @throws {Error} where there is none: `require` would say so in many lines
 */
function present(file) {
  fs.accessSync(file)
  return file
}

/**
 * Loads the native library of this system.
 *
 * @returns {typeof import('./binding.js')}
 * @throws {Error & { code: 'TLSJSON_NO_BINARY' }} where there is none that loads
 */
function load() {
  /** @type {Attempt[]} */
  const attempts = []
  for (const { where, find } of places()) {
    let file = where
    try {
      file = find()
      return guard(require(file))
    } catch (err) {
      attempts.push({ where: file, cause: /** @type {NodeJS.ErrnoException} */ (err) })
    }
  }
  throw failing().noBinary(attempts)
}

module.exports = load()
