'use strict'

// The error for a native library that is not there or does not load: what was tried, why each failed, and the one
// remedy that helps.

const fs = require('node:fs')
const path = require('node:path')

const { ROOT, VARIABLE, target } = require('./addon-file')
const { TARGETS, packageName } = require('./platform-package')

/**
 * @typedef {object} Attempt
 * @property {string} where a file, or the name of a package
 * @property {NodeJS.ErrnoException} cause
 */

/** @returns {string} how to build the library from the sources */
function howToBuild() {
  return (
    `Build it with a Rust toolchain (https://rustup.rs) and a C compiler:\n` +
    `  node ${path.join(ROOT, 'scripts', 'build.js')}`
  )
}

/** @returns {{ name?: string, version?: string, optionalDependencies?: object }} */
function manifest() {
  try {
    return JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
  } catch {
    return {}
  }
}

/** @returns {string[]} libraries for other systems that are here, as files or as packages */
function forOtherSystems() {
  const files = namesIn(path.join(ROOT, 'build')).filter(name => name.endsWith('.node'))
  const beside = path.join(ROOT, '..', '@tls-json-native')
  const below = path.join(ROOT, 'node_modules', '@tls-json-native')
  const packages = [...namesIn(beside), ...namesIn(below)].filter(name => TARGETS.includes(name))
  const own = target()
  return [
    ...files.filter(name => name !== `tls-json-native.${own}.node`),
    ...packages.filter(name => name !== own).map(packageName),
  ]
}

/**
 * @param {string} folder
 * @returns {string[]} none where it cannot be read
 */
function namesIn(folder) {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

/**
 * The remedy for a file that is there and does not load.
 *
 * @param {Attempt} attempt
 * @returns {string | undefined}
 */
function remedyForFile({ where, cause: { code, message } }) {
  const folder = path.dirname(where)
  if (code === 'ERR_DLOPEN_DISABLED') {
    return 'permission' in process
      ? 'Node runs with --permission: add --allow-addons.'
      : 'Node runs with --no-addons (look into NODE_OPTIONS, too): leave it out.'
  }
  if (code === 'ERR_ACCESS_DENIED') {
    return `Node runs with --permission: add --allow-addons and --allow-fs-read=${ROOT}.`
  }
  if (/GLIBC_[\d.]+' not found/.test(message)) {
    return `The library was built for a newer glibc than this system has. ${howToBuild()}`
  }
  if (/failed to map segment/.test(message)) {
    return `${folder} is mounted without the right to run programs (noexec): move node_modules elsewhere, or mount it with exec.`
  }
  if (code === 'EACCES' || /permission denied/i.test(message)) {
    return `Let the user of this process read the file: chmod a+rx ${where}`
  }
  if (code === 'VERSION_MISMATCH') {
    return 'Install again, so that both are of one version: delete node_modules, then npm install.'
  }
  return undefined
}

/**
 * @param {Attempt[]} attempts
 * @returns {string}
 */
function remedy(attempts) {
  if (process.env[VARIABLE]) return `Correct the environment variable ${VARIABLE}, or unset it.`
  const { name, version, optionalDependencies } = manifest()
  if (name !== 'tls-json-native') {
    return (
      `The code was moved out of its package (${ROOT}), probably by a bundler. Keep the package out of the bundle\n` +
      '(esbuild: --external:tls-json; webpack and rollup: "external"), and deliver node_modules with it.'
    )
  }
  for (const attempt of attempts) {
    const found = remedyForFile(attempt)
    if (found !== undefined) return found
  }
  const own = target()
  const broken = attempts.find(({ where }) => path.isAbsolute(where) && fs.existsSync(where))
  if (broken) {
    return (
      'The file is damaged or for another system. Install again on this system: delete node_modules, then npm install.\n' +
      `Or build it. ${howToBuild()}`
    )
  }
  if (!TARGETS.includes(own)) return `There is no ready library for ${own}. ${howToBuild()}`
  if (optionalDependencies === undefined) {
    return `This package was made without a library for ${own}. ${howToBuild()}`
  }
  return forOtherSystems().length > 0
    ? `node_modules was installed on another system. Delete it and run npm install here, on ${own}.`
    : `The optional dependency was left out (npm: --omit=optional; or a lock file made for one system). Install it:\n` +
        `  npm install --include=optional ${packageName(own)}@${version}`
}

/**
 * @param {Attempt[]} attempts in the order in which they were made
 * @returns {Error & { code: 'TLSJSON_NO_BINARY' }}
 */
function noBinary(attempts) {
  const tried = attempts.map(({ where, cause }) => {
    const [reason = 'unknown'] = cause.message.split('\n', 1)
    return `  tried: ${where}\n    ${reason}`
  })
  const others = forOtherSystems()
  const lines = [
    `tls-json-native has no native library that loads on ${target()} (Node ${process.versions.node}).`,
    ...tried,
    ...(others.length > 0 ? [`  here, for other systems: ${others.join(', ')}`] : []),
    remedy(attempts),
  ]
  const cause = attempts.at(-1)?.cause
  return Object.assign(new Error(lines.join('\n'), { cause }), {
    code: /** @type {const} */ ('TLSJSON_NO_BINARY'),
  })
}

exports.noBinary = noBinary
