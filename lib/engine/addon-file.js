'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** The folder of package.json: everything else is found from here. */
const ROOT = path.resolve(__dirname, '..', '..')

/** Whether a musl loader is installed; a glibc system may have one beside its own. */
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
  if (process.platform !== 'linux' || !process.report || !hasMuslLoader()) return false
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
 * Platform, processor and C library, as they stand in the name of the addon: `linux-x64-musl`.
 *
 * @returns {string}
 */
function target() {
  return `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`
}

/**
 * Absolute path of the native library for this process.
 *
 * @returns {string}
 */
function addonFile() {
  return path.join(ROOT, 'build', `tls-json-native.${target()}.node`)
}

module.exports = { ROOT, addonFile, target }
