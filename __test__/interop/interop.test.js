'use strict'

const { test } = require('node:test')

const { isOriginal } = require('../helpers/subject')

const reference = process.env.TLS_JSON_REFERENCE

if (reference && !isOriginal) {
  const { interop } = require('../helpers/interop')
  for (const { name, run } of interop(reference)) test(name, run)
} else {
  const reason = reference
    ? 'TLS_JSON_SUBJECT puts the original in the place of this package'
    : "TLS_JSON_REFERENCE does not name the original's directory"
  test('both ends with the original', { skip: reason }, () => {})
}
