'use strict'

/**
 * The charts of the documents once more, for narrow screens.
 */

const fs = require('node:fs')
const path = require('node:path')

const { draw, narrowCurveChart, narrowRatioChart } = require('../benchmark/lib/charts')
const { curvesOf, recorded } = require('../benchmark/lib/recorded')
const { NARROW } = require('./links')
const { ROOT } = require('./pages')

/** Draws them. */
async function drawCharts() {
  const folder = path.join(ROOT, NARROW)
  fs.mkdirSync(folder, { recursive: true })
  const results = recorded()
  const charts = [
    { name: 'ratios', spec: narrowRatioChart(results.twoCores) },
    ...curvesOf(results).map(({ curve, peers }) => ({
      name: curve.name,
      spec: narrowCurveChart(curve, peers),
    })),
  ]
  for (const { name, spec } of charts) {
    fs.writeFileSync(path.join(folder, `${name}.svg`), await draw(spec))
  }
}

module.exports = { drawCharts }
