'use strict'

/**
 * `npm test`: builds, then runs the Rust tests and every Node test. Words after `npm test --`
 * choose Node test files by part of their path and leave the Rust tests out.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { ROOT } = require('../lib/addon-file')
const { build } = require('./build')
const { cargo, requireNode, requireOpenssl, requireRust, runMain } = require('./prerequisites')
const { installDevDependencies, runSteps } = require('./steps')

/** Milliseconds for one test, and for one file of tests: a hang must become a failure. */
const TEST_TIMEOUT = 600_000

/**
 * The test files, by their path in the repository. Node 20 has no patterns for `node --test`.
 *
 * @param {string[]} words each file must contain one of them; any file if there are none
 * @returns {string[]}
 */
function testFiles(words) {
  return fs
    .readdirSync(path.join(ROOT, '__test__'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.js'))
    .map(name => path.join('__test__', name))
    .filter(name => words.length === 0 || words.some(word => name.includes(word)))
    .sort()
}

runMain(async () => {
  const words = process.argv.slice(2)
  console.log([requireNode(), requireRust(), requireOpenssl()].join(', '))
  const files = testFiles(words)
  if (files.length === 0) throw new Error(`No test file matches ${words.join(', ')}.`)

  await installDevDependencies()
  await build()

  const nodeTests = {
    name: `node --test (${files.length} files)`,
    command: [
      process.execPath,
      '--test',
      // The suites start processes of their own and some measure time.
      `--test-concurrency=${Math.min(2, os.availableParallelism())}`,
      `--test-timeout=${TEST_TIMEOUT}`,
      '--test-reporter=spec',
      ...files,
    ],
  }
  const rustTests = { name: 'cargo test', command: [cargo(), 'test', '--locked'] }
  await runSteps('npm test', words.length === 0 ? [rustTests, nodeTests] : [nodeTests])
})
