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
 * What is left to `npm run test:all`, and why: files by the beginning of their path in `__test__`.
 *
 * @type {Record<string, string>}
 */
const LEFT_OUT = {
  'package/build.test.js': 'compiles all crates once more',
  'tools/soak.test.js': 'minutes of play, of the program in __test__/soak',
  'tools/leaks.test.js': 'loops until memory is settled, of the program in __test__/leaks',
  'tools/differential.test.js': 'wants the original',
}

/**
 * What is not run a second time, over Node's own TLS: files by the beginning of their path in `__test__`, and what they are
 * about.
 *
 * @type {Record<string, string>}
 */
const NOT_OVER_NODE = {
  'unit/': 'the files of lib by themselves',
  'package/': 'the tarball and its installation, the documents, the types, the benchmark',
  'tools/': "the engine's verdicts, and programs that choose their transports",
  'transport/read-by-threads.test.js': "who reads the engine's sockets",
  'transport/transport.test.js': 'which transport is chosen',
  'tls/tls-large-certificates.test.js': 'how rustls passes a connection on',
  'tls/tls-negotiation.test.js': 'what rustls speaks',
  'tls/tls-parity.test.js': 'what rustls offers',
  'tls/tls-peer-keys.test.js': 'which keys rustls understands',
  'tls/tls-pfx.test.js': "what Node's own TLS carries in any case",
  'tls/tls-vectors': "the engine's verdicts and handshakes, beside Node's",
}

/**
 * @param {string} file of `testFiles`
 * @param {Record<string, string>} list by the beginning of paths
 * @returns {boolean}
 */
function isOn(file, list) {
  const name = path.relative('__test__', file).replaceAll(path.sep, '/')
  return Object.keys(list).some(start => name.startsWith(start))
}

/**
 * The test files, by their path in the repository. Node 20 has no patterns for `node --test`.
 *
 * @param {string[]} words each file must contain one of them; without any, all but those left out; all for `--all`
 * @returns {string[]}
 * @throws {Error} when there is none
 */
function testFiles(words) {
  const files = fs
    .readdirSync(path.join(ROOT, '__test__'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.js'))
    .map(name => path.join('__test__', name))
    .filter(name =>
      words.length === 0
        ? !isOn(name, LEFT_OUT)
        : words.some(word => word === '--all' || name.includes(word)),
    )
    .sort()
  if (files.length === 0) throw new Error(`No test file matches ${words.join(', ')}.`)
  return files
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
  const files = testFiles(words).filter(file => !isOn(file, NOT_OVER_NODE))
  if (transport || subject || files.length === 0) return [nodeTests(words)]
  const env = { TLSJSON_TRANSPORT: 'node' }
  return [nodeTests(words), step("node --test over Node's own TLS", files, env)]
}

module.exports = { nodeTests, nodeTestsOverBoth }
