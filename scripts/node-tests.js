'use strict'

/**
 * The steps that run the Node tests, for whoever runs them in surroundings of their own.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')

/** Milliseconds for one test, and for one file of tests: a hang must become a failure. */
const TEST_TIMEOUT = 600_000

/**
 * What no connection of a server or client is needed for, or not one over Node's own TLS: files by the beginning of
 * their path in `__test__`, and what they are about. They are not run a second time.
 *
 * @type {Record<string, string>}
 */
const ABOUT_NO_TRANSPORT = {
  'unit/': 'the files of lib by themselves',
  'package/': 'the tarball and its installation, the documents, the types, the benchmark',
  'tools/altered-certificates.test.js': "the engine's verdicts",
  'tools/differential-chains.test.js': "the engine's verdicts",
  'transport/read-by-threads.test.js': "who reads the engine's sockets",
  'tls/tls-vectors.test.js': 'where each vector is tested',
}

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
 * @param {string} file of `testFiles`
 * @returns {boolean}
 */
function isAboutTransport(file) {
  const name = path.relative('__test__', file).replaceAll(path.sep, '/')
  return !Object.keys(ABOUT_NO_TRANSPORT).some(start => name.startsWith(start))
}

/**
 * @param {string} name
 * @param {string[]} files
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import('./steps').Step}
 */
function step(name, files, env) {
  return {
    name: `${name} (${files.length} files)`,
    command: [
      process.execPath,
      '--test',
      // The suites start processes of their own and some measure time.
      `--test-concurrency=${Math.min(2, os.availableParallelism())}`,
      `--test-timeout=${TEST_TIMEOUT}`,
      '--test-reporter=spec',
      ...files,
    ],
    env,
  }
}

/**
 * @param {string[]} words choose test files by part of their path; all if there are none
 * @returns {import('./steps').Step} over the transport that the package or the environment chooses
 */
function nodeTests(words) {
  return step('node --test', testFiles(words))
}

/**
 * @param {string[]} words likewise
 * @returns {import('./steps').Step[]} over rustls, and over Node's own TLS; one if the environment has chosen what
 */
function nodeTestsOverBoth(words) {
  const { TLSJSON_TRANSPORT: transport, TLS_JSON_SUBJECT: subject } = process.env
  const files = testFiles(words).filter(isAboutTransport)
  if (transport || subject || files.length === 0) return [nodeTests(words)]
  const env = { TLSJSON_TRANSPORT: 'node' }
  return [nodeTests(words), step("node --test over Node's own TLS", files, env)]
}

module.exports = { nodeTests, nodeTestsOverBoth }
