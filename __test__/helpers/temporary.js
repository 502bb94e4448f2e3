'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/**
 * A folder of a test's own, gone when the test is over.
 *
 * @param {import('node:test').TestContext} t
 * @returns {string}
 */
function temporary(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-'))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

module.exports = { temporary }
