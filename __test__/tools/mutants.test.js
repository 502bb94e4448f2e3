'use strict'

// The deliberate faults of __test__/mutants can all be put where they belong.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { ROOT } = require('../../lib/engine/addon-file')
const { faults } = require('../mutants/faults')

test('what each deliberate fault replaces stands in the sources, once', () => {
  for (const [file, from] of faults) {
    const source = fs.readFileSync(path.join(ROOT, 'src', 'pki', `${file}.rs`), 'utf8')
    assert.equal(source.split(from).length - 1, 1, `${file}.rs: ${from}`)
  }
})
