'use strict'

// What the benchmark is told, and what it makes of figures. That its programs run, tools/benchmark.test.js sees.

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')

const { CASES } = require('../../benchmark/cluster/cases')
const { clusterCurve, clusterTables } = require('../../benchmark/cluster/report')
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

test('figures of a cluster make two tables, and a curve over the number of nodes', () => {
  const figures = {
    thread: 36,
    deliveries: 5e5,
    half: 4,
    late: 8,
    alone: 0.25,
    aloneLate: 2,
    rate: 9e4,
  }
  const machine = { cores: 2, cpu: 'any', os: 'any', node: 'v20', date: '2026-11-30T16:39:22.786Z' }
  const results = /** @type {any} */ ({
    machine,
    time: 2000,
    clients: 200,
    rounds: 3,
    rows: CASES.map(one => ({ ...one, ...figures })),
  })
  const { broadcasts, requests, caption } = clusterTables(results)
  assert.equal(broadcasts.split('\n').length, 2 + CASES.length)
  assert.match(broadcasts, /^\| ours, over NATS, 1 node \| 36\.0 \| 500,000 \| 4\.00 \| 8\.00 \|$/m)
  assert.match(requests, /^\| socket\.io, over Redis, 5 nodes \| 0\.25 \| 2\.00 \| 90,000 \|$/m)
  assert.match(caption, /Medians of 3 rounds of 2 s .* 200 clients .* 2026-11-30\.$/)

  const {
    peers,
    curves: [{ points }],
  } = clusterCurve(results)
  assert.deepEqual(
    points.map(({ value }) => value),
    [1, 2, 3, 5],
  )
  for (const { summary } of points) {
    assert.deepEqual(
      summary.rows.map(({ title }) => title),
      peers.map(({ title }) => title),
    )
    // In microseconds.
    assert.equal(summary.rows[0]?.figures.alone?.value.median, 250)
  }
})
