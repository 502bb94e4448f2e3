'use strict'

/**
 * The reporter that `scripts/node-tests.js` gives to each file of tests: a line for each test, the failures, and what the
 * tests said; in the last line how many there were. Without that line the process ended before its tests did.
 */

const { inspect } = require('node:util')

/** Begins the last line. */
const COUNTS = '# counts '

/** Begins the line of a test that has passed: of interest only where the tests break off. */
const PASSED = '  ok  '

/** What node:test says of all tests together: `counts` says it. */
const SUMMARY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/**
 * @param {string} output of a file of tests
 * @returns {Counts | undefined}
 */
function countsOf(output) {
  const last = output.trimEnd().split('\n').at(-1) ?? ''
  return last.startsWith(COUNTS) ? JSON.parse(last.slice(COUNTS.length)) : undefined
}

/**
 * @param {string} output of a file of tests that came to its end
 * @returns {string} without what is of no interest then
 */
function failuresOf(output) {
  const lines = output.split('\n')
  return lines.filter(line => !line.startsWith(PASSED) && !line.startsWith(COUNTS)).join('\n')
}

/**
 * @param {any} details of a failed test
 * @returns {string} its error, that of the test's own function
 */
function explain({ error }) {
  const cause = error?.code === 'ERR_TEST_FAILURE' ? (error.cause ?? error) : error
  return (cause instanceof Error ? inspect(cause) : String(cause)).replace(/^/gm, '    ')
}

/**
 * @param {AsyncIterable<{ type: string, data: any }>} events
 * @returns {AsyncGenerator<string>}
 */
async function* report(events) {
  /** @type {Counts} */
  const counts = { passed: 0, failed: 0, skipped: 0 }
  /** @type {string[]} the tests around the one that runs, and that one */
  const names = []
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && !SUMMARY.test(data.message)) yield `  ${data.message}\n`
    if (type === 'test:start') names.splice(data.nesting, names.length, data.name)
    if (type !== 'test:pass' && type !== 'test:fail') continue

    // An outer test that fails of an inner one says nothing more.
    const failed = type === 'test:fail'
    const ofInner = data.details.error?.failureType === 'subtestsFailed'
    if (failed && !ofInner) {
      const name = [...names.slice(0, data.nesting), data.name].join(' > ')
      yield `  FAILED  ${name} (line ${data.line ?? '?'})\n${explain(data.details)}\n`
    }
    if (data.details.type === 'suite' && (!failed || ofInner)) continue
    if (data.skip !== undefined) counts.skipped += 1
    else if (failed) counts.failed += 1
    else {
      counts.passed += 1
      yield `${PASSED}${data.name} (${Math.round(data.details.duration_ms)} ms)\n`
    }
  }
  yield `\n${COUNTS}${JSON.stringify(counts)}\n`
}

module.exports = Object.assign(report, { countsOf, failuresOf })
