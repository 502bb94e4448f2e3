'use strict'

/**
 * The Node tests as suites: each file by itself, and once more in other surroundings if what it is about depends on them.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

const { ROOT } = require('../lib/engine/addon-file')
const { countsOf, failuresOf } = require('./test-reporter')

/** @typedef {import('./suites').Suite} Suite */

const REPORTER = pathToFileURL(path.join(ROOT, 'scripts', 'test-reporter.js')).href

/**
 * What is left to `npm run test:all`, and why: files by the beginning of their path in `__test__`.
 *
 * @type {Record<string, string>}
 */
const LEFT_OUT = {
  'cluster/brokers/failures.test.js': 'some hundred processes that are killed and stopped',
  'cluster/brokers/nats-cluster.test.js': 'three NATS servers that lose one another',
  'cluster/brokers/order.test.js': '100,000 messages over each broker',
  'cluster/brokers/restarts.test.js': 'a hundred restarts of each broker',
  'bin/load-many.test.js': '5,000 connections',
  'cluster/simulation.test.js': '100 nodes with a million clients, for minutes of virtual time',
  'ecosystem/': 'installs package managers and bundlers; .ci/run runs it',
  'package/build.test.js': 'compiles all crates once more',
  'package/floor.test.js': 'compiles the addon in benchmark/floor',
  'package/platforms.test.js': 'packs a release and installs it; npm run test:ecosystem runs it',
  'process/loaded-again.test.js': 'Jest, and many copies; npm run test:ecosystem runs it',
  'process/mocked-clocks.test.js': 'Jest and Vitest; npm run test:ecosystem runs it',
  'site/': 'a browser reads the site of the documents; npm run test:docs makes it first',
  'process/injected-faults.test.js': 'builds the addon once more, with faults',
  'tls/renewals-under-load.test.js': '1,000 renewals',
  'tools/benchmark.test.js': 'two dozen processes that measure, of the program in benchmark',
  'tools/micro-benchmarks.test.js': 'measures each case, of the program in benchmark/micro',
  'tools/soak.test.js': 'minutes of play, of the program in __test__/soak',
  'tools/leaks.test.js': 'loops until memory is settled, of the program in __test__/leaks',
  'tools/altered-chains.test.js': 'a few of the chains that are judged every night',
  'tools/differential-chains.test.js': 'random chains; thousands of them are judged every night',
  'tools/differential.test.js': 'wants the original',
}

/**
 * What is left to `npm run test:all` over Node's own TLS alone, and why: files by the beginning of their path in `__test__`.
 *
 * @type {Record<string, string>}
 */
const LEFT_OUT_OVER_NODE = {
  'beyond/crowds': '1,500 connections; what judges and ends them is above the transport',
  'beyond/queue-kills': 'the queue is above the transport; processes that are killed',
  'beyond/server-examples': 'the examples say the same over either',
  'interop/example-': 'the examples say the same over either; minutes of processes',
  'process/cluster':
    'dozens of processes that are killed; who gets a connection is above the transport',
  'process/descriptors.test.js':
    "hundreds of megabytes through Node's sockets, whose descriptors are Node's",
  'process/lifecycle-hazards':
    'processes that end in every way; what they owe is above the transport',
  'process/unauthenticated':
    'hundreds of connections that send what is no login, to the same session',
  'process/workers': 'the life of threads; each has a transport like any other',
  'protocol/pong-recognition.test.js': "thousands of lines for the same session's eyes",
}

/**
 * What is not run a second time, over Node's own TLS: files by the beginning of their path in `__test__`, and what they are
 * about.
 *
 * @type {Record<string, string>}
 */
const NOT_OVER_NODE = {
  'unit/': 'the files of lib by themselves',
  'bin/': 'the commands, which use the package as its users do',
  'cluster/agreement': 'the code, the types and the documents',
  'cluster/brokers/': 'brokers, and their clients',
  'cluster/flood': 'what nodes write to one another, and a time of its own',
  'cluster/names': 'the names of channels',
  'cluster/redis-session': 'a session with Redis by itself',
  'cluster/simulation': 'nodes without connections, in a time of their own',
  'cluster/window': 'what a broker has not confirmed',
  'cluster/wire': 'what nodes write to one another',
  'connection/backlog.test.js':
    "how the engine shares what waits of Node's sockets: it chooses its transport",
  'process/idle-memory.test.js': "what rustls' connections hold",
  'package/': 'the tarball and its installation, the documents, the types, the benchmark',
  'tools/': "the engine's verifications, and programs that choose their transports",
  'transport/node-': 'it chooses its transport',
  'transport/transport.test.js': 'which transport is chosen',
  'tls/tls-large-certificates.test.js': 'how rustls passes a connection on',
  'tls/tls-negotiation.test.js': 'what rustls speaks',
  'tls/tls-parity.test.js': 'what rustls offers',
  'tls/tls-peer-keys.test.js': 'which keys rustls understands',
  'tls/tls-pfx.test.js': "what Node's own TLS carries in any case",
  'tls/tls-renewal-node.test.js': 'it chooses its transports',
  'tls/tls-vectors': "the engine's verifications and handshakes, beside Node's",
}

