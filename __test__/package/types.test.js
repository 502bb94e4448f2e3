'use strict'

// The types that users get: what must compile does, what must not does not, and both describe the
// files in lib.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

const ROOT = path.resolve(__dirname, '..', '..')

/**
 * Checks a TypeScript project.
 *
 * @param {...string} args of tsc
 * @returns {{ status: number | null, stdout: string }}
 */
function tsc(...args) {
  const program = require.resolve('typescript/bin/tsc')
  const options = { cwd: ROOT, encoding: /** @type {const} */ ('utf8'), timeout: 300_000 }
  const { status, stdout, error } = spawnSync(process.execPath, [program, ...args], options)
  if (error) throw error
  return { status, stdout }
}

test('programs with and without types of their own compile', () => {
  const { status, stdout } = tsc('-p', '__test__/types')
  assert.equal(stdout, '')
  assert.equal(status, 0)
})

test('the lines that must not compile are looked at', () => {
  const { stdout } = tsc('-p', '__test__/types', '--listFilesOnly')
  for (const file of ['untyped.ts', 'typed.ts', 'refused.ts', 'paths.ts', 'module.mts']) {
    assert.ok(stdout.includes(`__test__/types/${file}`), file)
  }
})
