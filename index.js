'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** @type {typeof import('./lib/tls-json')} */
let lib
try {
  lib = require('./lib/tls-json')
} catch (err) {
  if (fs.existsSync(path.join(__dirname, 'lib', 'tls-json.js'))) throw err
  // The package as it is installed has this in one file, which `npm pack` makes (scripts/bundle.js).
  lib = require('./build/tls-json.js')
}

// Each class is assigned by name: cjs-module-lexer reads the names from the text, which is what makes
// `import { Server } from 'tls-json'` work.
exports.Server = lib.Server
exports.Client = lib.Client
exports.TlsJsonError = lib.TlsJsonError
exports.NotConnectedError = lib.NotConnectedError
exports.RequestTimeoutError = lib.RequestTimeoutError
exports.ConnectionLostError = lib.ConnectionLostError
exports.RemoteError = lib.RemoteError
exports.ConnectTimeoutError = lib.ConnectTimeoutError
exports.LimitError = lib.LimitError
exports.createCertificate = lib.createCertificate
