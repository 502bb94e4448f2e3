'use strict'

const { randomUUID } = require('node:crypto')
const path = require('node:path')

const { temporaryFolder } = require('./cleanup')

/**
 * @param {import('node:test').TestContext} t
 * @returns {string} a path that nobody listens on: of a socket in a folder of its own, or on Windows of a pipe
 */
function newPath(t) {
  if (process.platform === 'win32') return `\\\\.\\pipe\\tls-json-native-${randomUUID()}`
  return path.join(temporaryFolder(t), 'pipe')
}

module.exports = { newPath }
