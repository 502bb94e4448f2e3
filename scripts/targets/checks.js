'use strict'

/**
 * Where what is compiled for other systems to be checked lies: with the same compiler and in one folder, so that what runs
 * on this machine meanwhile (macros, build scripts) is compiled once.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')

const CHECKS = path.join(ROOT, 'target', 'check-targets')

/** @returns {string} for the types of what is exported. Not build/types: what is left out for one system is missing in it. */
function typesFolder() {
  const folder = path.join(CHECKS, 'types')
  fs.mkdirSync(folder, { recursive: true })
  return folder
}

module.exports = { CHECKS, typesFolder }
