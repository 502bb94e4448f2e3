'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { play } = require('../helpers/transcript')
const { scenarios } = require('../fixtures/scenarios')
/** @type {any[]} */
const transcripts = JSON.parse(
  fs.readFileSync(path.join(__dirname, '..', 'fixtures', 'transcripts.json'), 'utf8'),
)

/** What the original wrote, recorded by scripts/record-transcripts.js, byte for byte. */

test('every scenario was recorded as it is now', () => {
  const bare = transcripts.map(({ steps, ...rest }) => ({
    ...rest,
    steps: steps.map((/** @type {any} */ { lines: _, ...step }) => step),
  }))
  assert.deepEqual(bare, JSON.parse(JSON.stringify(scenarios)))
})

for (const transcript of transcripts) {
  test(`${transcript.role}: ${transcript.name}`, async t => {
    assert.deepEqual(await play(t, transcript), transcript)
  })
}
