'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')
const { ours } = require('../differential/compare')
const { play } = require('../differential/play')
const { makeProgram } = require('../differential/program')
const { hashOf, recorded } = require('../differential/record')
const { start } = require('../helpers/program')

const reference = process.env.TLS_JSON_REFERENCE

for (const { seed, length, blocks } of recorded()) {
  test(`random program ${seed}, ${length} steps: what the original did`, async () => {
    const subject = ours()
    const program = makeProgram(seed, length)
    const expected = blocks.split(' ')
    const played = await play(program, { server: subject, client: subject })
    const at = played.findIndex((block, step) => hashOf(block) !== expected[step])
    const step = JSON.stringify(program.steps[at])
    assert.equal(at, -1, `step ${at}, ${step}, is new: ${JSON.stringify(played[at], null, 2)}`)
    assert.equal(played.length, expected.length)
  })
}

test('random programs with the original at one end or at both', async t => {
  if (!reference) {
    return t.skip('TLS_JSON_REFERENCE, the directory of the original, is not set')
  }
  // A process of its own: the original's timers hold it, and its random source is replaced.
  const run = path.join(__dirname, '..', 'differential', 'run.js')
  // Other programs than those that were recorded.
  const programs = ['--seed', '101', '--programs', '6', '--steps', '60']
  const args = [run, '--reference', reference, ...programs]
  const { code, stdout, stderr } = await start(t, args, { within: 300_000 })
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /6 programs, \d+ steps, .* equal/)
})
