'use strict'

/**
 * Records what the original writes on the wire:
 * node scripts/record-transcripts.js DIR, the original's directory.
 */

const fs = require('node:fs')
const path = require('node:path')

const [directory] = process.argv.slice(2)
if (!directory) {
  console.error(
    'usage: node scripts/record-transcripts.js DIR\nDIR: where the original tls-json is',
  )
  process.exit(2)
}
// Read by the helpers, so before they are loaded.
process.env.TLS_JSON_SUBJECT = directory

const { play } = require('../__test__/helpers/transcript')
const { scenarios } = require('../__test__/fixtures/scenarios')
const { withContext } = require('../__test__/helpers/context')

const FILE = path.resolve(__dirname, '../__test__/fixtures/transcripts.json')

/** Plays every scenario and writes the file. */
async function main() {
  const transcripts = []
  for (const scenario of scenarios) {
    transcripts.push(await withContext(t => play(t, scenario)))
    console.log(`${scenario.role}: ${scenario.name}`)
  }
  fs.writeFileSync(FILE, `${JSON.stringify(transcripts, null, 2)}\n`)
}

main().then(
  () => process.exit(0),
  error => {
    console.error(error)
    process.exit(1)
  },
)
