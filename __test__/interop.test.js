'use strict'

const { test } = require('node:test')

const reference = process.env.TLS_JSON_REFERENCE

if (reference && !process.env.TLS_JSON_SUBJECT) {
  const { interop } = require('./helpers/interop')
  for (const { name, run } of interop(reference)) test(name, run)
} else {
  const reason = reference
    ? 'TLS_JSON_SUBJECT puts another package in the place of this one'
    : "TLS_JSON_REFERENCE does not name the original's directory"
  test('both ends with the original', { skip: reason }, () => {})
}
