'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { overNode } = require('../helpers/subject')
const { whyNode } = require('../../lib/tls/node-only')

/**
 * @param {import('node:test').TestContext} t
 * @param {NodeJS.Platform} platform that the process is to show for the rest of the test
 */
function pretend(t, platform) {
  const usual = Object.getOwnPropertyDescriptor(process, 'platform')
  Object.defineProperty(process, 'platform', { ...usual, value: platform })
  t.after(() => Object.defineProperty(process, 'platform', /** @type {any} */ (usual)))
}

const skip = overNode && 'everything is for Node'

test('a path is for Node where the system has no socket of that name', { skip }, t => {
  const why = (/** @type {number} */ length) =>
    whyNode({ path: '/'.padEnd(length, 'p'), ca: 'x' }, 'client')
  pretend(t, 'linux')
  assert.deepEqual([why(1), why(107), why(108)], [null, null, 'path'])
  pretend(t, 'darwin')
  assert.deepEqual([why(1), why(103), why(104)], [null, null, 'path'])
  pretend(t, 'win32')
  assert.deepEqual([why(1), why(20)], ['path', 'path'])
  assert.equal(whyNode({ path: '', ca: 'x' }, 'client'), null)
  assert.equal(whyNode({ path: '/', ca: 'x' }, 'server'), null)
})
