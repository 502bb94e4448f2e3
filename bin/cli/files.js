'use strict'

const fs = require('node:fs')

const { UsageError } = require('./usage-error')

/**
 * @param {string} option that named it
 * @param {string} file
 * @returns {Buffer}
 */
function readFile(option, file) {
  try {
    return fs.readFileSync(file)
  } catch (err) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (err)
    throw new UsageError(`--${option}: cannot read ${file}: ${code}`)
  }
}

/**
 * @param {string} option that named them
 * @param {string[]} files
 * @returns {Buffer[]}
 */
function readFiles(option, files) {
  return files.map(file => readFile(option, file))
}

module.exports = { readFile, readFiles }
