'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { cleanup } = require('./cleanup')
const { directory } = require('./subject')

/**
 * What is loaded when the package is required, somewhere else.
 *
 * @param {import('node:test').TestContext} t
 * @returns {string} its directory, which goes with the test
 */
function copyPackage(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-copy-'))
  cleanup(t, () => {
    try {
      fs.rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      // There a library that this process has loaded stays.
      if (process.platform !== 'win32') throw error
    }
  })
  for (const name of ['package.json', 'index.js', 'Server.js', 'Client.js', 'lib']) {
    fs.cpSync(path.join(directory, name), path.join(folder, name), { recursive: true })
  }
  const build = path.join(directory, 'build')
  fs.mkdirSync(path.join(folder, 'build'))
  for (const name of fs.readdirSync(build).filter(each => /\.(node|js)$/.test(each))) {
    fs.copyFileSync(path.join(build, name), path.join(folder, 'build', name))
  }
  return folder
}

module.exports = { copyPackage }
