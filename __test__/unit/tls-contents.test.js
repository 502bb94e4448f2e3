'use strict'

const assert = require('node:assert/strict')
const test = require('node:test')

const { copyOf, isComparable, isCopyOf } = require('../../lib/tls/contents')

test('values of options are equal if the same is in them, and are kept out of reach', () => {
  const bytes = Buffer.from('some bytes')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = () => [
    undefined,
    null,
    NaN,
    'text',
    bytes,
    ['a', [bytes]],
    { pem: 'a', passphrase: 'b' },
    { buf: bytes },
  ]
  const copy = copyOf(values())
  assert.ok(isComparable(values()))
  assert.ok(isCopyOf(copy, values()))
  assert.ok(isCopyOf(copy[4], view))
  for (const [at, changed] of [
    [0, null],
    [1, undefined],
    [2, 0],
    [3, Buffer.from('text')],
    [4, 'some bytes'],
    [4, [...bytes]],
    [5, ['a', bytes]],
    [5, ['a', [bytes], undefined]],
    [5, { 0: 'a', 1: [bytes], length: 2 }],
    [6, { pem: 'a', passphrase: 'c' }],
    [6, { pem: 'a', passphrase: 'b', more: 1 }],
    [6, ['a', undefined, 'b']],
    [6, null],
    [7, bytes],
  ]) {
    assert.equal(isCopyOf(copy, values().with(at, changed)), false, `${at}`)
  }
  bytes[0]++
  assert.equal(isCopyOf(copy, values()), false)
  for (const value of [
    () => {},
    Symbol('none'),
    { pem: () => {} },
    { other: 1 },
    [[Symbol('no')]],
  ]) {
    assert.equal(isComparable(value), false)
  }
})
