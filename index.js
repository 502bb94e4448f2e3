'use strict'

// Each class is assigned by name, as a plain require: cjs-module-lexer reads the names from the text,
// which is what makes `import { Server } from 'tls-json'` work.
exports.Server = require('./lib/server')
exports.Client = require('./lib/client')

const errors = require('./lib/errors/classes')
exports.TlsJsonError = errors.TlsJsonError
exports.NotConnectedError = errors.NotConnectedError
exports.RequestTimeoutError = errors.RequestTimeoutError
exports.ConnectionLostError = errors.ConnectionLostError
exports.ConnectTimeoutError = errors.ConnectTimeoutError
exports.LimitError = errors.LimitError
