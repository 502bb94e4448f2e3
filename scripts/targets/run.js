'use strict'

/**
 * `npm run test:targets`: installs the packages in dist/packages on systems that this machine can pretend to be, and runs
 * the README's programs, the recorded transcripts and a part of the tests there. Words choose rows by their name.
 *
 * Each row passes, fails, or is not available: without its library in dist/, or without what has to be fetched; with
 * `--complete` that is a failure, too. The outcomes are written to docs/reference/platforms.json, and from there into
 * platforms.md.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { DIST } = require('../cross')
const { libraryName } = require('../pack/stage')
const { platformOf } = require('../platforms')
const { runMain, versionOf } = require('../prerequisites')
const { makeRoot, quietly, unpack } = require('./debian')
const { QEMU, enter } = require('./enter')
const { glibcNode, muslNode, otherRuntime, windowsNode } = require('./nodes')
const { ROWS, runtimeOf } = require('./rows')
const { record } = require('./table')
const wine = require('./wine')

/** @typedef {import('./rows').Row} Row */
/** @typedef {import('./table').Outcome} Outcome */

const WORK = path.join(ROOT, 'target', 'targets')

/** Where things are in a system. */
const TRY = '/source/scripts/try-packages.js'
const PACKAGES = '/source/packages'
const NPM = '/opt/npm/bin/npm-cli.js'

/** What of the repository the programs inside need. */
const SOURCES = ['__test__', 'examples', 'lib', 'scripts', 'package.json']

/** The part of the tests that runs there, beside the transcripts. */
const TESTS = ['protocol/requests.test.js', 'protocol/framing.test.js', 'connection/end.test.js']

/**
 * @param {string} name of a target
 * @returns {string} where its library is when it is built
 */
function builtFile(name) {
  return path.join(DIST, libraryName(platformOf(name)))
}

/**
 * @param {Row} row
 * @returns {string | undefined} what is missing
 */
