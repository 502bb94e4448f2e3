'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** @type {typeof import('./lib/cluster')} */
let lib
try {
  lib = require('./lib/cluster')
} catch (err) {
  if (fs.existsSync(path.join(__dirname, 'lib', 'cluster', 'index.js'))) throw err
  // The package as it is installed has it in one file, as it has the rest (scripts/bundle.js).
  lib = require('./build/cluster.js')
}

// By name, as in index.js.
exports.Cluster = lib.Cluster
exports.memoryBroker = lib.memoryBroker
exports.nats = lib.nats
exports.redis = lib.redis
