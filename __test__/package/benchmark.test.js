'use strict'

// What the benchmark is told, and what it makes of figures. That its programs run, tools/benchmark.test.js sees.

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')

const { loadScenarios, loadCurves, pointOf } = require('../../benchmark/lib/scenario')
const { summarise } = require('../../benchmark/lib/summary')
const { markdownTable } = require('../../benchmark/lib/table')

const run = promisify(execFile)
const PROGRAM = path.join(__dirname, '..', '..', 'benchmark', 'run.js')

/** @param {string[]} args */
function benchmark(...args) {
  return run(process.execPath, [PROGRAM, '--rounds', '1', ...args])
}

test('a scenario that does not exist, and a number that is none, are refused by name', async () => {
  await assert.rejects(
    benchmark('--only', 'nonsense'),
    /unknown scenario "nonsense"; there are round-trip/,
  )
  await assert.rejects(
    benchmark('--rounds', '0'),
    /--rounds takes a whole number from 1 to 100, not "0"/,
  )
  await assert.rejects(benchmark('--peers', 'nobody'), /unknown peer "nobody"/)
})

test('every scenario and every point of a curve is described', () => {
  const points = loadCurves().flatMap(curve => curve.values.map(value => pointOf(curve, value)))
  const all = [...loadScenarios(), ...points]
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length)
  for (const { name, title, label, metrics } of all) {
    assert.ok(title && label && metrics.length > 0, name)
    for (const { better } of metrics) assert.match(better, /^(higher|lower)$/, name)
  }
})

test('a ratio is what ours has in relation to the other, the median of the rounds', () => {
  const trial = (/** @type {number} */ rate) => ({
    measured: { operations: 1, milliseconds: 1, metrics: { rate } },
    usage: { server: { cpu: 1, utilisation: 1 }, client: { cpu: 1, utilisation: 1 } },
    reports: {},
    protocol: 'TLSv1.3',
    cipher: 'any',
  })
  const scenario = {
    name: 'made-up',
    title: 'Made up',
    label: 'Made up',
    operation: 'request',
    metrics: [{ name: 'rate', title: 'requests/s', better: 'higher' }],
  }
  const series = [
    { peer: { name: 'ours', title: 'ours' }, trials: [30, 90, 60].map(trial) },
    { peer: { name: 'other', title: 'other' }, trials: [10, 20, 30].map(trial) },
    { peer: { name: 'broken', title: 'broken' }, trials: [], error: 'it broke' },
  ]
  const summary = summarise(/** @type {any} */ (scenario), /** @type {any} */ (series))
  const [ours, other, broken] = summary.rows
  assert.equal(ours.figures.rate.ours, undefined)
  assert.deepEqual(other.figures.rate, {
    value: { median: 20, low: 10, high: 30 },
    ours: { median: 3, low: 2, high: 4.5 },
  })
  assert.deepEqual([broken.error, broken.figures], ['it broke', {}])
  const lines = markdownTable(
    [summary],
    [
      { name: 'other', title: 'other' },
      { name: 'ours', title: 'ours' },
    ],
  )
  assert.match(lines, /^\| \| ours \| other \|$/m)
  assert.match(lines, /^\| Made up; requests\/s \| \*\*60\.0\*\* \| 20\.0 \(3\.00×\) \|$/m)
})
