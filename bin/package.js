'use strict'

const fs = require('node:fs')
const path = require('node:path')

/**
 * The package, as its users require it: the only way out of `bin`. Loaded when it is needed, so that `--help` works where
 * the native library is missing.
 */

/** @returns {typeof import('..')} */
function tlsJson() {
  return require('..')
}

/** @returns {string} its version */
function version() {
  return JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8')).version
}

module.exports = { tlsJson, version }
