'use strict'

// The original has no "exports" map, so programs may ask for this file by its name.
module.exports = require('./index').Server
