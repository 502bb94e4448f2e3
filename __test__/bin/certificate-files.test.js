'use strict'

// Where the files of `cert make` cannot be.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { writeFiles } = require('../../bin/cli/certificate-files')

test('a drive that is not there, as Windows has them, is told', t => {
  t.mock.method(path, 'dirname', path.win32.dirname)
  t.mock.method(path, 'resolve', path.win32.resolve)
  t.mock.method(fs, 'existsSync', () => false)
  t.mock.method(fs, 'mkdirSync', () => {
    throw Object.assign(new Error('there is none'), { code: 'ENOENT' })
  })
  const drafts = /** @type {any} */ ([{ file: 'Q:\\keys\\localhost.key', text: '', mode: 0o600 }])
  assert.throws(() => writeFiles(drafts, false), {
    message: 'cannot make the folder Q:\\: ENOENT',
  })
})