function missing({ library, standIn = library, emulated }) {
  if (!fs.existsSync(builtFile(standIn))) {
    return `no library in dist/: npm run build -- --target ${standIn}`
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'needs Linux on x64'
  if (process.getuid?.() !== 0) return 'needs root'
  if (versionOf('debootstrap', ['--version']) === undefined) return 'needs debootstrap'
  if (emulated && !fs.existsSync(QEMU)) return 'needs qemu-user-static'
  return undefined
}

/**
 * @typedef {object} Prepared
 * @property {string} root the folder of the system
 * @property {string[]} command what runs the programs there, as the system inside sees it
 * @property {Record<string, string>} env
 */

/**
 * Puts together the system of a row.
 *
 * @param {Row} row
 * @returns {Prepared}
 */
function prepare({ library, suite, node: major, beside, other }) {
  const { cpu, libc } = platformOf(library)
  const plain = path.join(WORK, 'roots', suite)
  makeRoot(suite, plain)
  const root = beside ? path.join(WORK, 'roots', library) : plain
  if (beside && !fs.existsSync(root)) {
    quietly('cp', ['--archive', plain, root])
    unpack(beside, path.join(WORK, 'packages'), root)
    if (libc === 'musl') becomeMusl(root)
  }
  const nodeFor = libc === 'musl' ? muslNode : glibcNode
  const node = nodeFor(cpu, major, path.join(WORK, 'nodes'))
  fill(root, node)
  if (other) {
    const file = otherRuntime(other.name, other.version, path.join(WORK, 'nodes'))
    fs.cpSync(file, path.join(root, 'opt', other.name))
  }
  const program = path.join('/opt/node', node.program)
  const flags = other ? [`--${other.name}`, `/opt/${other.name}`] : []
  return {
    root,
    command: [program, TRY, ...flags, PACKAGES, ...TESTS],
    env: {
      PATH: `${path.dirname(program)}:/usr/bin:/bin`,
      HOME: '/tmp',
      npm_execpath: NPM,
    },
  }
}

/**
 * Puts together a Windows, as far as wine is it.
 *
 * @param {Row} row
 * @param {string} standIn
 * @returns {Prepared}
 */
function prepareWindows({ library, suite, node: major }, standIn) {
  const platform = platformOf(library)
  const root = path.join(WORK, 'roots', standIn)
  makeRoot(suite, root, wine.INCLUDED)
  const node = windowsNode(platform.cpu, major, path.join(WORK, 'nodes'))
  fill(root, node)
  wine.addPrograms(root)
  wine.packAs({ platform, file: builtFile(standIn) }, path.join(root, PACKAGES))
  const files = [path.join('/opt/node', node.program), TRY, PACKAGES].map(wine.windowsPath)
  return {
    root,
    command: wine.underWine([...files, ...TESTS]),
    env: { ...wine.ENVIRONMENT, npm_execpath: wine.windowsPath(NPM) },
  }
}

/**
 * Puts what is tried into a system, and what tries it.
 *
 * @param {string} root
 * @param {import('./nodes').Node} node
 */
function fill(root, { folder }) {
  for (const name of ['source', 'opt']) {
    fs.rmSync(path.join(root, name), { recursive: true, force: true })
  }
  fs.cpSync(folder, path.join(root, 'opt', 'node'), { recursive: true })
  for (const name of SOURCES) {
    fs.cpSync(path.join(ROOT, name), path.join(root, 'source', name), { recursive: true })
  }
  fs.cpSync(path.join(DIST, 'packages'), path.join(root, PACKAGES), { recursive: true })
  const npm = path.dirname(path.dirname(fs.realpathSync(npmProgram())))
  fs.cpSync(npm, path.join(root, 'opt', 'npm'), { recursive: true })
}

/**
 * Has npm take the system for one with musl: it reads the text of `ldd`, which is such a script there.
 *
 * @param {string} root
 */
function becomeMusl(root) {
  const [loader = ''] = fs
    .readdirSync(path.join(root, 'lib'))
    .filter(name => /^ld-musl-/.test(name))
  const text = `#!/bin/sh\nexec /lib/${loader} --list -- "$@"\n`
  fs.writeFileSync(path.join(root, 'usr', 'bin', 'ldd'), text)
}

/** @returns {string} npm's own program */
function npmProgram() {
  const found = [
    process.env.npm_execpath,
    ...(process.env.PATH ?? '').split(path.delimiter).map(folder => path.join(folder, 'npm')),
  ].find(file => file !== undefined && fs.existsSync(file))
  if (found === undefined) throw new Error('npm was not found.')
  return found
}

/**
 * @param {Row} row
 * @returns {Promise<Outcome>}
 */
async function attempt(row) {
  const { system, library, emulated = false } = row
  const runtime = runtimeOf(row)
  const outcome = { system, library, runtime, date: new Date().toISOString().slice(0, 10) }
  const reason = missing(row)
  if (reason !== undefined) return { ...outcome, result: 'not available', detail: reason }
  const log = path.join(WORK, `${`${system} ${runtime}`.replace(/[^\w.]+/g, '-')}.log`)
  const output = fs.openSync(log, 'w')
  try {
    const { root, command, env } = row.standIn ? prepareWindows(row, row.standIn) : prepare(row)
    const failure = await enter(root, command, { emulated, env, output })
    if (failure === undefined) return { ...outcome, result: 'passed', detail: '' }
    return { ...outcome, result: 'failed', detail: `${failure}: ${path.relative(ROOT, log)}` }
  } catch (err) {
    return {
      ...outcome,
      result: 'not available',
      detail: /** @type {Error} */ (err).message.split('\n', 1)[0] ?? '',
    }
  } finally {
    fs.closeSync(output)
  }
}

runMain(async () => {
  const given = process.argv.slice(2)
  const words = given.filter(word => word !== '--complete')
  fs.mkdirSync(WORK, { recursive: true })
  const rows = ROWS.filter(row => {
    const name = `${row.system} ${row.library} ${runtimeOf(row)}`
    return words.length === 0 || words.some(word => name.includes(word))
  })
  /** @type {Outcome[]} */
  const outcomes = []
  for (const row of rows) {
    const started = performance.now()
    const outcome = await attempt(row)
    const seconds = `${((performance.now() - started) / 1000).toFixed(0)} s`
    outcomes.push(outcome)
    const { result, system, library, runtime, detail } = outcome
    console.log([result, system, library, runtime, seconds, detail].join('  '))
  }
  record(outcomes)
  const bad = given.includes('--complete') ? ['failed', 'not available'] : ['failed']
  if (outcomes.some(({ result }) => bad.includes(result))) throw new Error('Not all passed.')
})
