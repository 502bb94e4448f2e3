'use strict'

// What the native library throws reaches users with a code that docs/reference/errors.md explains.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { guard } = require('../../lib/engine/border')

/** A class as the library exports them. */
function native() {
  return class Native {
    /** @param {string} [message] */
    constructor(message) {
      if (message !== undefined) throw Object.assign(new Error(message), { code: 'GenericFailure' })
    }

    /** @param {number} value */
    twice(value) {
      return 2 * value
    }

    /** @param {string} message */
    fail(message) {
      throw Object.assign(new Error(message), { code: 'GenericFailure' })
    }
  }
}

test('what works is as it was, and numbers are left alone', () => {
  const Native = native()
  const binding = guard({ Native, HIGH_WATER: 7 })
  const one = new binding.Native()
  assert.equal(binding.HIGH_WATER, 7)
  assert.equal(one.twice(21), 42)
  assert.ok(one instanceof binding.Native && one instanceof Native)
})

test('a panic, or a call with what the engine does not take, is an internal error', () => {
  const { Native } = guard({ Native: native() })
  const expected = { code: 'TLSJSON_INTERNAL', message: /call into the engine failed: index out/ }
  assert.throws(() => new Native().fail('index out of bounds'), expected)
  assert.throws(() => new Native('index out of bounds'), expected)
})

test('a failure that the engine describes is the error that it describes', () => {
  const { Native } = guard({ Native: native() })
  const failure = JSON.stringify({ kind: 'limit', code: 'TLSJSON_CANNOT_START', message: 'no' })
  assert.throws(() => new Native(failure), { code: 'TLSJSON_CANNOT_START', message: 'no' })
})

test('loaded again by another copy, its errors are still told once', () => {
  const Native = native()
  guard({ Native })
  const again = guard({ Native })
  assert.throws(() => new again.Native().fail('fault'), {
    message: 'a call into the engine failed: fault',
  })
})
