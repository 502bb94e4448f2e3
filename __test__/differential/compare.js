'use strict'

/** The same program with every pair of implementations, against the original with itself. */

const path = require('node:path')
const { play } = require('./play')
const differences = require('./differences')

/**
 * @typedef {import('./world').Subject} Subject
 * @typedef {{ pair: string, step: number, expected: any, actual: any }} Mismatch
 */

/**
 * @param {string} name
 * @param {string} directory
 * @returns {Subject}
 */
function load(name, directory) {
  const { Server, Client } = require(path.resolve(directory))
  return { name, Server, Client, isOriginal: name === 'original' }
}

/** @returns {Subject} this package */
function ours() {
  return load('ours', path.join(__dirname, '../..'))
}

/**
 * @param {string} directory of the original
 * @returns {Subject}
 */
function original(directory) {
  differences.replaceRandomSource()
  differences.takeUnhandledRejections()
  return load('original', directory)
}

/**
 * The first step whose observations differ.
 *
 * @param {string} pair
 * @param {import('./play').Block[]} expected
 * @param {import('./play').Block[]} actual
 * @returns {Mismatch | undefined}
 */
function firstMismatch(pair, expected, actual) {
  const length = Math.max(expected.length, actual.length)
  for (let step = 0; step < length; step++) {
    if (JSON.stringify(expected[step]) !== JSON.stringify(actual[step])) {
      return { pair, step, expected: expected[step], actual: actual[step] }
    }
  }
  return undefined
}

/**
 * @param {import('./program').Program} program
 * @param {{ ours: Subject, original: Subject }} subjects
 * @param {(pair: string) => boolean} [wanted]
 * @returns {Promise<Mismatch[]>} the first of each pair that differs
 */
async function compare(program, subjects, wanted = () => true) {
  const expected = await play(program, { server: subjects.original, client: subjects.original })
  const pairs = [
    { server: subjects.ours, client: subjects.ours },
    { server: subjects.ours, client: subjects.original },
    { server: subjects.original, client: subjects.ours },
  ]
  const found = []
  // A step that does not end with the original is a fault of the program.
  const stuck = expected.findIndex(block => 'failed' in block)
  if (stuck !== -1) {
    const actual = expected[stuck]
    return [{ pair: 'server original, client original', step: stuck, expected: {}, actual }]
  }
  for (const pair of pairs) {
    const name = `server ${pair.server.name}, client ${pair.client.name}`
    if (!wanted(name)) continue
    const mismatch = firstMismatch(name, expected, await play(program, pair))
    if (mismatch) found.push(mismatch)
  }
  return found
}

/**
 * The program without the steps that the mismatch does not need.
 *
 * @param {import('./program').Program} program
 * @param {(program: import('./program').Program) => Promise<boolean>} fails
 * @returns {Promise<import('./program').Program>}
 */
async function shorten(program, fails) {
  let best = program
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = best.steps.length - size; from >= 0; from -= size) {
      const steps = best.steps.toSpliced(from, size)
      const shorter = { ...best, steps }
      if (steps.length > 0 && (await fails(shorter))) best = shorter
    }
  }
  return best
}

/**
 * What is in one block and not in the other.
 *
 * @param {Mismatch} mismatch
 * @returns {string}
 */
function describe({ pair, step, expected, actual }) {
  const ends = [...new Set([...Object.keys(expected ?? {}), ...Object.keys(actual ?? {})])].sort()
  const text = ends.flatMap(end => {
    const was = expected?.[end] ?? []
    const is = actual?.[end] ?? []
    if (JSON.stringify(was) === JSON.stringify(is)) return []
    const show = (/** @type {string} */ sign, /** @type {string[]} */ lines) =>
      lines.map(line => `      ${sign} ${line}`)
    return [`    ${end}`, ...show('original', was), ...show('this    ', is)]
  })
  return [`  ${pair}: step ${step}`, ...text].join('\n')
}

module.exports = { ours, original, compare, firstMismatch, shorten, describe }
