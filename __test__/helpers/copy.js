'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { cleanup } = require('./cleanup')
const { writeBundles } = require('../../scripts/bundle')
const { directory } = require('./subject')

/**
 * @param {import('node:test').TestContext} t
 * @param {string[]} names what is copied beside what was built
 * @returns {string} a directory, which goes with the test
 */
function copy(t, names) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-copy-'))
  cleanup(t, () => {
    try {
      fs.rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      // There a library that this process has loaded stays.
      if (process.platform !== 'win32') throw error
    }
  })
  for (const name of names) {
    fs.cpSync(path.join(directory, name), path.join(folder, name), { recursive: true })
  }
  const build = path.join(directory, 'build')
  fs.mkdirSync(path.join(folder, 'build'))
  for (const name of fs.readdirSync(build).filter(each => /\.(node|js)$/.test(each))) {
    fs.copyFileSync(path.join(build, name), path.join(folder, 'build', name))
  }
  return folder
}

/** What stands beside `lib`, or what is made of it. */
const ENTRIES = ['package.json', 'index.js', 'Server.js', 'Client.js']

/**
 * What is loaded when the package is required, somewhere else.
 *
 * @param {import('node:test').TestContext} t
 * @returns {string} its directory
 */
function copyPackage(t) {
  return copy(t, [...ENTRIES, 'lib'])
}

/**
 * The package with its JavaScript as it is published, for tests of when and how that is loaded. In the repository a file that
 * is put off is opened when it is wanted. The published package has read it before, when it was loaded itself.
 *
 * @param {import('node:test').TestContext} t
 * @returns {string} its directory; the subject's own, if it is not the repository
 */
function publishedPackage(t) {
  if (!fs.existsSync(path.join(directory, 'lib', 'tls-json.js'))) return directory
  writeBundles()
  return copy(t, ENTRIES)
}

module.exports = { copyPackage, publishedPackage }
