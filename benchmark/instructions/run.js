'use strict'

/**
 * `npm run benchmark:instructions`: how many instructions a message takes, by callgrind. Unlike time they hardly depend on
 * what else the machine does, so that a loss of a few percent shows.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { ROOT } = require('../../lib/engine/addon-file')
const { runMain } = require('../../scripts/prerequisites')
const { BUNDLES, writeBundles } = require('../../scripts/bundle')
const { makeCertificate } = require('../lib/certificates')
const { peerOf } = require('../lib/peers')
const { count, sum } = require('./callgrind')
const { names, namesEverywhere } = require('./program')

const USAGE = `npm run benchmark:instructions -- [options] [WORDS]

  WORDS             only what has one of them in its name
  --record          writes benchmark/instructions.json
  --check           fails where it is 5 % more than is recorded there
  --peers LIST      in place of that ours beside tuned, floor or NAME=DIR for any other build,
                    separated by commas: of each its parts
  --help

Needs valgrind, and takes some ten minutes. What is recorded counts for one version of Node.
`

/** @typedef {{ node: string, instructions: Record<string, number> }} Record_ What is recorded. */

const RECORD = path.join(ROOT, 'benchmark', 'instructions.json')

/** How much more is a failure. */
const TOLERANCE = 0.05

/** How often each is done. */
const TIMES = 2560
/** The same of what does much at a time, or is alone in its turn. */
const FEW_TIMES = 512

const REQUIRE = 'require'

/** By what a program marks what is counted. */
const MARK = 'uv_uptime'

/**
 * @param {string} folder for files
 * @param {string} name
 * @returns {Promise<number>} instructions of one
 */
async function measure(folder, name) {
  if (name === REQUIRE) {
    // As it is installed.
    writeBundles()
    const [BUNDLE] = BUNDLES
    const [loaded, empty] = [`require(${JSON.stringify(BUNDLE)});process.exit()`, 'process.exit()']
    return sum(await count(folder, ['-e', loaded])) - sum(await count(folder, ['-e', empty]))
  }
  const { key, cert } = makeCertificate(folder, 'ec')
  return Math.round(sum(await measureParts(folder, name, [key, cert])))
}

/**
 * @param {string} folder for files
 * @param {string} name
 * @param {string[]} rest of the program's arguments: key and certificate, and perhaps the module of a peer
 * @returns {Promise<Record<import('./callgrind').Part, number>>} instructions of one
 */
async function measureParts(folder, name, rest) {
  const times = /^(?:round|broadcast|connects)/.test(name) ? FEW_TIMES : TIMES
  const program = path.join(__dirname, 'program.js')
  const { addon, node, javascript, system } = await count(
    folder,
    [program, name, String(times), ...rest],
    MARK,
  )
  return {
    addon: addon / times,
    node: node / times,
    javascript: javascript / times,
    system: system / times,
  }
}

/**
 * Prints what each peer takes, part by part.
 *
 * @param {string} folder for files
 * @param {string[]} peers
 * @param {string[]} words
 */
async function compare(folder, peers, words) {
  const { key, cert } = makeCertificate(folder, 'ec')
  for (const name of chosen(namesEverywhere, words)) {
    console.log(name)
    for (const peer of ['ours', ...peers]) {
      const { module } = peerOf(peer, undefined)
      const counted = await measureParts(folder, name, [key, cert, module])
      const columns = Object.entries({ all: sum(counted) + counted.system, ...counted })
        .map(([part, instructions]) => `${part} ${String(Math.round(instructions)).padStart(6)}`)
        .join('  ')
      console.log(`  ${peer.padEnd(12)}${columns}`)
    }
  }
}

/**
 * @param {string[]} all
 * @param {string[]} words
 * @returns {string[]} those that have one of the words, or all if there is none
 */
function chosen(all, words) {
  return all.filter(name => words.length === 0 || words.some(word => name.includes(word)))
}

/**
 * @param {number} now
 * @param {number} before
 * @returns {string} how much more it is, in percent
 */
function change(now, before) {
  return ((100 * (now - before)) / before).toFixed(1)
}

/** Measures, and says what is asked for. */
async function main() {
  const options = /** @type {const} */ ({
    record: { type: 'boolean' },
    check: { type: 'boolean' },
    peers: { type: 'string' },
    help: { type: 'boolean' },
  })
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) {
    console.log(USAGE)
    return
  }
  /** @type {Record_} */
  const recorded = JSON.parse(fs.readFileSync(RECORD, 'utf8'))
  if (values.check && recorded.node !== process.version) {
    throw new Error(`what is recorded is of Node ${recorded.node}, and this is ${process.version}`)
  }
  const wanted = chosen([REQUIRE, ...names], positionals)
  const { instructions } = recorded
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-instructions-'))
  /** @type {string[]} */
  const worse = []
  try {
    if (values.peers !== undefined)
      return await compare(folder, values.peers.split(','), positionals)
    for (const name of wanted) {
      const now = await measure(folder, name)
      const before = instructions[name]
      const beside =
        before === undefined ? 'not recorded' : `${change(now, before)} % beside the record`
      console.log(`${name.padEnd(32)}${String(now).padStart(10)}  ${beside}`)
      // What is not recorded could grow as it likes.
      if (before === undefined || now > before * (1 + TOLERANCE)) worse.push(name)
      if (values.record) instructions[name] = now
    }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
  if (values.record) {
    const record = { node: process.version, instructions }
    fs.writeFileSync(RECORD, `${JSON.stringify(record, null, 2)}\n`)
  }
  if (values.check && worse.length > 0) {
    throw new Error(
      `more than ${100 * TOLERANCE} % more instructions, or not recorded: ${worse.join(', ')}`,
    )
  }
}

runMain(main)
