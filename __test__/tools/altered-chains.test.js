'use strict'

// A few of the chains of `node __test__/differential/altered-chains.js`.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { compareAltered } = require('../differential/altered-chains')
const { isOriginal } = require('../helpers/subject')

const CASES = 400

const skip = isOriginal && "the original asks Node's own TLS"

test(`${CASES} altered chains: nothing is trusted that Node refuses`, { skip }, async t => {
  // Always the same: what is new is looked for by hand.
  const seed = 1
  const again = `node __test__/differential/altered-chains.js --seed ${seed} --cases ${CASES}`
  t.diagnostic(again)
  const log = (/** @type {string} */ line) => t.diagnostic(line)
  const { counts, open, closed } = await compareAltered({ cases: CASES, seed, log })
  assert.deepEqual(open, [], again)
  // One in a thousand may be refused.
  assert.ok(closed.length <= 4, again)
  assert.ok((counts.get('trusted') ?? 0) > CASES / 10, `few are trusted: ${again}`)
  assert.ok(counts.size > 8, `few kinds of results: ${again}`)
})
