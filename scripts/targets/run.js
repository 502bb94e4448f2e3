'use strict'

/**
 * `npm run test:targets`: installs the packages in dist/packages on systems that this machine can pretend to be, and runs
 * the README's programs, the recorded transcripts and a part of the tests there. Words choose rows by their name.
 *
 * Each row passes, fails, or is not available: without its library in dist/, or without what has to be fetched. The
 * outcomes are written to docs/reference/platforms.json, and from there into platforms.md.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { DIST } = require('../cross')
const { libraryName } = require('../pack/stage')
const { platformOf } = require('../platforms')
const { runMain } = require('../prerequisites')
const { makeRoot, quietly, unpack } = require('./debian')
const { QEMU, enter } = require('./enter')
const { glibcNode, muslNode } = require('./nodes')
const { ROWS } = require('./rows')
const { record } = require('./table')

/** @typedef {import('./rows').Row} Row */
/** @typedef {import('./table').Outcome} Outcome */

const WORK = path.join(ROOT, 'target', 'targets')

/** What of the repository the programs inside need. */
const SOURCES = ['__test__', 'examples', 'lib', 'scripts', 'package.json']

/** The part of the tests that runs there, beside the transcripts. */
const TESTS = ['protocol/requests.test.js', 'protocol/framing.test.js', 'connection/end.test.js']

/**
 * @param {Row} row
 * @returns {string | undefined} what is missing
 */
function missing({ library, emulated }) {
  if (!fs.existsSync(path.join(DIST, libraryName(platformOf(library))))) {
    return `no library in dist/: npm run build -- --target ${library}`
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'needs Linux on x64'
  if (process.getuid?.() !== 0) return 'needs root'
  if (emulated && !fs.existsSync(QEMU)) return 'needs qemu-user-static'
  return undefined
}

/**
 * Puts together the system of a row.
 *
 * @param {Row} row
 * @returns {{ root: string, node: string }} its folder, and Node's program as the system sees it
 */
function prepare({ library, suite, node: major, beside }) {
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
  const { folder, program } = nodeFor(cpu, major, path.join(WORK, 'nodes'))
  for (const name of ['source', 'opt']) {
    fs.rmSync(path.join(root, name), { recursive: true, force: true })
  }
  fs.cpSync(folder, path.join(root, 'opt', 'node'), { recursive: true })
  for (const name of SOURCES) {
    fs.cpSync(path.join(ROOT, name), path.join(root, 'source', name), { recursive: true })
  }
  fs.cpSync(path.join(DIST, 'packages'), path.join(root, 'source', 'packages'), { recursive: true })
  const npm = path.dirname(path.dirname(fs.realpathSync(npmProgram())))
  fs.cpSync(npm, path.join(root, 'opt', 'npm'), { recursive: true })
  return { root, node: path.join('/opt/node', program) }
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
  const { system, library, node, emulated = false } = row
  const outcome = { system, library, node: `${node}`, date: new Date().toISOString().slice(0, 10) }
  const reason = missing(row)
  if (reason !== undefined) return { ...outcome, result: 'not available', detail: reason }
  const log = path.join(WORK, `${system.replace(/[^\w.]+/g, '-')}.log`)
  const output = fs.openSync(log, 'w')
  try {
    const { root, node: program } = prepare(row)
    const env = {
      PATH: `${path.dirname(program)}:/usr/bin:/bin`,
      HOME: '/tmp',
      npm_execpath: '/opt/npm/bin/npm-cli.js',
    }
    const command = [program, '/source/scripts/try-packages.js', '/source/packages', ...TESTS]
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
  const words = process.argv.slice(2)
  fs.mkdirSync(WORK, { recursive: true })
  const rows = ROWS.filter(
    ({ system, library }) =>
      words.length === 0 || words.some(word => `${system} ${library}`.includes(word)),
  )
  /** @type {Outcome[]} */
  const outcomes = []
  for (const row of rows) {
    const outcome = await attempt(row)
    outcomes.push(outcome)
    console.log([outcome.result, outcome.system, outcome.library, outcome.detail].join('  '))
  }
  record(outcomes)
  if (outcomes.some(({ result }) => result === 'failed')) throw new Error('Some failed.')
})
