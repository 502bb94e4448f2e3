'use strict'

const assert = require('node:assert/strict')
const crypto = require('node:crypto')
const { test } = require('node:test')

const { ACCEPT, judge, REFUSE, SKIP } = require('../../lib/protocol/login')

test('passwords are compared as digests, in a time that says nothing about where they differ', t => {
  const compare = t.mock.method(crypto, 'timingSafeEqual')
  assert.equal(judge({ password: 'secret' }, 'secret'), ACCEPT)
  for (const wrong of ['', 's', 'secre', 'secreT', 'secret and more', 'x'.repeat(100_000)]) {
    assert.equal(judge({ password: wrong }, 'secret'), REFUSE)
  }
  assert.equal(compare.mock.callCount(), 7)
  for (const {
    arguments: [given, expected],
  } of compare.mock.calls) {
    assert.deepEqual([given.length, expected.length], [32, 32])
  }
})

test('other types are equal only to themselves', () => {
  assert.equal(judge({ password: 12345 }, 12345), ACCEPT)
  assert.equal(judge({ password: 12345 }, '12345'), REFUSE)
  assert.equal(judge({ password: null }, null), ACCEPT)
  assert.equal(judge({ password: {} }, {}), REFUSE)
  assert.equal(judge({}, undefined), ACCEPT)
  assert.equal(judge(5, undefined), ACCEPT)
})

test('what is falsy or no JSON says nothing', () => {
  for (const value of [undefined, null, 0, false, '']) assert.equal(judge(value, 'x'), SKIP)
})

test('strings that are alike in UTF-8 alone are not equal', () => {
  assert.equal(judge({ password: '\ud800' }, '\ud801'), REFUSE)
  assert.equal(judge({ password: '\u00e9' }, 'e\u0301'), REFUSE)
})
