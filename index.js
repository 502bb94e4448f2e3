'use strict'

// Each class is assigned by name, as a plain require: cjs-module-lexer reads the names from the text,
// which is what makes `import { Server } from 'tls-json'` work.
exports.Server = require('./lib/server')
exports.Client = require('./lib/client')
