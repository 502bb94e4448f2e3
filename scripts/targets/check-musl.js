'use strict'

/**
 * `npm run check:musl`: whether the README's programs run on musl, with a library that is built for it as fast as can be:
 * by the tools of a release, but without optimization. Needs root and a Debian. What a release has is tried by
 * `npm run test:targets`.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { buildFor } = require('../cross')
const { platformOf } = require('../platforms')
const { PrerequisiteError, requireRust, runMain } = require('../prerequisites')
const { CHECKS, forgetPackage, typesFolder } = require('./checks')
const { unpack } = require('./debian')
const { enter } = require('./enter')
const { muslNode } = require('./nodes')
const { ROWS } = require('./rows')

const NAME = 'linux-x64-musl'

const WORK = path.join(ROOT, 'target', 'targets')

/** What of the repository the programs inside need. */
const SOURCES = ['index.js', 'Client.js', 'Server.js', 'package.json', 'examples', 'lib', 'scripts']

/** @returns {Promise<string>} the library */
async function build() {
  const platform = platformOf(NAME)
  forgetPackage([platform.triple])
  const { library } = await buildFor(platform, {
    buildStd: true,
    profile: 'dev',
    environment: {
      CARGO_PROFILE_DEV_DEBUG: 'false',
      CARGO_TARGET_DIR: CHECKS,
      NAPI_TYPE_DEF_TMP_FOLDER: typesFolder(),
    },
  })
  return library
}

/**
 * Puts together the least that Node runs in, with musl alone as its C library.
 *
 * @param {string} root its folder
 * @param {string} library
 * @returns {string} Node, as the system inside sees it
 */
function makeSystem(root, library) {
  const row = ROWS.find(each => each.library === NAME)
  if (row?.beside === undefined) throw new Error(`${NAME} is among no rows.`)
  fs.rmSync(root, { recursive: true, force: true })
  for (const name of ['dev', 'etc', 'opt', 'proc', 'source/build', 'tmp', 'usr/lib']) {
    fs.mkdirSync(path.join(root, name), { recursive: true })
  }
  fs.symlinkSync('usr/lib', path.join(root, 'lib'))
  unpack(row.beside, path.join(WORK, 'packages'), root)
  fs.writeFileSync(path.join(root, 'etc', 'hosts'), '127.0.0.1 localhost\n::1 localhost\n')
  // What programs without input read.
  fs.writeFileSync(path.join(root, 'dev', 'null'), '')
  for (const name of SOURCES) {
    fs.cpSync(path.join(ROOT, name), path.join(root, 'source', name), { recursive: true })
  }
  const addon = path.join(root, 'source', 'build', `tls-json-native.${NAME}.node`)
  fs.copyFileSync(library, addon)
  const { folder, program } = muslNode(platformOf(NAME).cpu, row.node, path.join(WORK, 'nodes'))
  fs.cpSync(folder, path.join(root, 'opt', 'node'), { recursive: true })
  return path.posix.join('/opt/node', program)
}

runMain(async () => {
  if (process.getuid?.() !== 0) throw new PrerequisiteError('Only root can enter another system.')
  console.log(requireRust())
  const root = path.join(WORK, 'roots', 'least-musl')
  const node = makeSystem(root, await build())
  const inside = `
    const { target } = require('/source/lib/engine/addon-file')
    console.log(target(), process.version)
    if (target() !== '${NAME}') throw new Error('This is not musl.')
    require('/source/scripts/start').tryPrograms()`
  const failure = await enter(root, [node, '-e', inside], { output: process.stdout.fd })
  if (failure !== undefined) throw new Error(`The README's programs on musl: ${failure}.`)
})
