'use strict'

const { existsSync } = require('node:fs')
const path = require('node:path')

const SOURCES = path.join(__dirname, 'lib')

/** @returns {typeof import('./lib/index')} */
function load() {
  if (existsSync(path.join(SOURCES, 'index.js'))) return require(SOURCES)
  // A package has all of `lib` in one file (scripts/bundle.js).
  // @ts-ignore In the repository it is there only once a package was made.
  return require('./build/tls-json.js')
}

const lib = load()

// Each export is assigned by name: cjs-module-lexer reads the names from the text, which is what makes
// `import { Server } from 'tls-json'` work.
exports.Server = lib.Server
exports.Client = lib.Client
exports.TlsJsonError = lib.TlsJsonError
exports.NotConnectedError = lib.NotConnectedError
exports.RequestTimeoutError = lib.RequestTimeoutError
exports.ConnectionLostError = lib.ConnectionLostError
exports.ConnectTimeoutError = lib.ConnectTimeoutError
exports.LimitError = lib.LimitError
