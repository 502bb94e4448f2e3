'use strict'

/**
 * The charts of the documents once more, for narrow screens.
 */

const fs = require('node:fs')
const path = require('node:path')

const { clusterCurve } = require('../benchmark/cluster/report')
const { draw, narrowCurveChart, narrowRatioChart } = require('../benchmark/lib/charts')
const { NARROW } = require('./links')
const { ROOT } = require('./pages')

/**
 * @param {string} name
 * @returns {any}
 */
function read(name) {
  return JSON.parse(fs.readFileSync(path.join(ROOT, 'benchmark', 'results', name), 'utf8'))
}

/** Draws them. */
async function drawCharts() {
  const folder = path.join(ROOT, NARROW)
  fs.mkdirSync(folder, { recursive: true })
  /** @type {Pick<import('../benchmark/run').Results, 'peers' | 'curves'>[]} */
  const curves = [read('curves.json'), read('idle.json'), clusterCurve(read('cluster.json'))]
  const charts = [
    { name: 'ratios', spec: narrowRatioChart(read('two-cores.json')) },
    ...curves.flatMap(({ curves: all, peers }) =>
      all.map(curve => ({ name: curve.name, spec: narrowCurveChart(curve, peers) })),
    ),
  ]
  for (const { name, spec } of charts) {
    fs.writeFileSync(path.join(folder, `${name}.svg`), await draw(spec))
  }
}

module.exports = { drawCharts }
