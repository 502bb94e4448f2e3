'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { compareChains } = require('../differential/chains')
const { isOriginal } = require('../helpers/subject')

/** A few of the chains that `node __test__/differential/chains.js --cases 5000` compares. */

const CASES = 150

test(`${CASES} random chains get Node's result`, { skip: isOriginal }, async t => {
  // Always the same: what is new is looked for by hand.
  const seed = 1
  const again = `node __test__/differential/chains.js --seed ${seed} --cases ${CASES}`
  t.diagnostic(again)
  const log = (/** @type {string} */ line) => t.diagnostic(line)
  const { counts, different } = await compareChains({ cases: CASES, seed, log })
  assert.deepEqual(different, [], again)
  // Chains that are all refused, or all for one reason, would show nothing.
  assert.ok((counts.get('trusted') ?? 0) > CASES / 5, `few are trusted: ${again}`)
  assert.ok(counts.size > 8, `few kinds of results: ${again}`)
})