/**
 * Where the event loop cannot watch sockets other threads read them. What is tested everywhere else with the event loop
 * reading is tested that way, too, as far as reading matters to it: files by their path in `__test__`.
 */
const READ_BY_THREADS = [
  'connection/close',
  'connection/connection-errors',
  'connection/end',
  'connection/many',
  'connection/socket',
  'process/workers',
  'protocol/api',
  'protocol/continuations',
  'protocol/framing',
  'protocol/keepalive',
  'protocol/requests',
].map(name => path.join('__test__', `${name}.test.js`))

/** What takes longest begins first, and fills the processors: else one of them runs alone at the end. Beginnings of paths. */
const FIRST = [
  'package/',
  'tools/',
  'process/',
  'bin/',
  'beyond/crowds',
  'beyond/queue-kills',
  'beyond/server-examples',
  'beyond/shutdown',
  'cluster/brokers/',
  'connection/dead-peers',
  'tls/tls-peer-keys',
  'tls/tls-vectors',
]

/**
 * @param {string} name of a suite
 * @returns {number} the less, the earlier it begins
 */
function rank(name) {
  const at = FIRST.findIndex(start => name.startsWith(start))
  return at === -1 ? FIRST.length : at
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
 * @param {string[]} files all
 * @throws {Error} when a list above names what is not there: what was renamed would be run again, or later than it should
 */
function requireNamed(files) {
  const names = [...Object.keys({ ...LEFT_OUT, ...LEFT_OUT_OVER_NODE, ...NOT_OVER_NODE }), ...FIRST]
  const lists = [...names.map(name => path.join('__test__', name)), ...READ_BY_THREADS]
  const gone = lists.filter(start => !files.some(file => file.startsWith(start)))
  if (gone.length > 0) throw new Error(`There is no ${gone.join(', ')} for scripts/node-tests.js.`)
}

/**
 * The test files, by their path in the repository. Node 20 has no patterns for `node --test`.
 *
 * @param {string[]} words each file must contain one of them; without any, all but those left out; all for `--all`
 * @returns {string[]}
 * @throws {Error} when there is none
 */
function testFiles(words) {
  const all = fs
    .readdirSync(path.join(ROOT, '__test__'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.js'))
    .map(name => path.join('__test__', name))
  requireNamed(all)
  const files = all
    .filter(name =>
      words.length === 0
        ? !isOn(name, LEFT_OUT)
        : words.some(word => word === '--all' || name.includes(word)),
    )
    .sort()
  if (files.length === 0) throw new Error(`No test file matches ${words.join(', ')}.`)
  return files
}

/** @returns {string} a folder for the certificates that all files share, gone when this process ends */
function certificatesFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-shared-'))
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * @param {string} output of a file of tests
 * @returns {import('./suites').Result | undefined}
 */
function read(output) {
  const counts = countsOf(output)
  if (counts === undefined) return undefined
  const { passed, failed, skipped } = counts
  const text = `${passed} passed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return { failed, text, failures: failuresOf(output) }
}

/**
 * @param {string[]} words choose test files by part of their path; all if there are none
 * @returns {Suite[]} over rustls, over Node's own TLS, and with threads that read; not where the environment has chosen. In
 *   the order in which they begin
 */
function nodeSuites(words) {
  const {
    TLSJSON_TRANSPORT: transport,
    TLSJSON_READ: reader,
    TLS_JSON_SUBJECT: subject,
  } = process.env
  const shared = { TLSJSON_TEST_CERTIFICATES: certificatesFolder() }
  const files = testFiles(words)
  const suite = (/** @type {string} */ file, where = '', env = {}) => ({
    name: path.relative('__test__', file).replace(/\.test\.js$/, where),
    command: [process.execPath, `--test-reporter=${REPORTER}`, file],
    env: { ...shared, ...env },
    read,
  })
  const suites = files.map(file => suite(file))
  if (transport || subject) return suites
  const once = words.length === 0 ? { ...NOT_OVER_NODE, ...LEFT_OUT_OVER_NODE } : NOT_OVER_NODE
  for (const file of files) {
    if (!reader && READ_BY_THREADS.includes(file)) {
      suites.push(suite(file, ', read by threads', { TLSJSON_READ: 'threads' }))
    }
    if (!isOn(file, once)) {
      suites.push(suite(file, ", over Node's TLS", { TLSJSON_TRANSPORT: 'node' }))
    }
  }
  return suites.sort((a, b) => rank(a.name) - rank(b.name))
}

module.exports = { nodeSuites }
