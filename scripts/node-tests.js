'use strict'

/**
 * The step that runs the Node tests, for whoever runs it in its own surroundings.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { ROOT } = require('../lib/addon-file')

/** Milliseconds for one test, and for one file of tests: a hang must become a failure. */
const TEST_TIMEOUT = 600_000

/**
 * The test files, by their path in the repository. Node 20 has no patterns for `node --test`.
 *
 * @param {string[]} words each file must contain one of them; any file if there are none
 * @returns {string[]}
 * @throws {Error} when there is none
 */
function testFiles(words) {
  const files = fs
    .readdirSync(path.join(ROOT, '__test__'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.js'))
    .map(name => path.join('__test__', name))
    .filter(name => words.length === 0 || words.some(word => name.includes(word)))
    .sort()
  if (files.length === 0) throw new Error(`No test file matches ${words.join(', ')}.`)
  return files
}

/**
 * @param {string[]} words choose test files by part of their path; all if there are none
 * @param {string} [node] the program that runs them
 * @returns {import('./steps').Step}
 */
function nodeTests(words, node = process.execPath) {
  const files = testFiles(words)
  return {
    name: `node --test (${files.length} files)`,
    command: [
      node,
      '--test',
      // The suites start processes of their own and some measure time.
      `--test-concurrency=${Math.min(2, os.availableParallelism())}`,
      `--test-timeout=${TEST_TIMEOUT}`,
      '--test-reporter=spec',
      ...files,
    ],
  }
}

module.exports = { nodeTests }
