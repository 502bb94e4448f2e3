'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Stats, codeOf } = require('../../lib/observe/stats')

test('reasons are bounded in number, and none is lost', () => {
  const stats = new Stats()
  for (let n = 0; n < 1000; n++) stats.cuts.add(`E${n % 500}`)
  const { total, reasons } = stats.ofServer(0, 0).cuts
  assert.equal(total, 1000)
  assert.equal(Object.keys(reasons).length, 65)
  assert.equal(reasons.E0, 2)
  assert.equal(reasons.other, 1000 - 2 * 64)
})

test('the bound holds where reasons of two kinds are brought together', () => {
  const stats = new Stats()
  for (let n = 0; n < 100; n++) stats.handshakeFailures.add(`E${n}`)
  const { failed, failures } = stats.ofServer(0, 0).handshakes
  assert.equal(failed, 100)
  assert.equal(failures.other, 36)
})

test('an error without a code, and what is no error, have a name', () => {
  assert.equal(codeOf(new Error('secret')), 'ERROR')
  assert.equal(codeOf(null), 'ERROR')
  assert.equal(codeOf({ code: 5 }), 'ERROR')
  assert.equal(codeOf(Object.assign(new Error(''), { code: 'ECONNRESET' })), 'ECONNRESET')
})
