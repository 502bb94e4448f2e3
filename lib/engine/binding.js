'use strict'

const fs = require('node:fs')
const path = require('node:path')

const { ROOT, addonFile, target } = require('./addon-file')
const { guard } = require('./border')

/** Which binaries came with the package, for a message about a platform that is not among them. */
function shipped() {
  try {
    return fs.readdirSync(path.join(ROOT, 'build')).filter(name => name.endsWith('.node'))
  } catch {
    return []
  }
}

/**
 * The one error for a native library that is not there or does not load: what was tried, why it
 * failed, what to do.
 *
 * @param {string} file what was tried
 * @param {unknown} cause why it failed
 * @returns {Error & { code: string }}
 */
function noBinary(file, cause) {
  const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)
  const others = shipped().filter(name => name !== path.basename(file))
  const node = `Node ${process.versions.node}`
  const lines = [
    `tls-json-native has no native library that loads on ${target()} (${node}).`,
    fs.existsSync(file) ? `  tried: ${file}\n  reason: ${reason}` : `  missing: ${file}`,
  ]
  if (others.length > 0) lines.push(`  here, for other systems: ${others.join(', ')}`)
  lines.push(
    'It can be built where it is installed, with a Rust toolchain (https://rustup.rs):',
    `  node ${path.join(ROOT, 'scripts', 'build.js')}`,
    'or `npm rebuild tls-json-native` (by the name it is installed under, such as tls-json).',
    'Package managers that skip install scripts must be told to run them: `npm install` without',
    '--ignore-scripts, `npm approve-scripts`, `pnpm approve-builds`, or "trustedDependencies" for Bun.',
  )
  return Object.assign(new Error(lines.join('\n'), { cause }), { code: 'TLSJSON_NO_BINARY' })
}

/**
 * Loads the native library of this platform.
 *
 * @returns {typeof import('./binding.js')}
 * @throws {Error & { code: 'TLSJSON_NO_BINARY' }} where there is none that loads
 */
function load() {
  const file = addonFile()
  try {
    return guard(require(file))
  } catch (err) {
    throw noBinary(file, err)
  }
}

module.exports = load()
