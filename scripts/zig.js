'use strict'

/**
 * zig as the C compiler and linker for other systems, by cargo-zigbuild: it brings the C libraries of all of them, and
 * glibc's in every version.
 */

const path = require('node:path')

const { KEPT } = require('./kept')
const { installTool } = require('./python/tools')

/**
 * What stands in for `cargo build`. zig itself is named: cargo-zigbuild would start it through Python, for each file of C
 * once, which takes ten times as long as many of them.
 *
 * @returns {{ command: string[], environment: { CARGO_ZIGBUILD_ZIG_PATH: string } }}
 */
function zigbuild() {
  const folder = installTool('zig', KEPT)
  const zig = process.platform === 'win32' ? 'zig.exe' : 'zig'
  return {
    command: [path.join(folder, 'bin', 'cargo-zigbuild'), 'build'],
    environment: { CARGO_ZIGBUILD_ZIG_PATH: path.join(folder, 'ziglang', zig) },
  }
}

module.exports = { zigbuild }
