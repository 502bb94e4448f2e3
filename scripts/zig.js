'use strict'

/**
 * zig as the C compiler and linker for other systems, by cargo-zigbuild: it brings the C libraries of all of them, and
 * glibc's in every version.
 */

const path = require('node:path')

const { installTool } = require('./python/tools')

/** @returns {{ command: string[], environment: NodeJS.ProcessEnv }} what stands in for `cargo build` */
function zigbuild() {
  const folder = installTool('zig')
  const modules = [folder, process.env.PYTHONPATH].filter(Boolean)
  return {
    command: [path.join(folder, 'bin', 'cargo-zigbuild'), 'build'],
    environment: { PYTHONPATH: modules.join(path.delimiter) },
  }
}

module.exports = { zigbuild }
