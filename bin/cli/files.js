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

/** What is to be in a file, and how it begins there: a wrong file is ignored, or a riddle, in the libraries of TLS. */
const KINDS = {
  'a certificate': /-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/,
  'a private key': /-----BEGIN ([A-Z0-9]+ )?PRIVATE KEY-----/,
  'a revocation list': /-----BEGIN X509 CRL-----/,
}

/**
 * @param {string} option that named it
 * @param {string} file
 * @param {keyof typeof KINDS} kind
 * @returns {Buffer}
 */
function readPem(option, file, kind) {
  const content = readFile(option, file)
  if (!KINDS[kind].test(content.toString('latin1'))) {
    throw new UsageError(`--${option}: ${file} has no ${kind.replace('a ', '')} (PEM)`)
  }
  return content
}

/**
 * @param {string} option that named them
 * @param {string[]} files
 * @param {keyof typeof KINDS} kind
 * @returns {Buffer[]}
 */
function readPems(option, files, kind) {
  return files.map(file => readPem(option, file, kind))
}

module.exports = { readFile, readPem, readPems }
