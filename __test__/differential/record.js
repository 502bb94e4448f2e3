'use strict'

/**
 * What the original with itself does in some programs, kept as one hash for each step: enough to
 * find the step that differs where there is no original to compare with.
 */

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { play } = require('./play')
const { makeProgram } = require('./program')

/** @typedef {{ seed: number, length: number, blocks: string }} Recorded `blocks`: the hashes, in order */

const FILE = path.join(__dirname, 'recorded.json')

/**
 * @param {import('./play').Block} block
 * @returns {string}
 */
function hashOf(block) {
  return createHash('sha256').update(JSON.stringify(block)).digest('hex').slice(0, 8)
}

/** @returns {Recorded[]} */
function recorded() {
  return JSON.parse(fs.readFileSync(FILE, 'utf8'))
}

/**
 * Records programs, each twice: what depends on chance must not be kept.
 *
 * @param {import('./world').Subject} original
 * @param {{ seed: number, length: number }[]} wanted
 */
async function record(original, wanted) {
  const kept = []
  for (const { seed, length } of wanted) {
    const program = makeProgram(seed, length)
    const subjects = { server: original, client: original }
    const blocks = (await play(program, subjects)).map(hashOf)
    const again = (await play(program, subjects)).map(hashOf)
    if (blocks.join() !== again.join() || blocks.length !== program.steps.length) {
      throw new Error(`the program with seed ${seed} cannot be recorded: it was not equal twice`)
    }
    kept.push({ seed, length, blocks: blocks.join(' ') })
    console.log(`recorded seed ${seed}: ${blocks.length} steps`)
  }
  fs.writeFileSync(FILE, `${JSON.stringify(kept, null, 2)}\n`)
}

module.exports = { hashOf, record, recorded }
