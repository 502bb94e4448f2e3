'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** The folder of package.json: everything else is found from here. */
const ROOT = path.resolve(__dirname, '..', '..')

/** Where it names the library's file, nothing else is tried. */
const VARIABLE = 'TLSJSON_BINARY'

/** The C library, or the compiler's ABI, that follows platform and processor in a target's name. */
const ABI = /** @type {Record<string, string | undefined>} */ ({ linux: 'gnu', win32: 'msvc' })

/** Whether a musl loader is where every program for musl looks for it; a glibc system may have one beside its own. */
function hasMuslLoader() {
  try {
    return fs.readdirSync('/lib').some(name => name.startsWith('ld-musl-'))
  } catch {
    return false
  }
}

/**
 * Whether this process runs on musl (Alpine) rather than glibc. The two cannot load each other's
 * libraries, so a binary is named for one of them.
 *
 * @returns {boolean}
 */
function isMusl() {
  // The report costs 7 ms, so only where there is a doubt.
  if (process.platform !== 'linux' || !hasMuslLoader() || !process.report) return false
  // Without this the report resolves the names of open sockets, which can take seconds.
  const report = /** @type {{ excludeNetwork?: boolean }} */ (process.report)
  const { excludeNetwork } = report
  report.excludeNetwork = true
  try {
    const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
      /** @type {unknown} */ (process.report.getReport())
    )
    return header.glibcVersionRuntime === undefined
  } finally {
    report.excludeNetwork = excludeNetwork
  }
}

/**
 * The system that this process runs on, as a binary for it is named: `linux-x64-musl`, `darwin-arm64`.
 *
 * @returns {string}
 */
function target() {
  const abi = isMusl() ? 'musl' : ABI[process.platform]
  return [process.platform, process.arch, ...(abi === undefined ? [] : [abi])].join('-')
}

/**
 * The same system with the other C library. Tried last, for a Linux whose C library could not be told.
 *
 * @param {string} name
 * @returns {string | undefined} undefined where there is only one
 */
function otherLibc(name) {
  if (name.endsWith('-gnu')) return name.replace(/gnu$/, 'musl')
  if (name.endsWith('-musl')) return name.replace(/musl$/, 'gnu')
  return undefined
}

/**
 * Absolute path of the native library that a build makes here, or that came inside the package.
 *
 * @param {string} [name] the system it is for
 * @returns {string}
 */
function addonFile(name = target()) {
  return path.join(ROOT, 'build', `tls-json-native.${name}.node`)
}

module.exports = { ROOT, VARIABLE, addonFile, otherLibc, target }
