'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { later } = require('../../lib/host/later')

/** @type {any} */
const everything = Object.prototype

test('what is put off is loaded once, and again where that has failed', () => {
  let loads = 0
  const part = later(() => {
    loads++
    if (loads === 1) throw new Error('no stack')
    return { loads }
  })
  assert.equal(loads, 0)
  assert.throws(part, /no stack/)
  assert.equal(part().loads, 2)
  assert.equal(part(), part())
  assert.equal(loads, 2)
})

test('what programs have put on Object.prototype is out of the way meanwhile, and then as it was', t => {
  const get = () => 'seen'
  const properties = [
    ['get', { value: () => {}, writable: true, enumerable: true, configurable: true }],
    ['counted', { get, set: undefined, enumerable: false, configurable: true }],
    ['value', { value: 1, writable: false, enumerable: false, configurable: true }],
  ]
  const found = () =>
    properties.map(([name]) => {
      const property = Object.getOwnPropertyDescriptor(everything, String(name))
      return [name, property && { __proto__: null, ...property }]
    })
  t.after(() => {
    for (const [name] of properties) delete everything[String(name)]
  })
  for (const [name, property] of properties) {
    Object.defineProperty(everything, String(name), {
      __proto__: null,
      .../** @type {object} */ (property),
    })
  }
  const before = found()
  for (const fails of [false, true]) {
    const part = later(() => {
      assert.deepEqual(
        properties.map(([name]) => String(name) in {}),
        [false, false, false],
      )
      if (fails) throw new Error('failed')
      return {}
    })
    if (fails) assert.throws(part, /failed/)
    else part()
    const after = found()
    assert.deepEqual(after, before)
  }
})
