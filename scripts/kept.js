'use strict'

/**
 * Where what other systems need is kept: zig, Debian's Rust, and what that compiles, its standard libraries above all. In
 * target/, or in the folder that `TLSJSON_KEPT` names, so that the next clone on this machine has it, too: cargo knows what
 * of it has changed.
 */

const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')

const KEPT = path.resolve(process.env.TLSJSON_KEPT || path.join(ROOT, 'target'))

module.exports = { KEPT }
