'use strict'

/**
 * Builds the addon if it is not up to date: `node scripts/build.js`. Needs cargo and nothing from
 * npm; does nothing, fast, when there is nothing to do. Also what start, test and packing call.
 *
 * `-- --portable` builds this system's library for a release, so that older systems load it too; `-- --target NAME`
 * (linux-arm64-musl) another system's. Both go to dist/. `--build-std` where the toolchain has no standard library for
 * it: with Debian's Rust and zig.
 */

const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { ROOT, target } = require('../lib/engine/addon-file')
const { addonFile, hashSources, keep, staleness } = require('./addon')
const { buildLibrary } = require('./cargo')
const { requireNode, requireRust, runMain } = require('./prerequisites')

/**
 * Turns a file error into one that says what to do.
 *
 * @param {unknown} err
 * @returns {unknown}
 */
function explain(err) {
  const { code, path: from, dest } = /** @type {NodeJS.ErrnoException & { dest?: string }} */ (err)
  const where = dest ?? from
  if (code === 'ENOSPC') return new Error(`The disk is full: ${where ?? ROOT}. Free about 500 MB.`)
  if (code === 'EACCES' || code === 'EROFS') {
    return new Error(`${where ?? ROOT} cannot be written. Build as the user who owns it.`)
  }
  if (code === 'EPERM' || code === 'EBUSY') {
    return new Error(`${where ?? ROOT} is in use. End the programs that have loaded it.`)
  }
  return err
}

/** Whether the library is built as a release has it: with `TLSJSON_BUILD=portable` in the environment. */
const portable = process.env.TLSJSON_BUILD === 'portable'

// Not among what users get with the sources: they build for the machine they are on.
const cross = portable ? require('./cross') : undefined

/**
 * Compiles the library of this machine.
 *
 * @param {NodeJS.ProcessEnv} [environment] variables beside those of this process
 * @returns {Promise<string>} its file
 */
function compile(environment) {
  return cross ? cross.buildForRelease(target(), { environment }) : buildLibrary({ environment })
}

/**
 * Makes sure that build/ holds an addon that was built from these sources and loads.
 *
 * @returns {Promise<boolean>} whether it had to be built
 */
async function build() {
  requireNode()
  // Taken before the build, so that a source that changes during it is built again next time.
  const sources = hashSources()
  const reason = staleness(sources) ?? cross?.tooNew(addonFile(), target())
  if (reason === undefined) return false

  requireRust()
  const name = path.relative(ROOT, addonFile())
  console.log(`Building ${name}: ${reason}.`)
  console.log('The first time this takes a few minutes; cargo shows how far it is.')
  const started = performance.now()
  try {
    const folder = path.dirname(addonFile())
    fs.mkdirSync(folder, { recursive: true })
    // Before minutes are spent on what could not be kept.
    fs.accessSync(folder, fs.constants.W_OK)
    keep(await compile(), sources)
  } catch (err) {
    throw explain(err)
  }
  console.log(`Built ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s; it loads.`)
  return true
}

module.exports = { build, compile }

if (require.main === module) {
  runMain(async () => {
    const { values } = parseArgs({
      options: {
        portable: { type: 'boolean', default: false },
        target: { type: 'string' },
        'build-std': { type: 'boolean', default: false },
      },
    })
    const name = values.target ?? (values.portable ? target() : undefined)
    if (name !== undefined) {
      requireRust()
      const { buildForRelease } = require('./cross')
      const file = await buildForRelease(name, { buildStd: values['build-std'] })
      console.log(`Built ${path.relative(ROOT, file)}.`)
      return
    }
    const built = await build()
    if (!built) console.log(`${path.relative(ROOT, addonFile())} is up to date.`)
  })
}
