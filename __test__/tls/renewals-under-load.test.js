'use strict'

// What is left of very many renewals of a server's certificate.

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')

const { start } = require('../helpers/program')

test('1,000 renewals under load leave nothing behind', async t => {
  const file = path.join(__dirname, '..', 'fixtures', 'renewals.js')
  const { code, stdout, stderr } = await start(t, ['--expose-gc', file], { within: 400_000 })
  assert.equal(stderr, '')
  assert.equal(code, 0, stdout)
  const { renewals, handshakes, requests, contexts, descriptors, growth } = JSON.parse(stdout)
  assert.equal(renewals, 1000)
  assert.ok(handshakes > 100, stdout)
  assert.ok(requests > 100, stdout)
  assert.ok(contexts <= 4, stdout)
  assert.ok(descriptors <= 0, stdout)
  assert.ok(growth < 16, stdout)
})
