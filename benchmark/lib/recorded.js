'use strict'

const fs = require('node:fs')
const path = require('node:path')

const { clusterCurve } = require('../cluster/report')

/** @typedef {import('../run').Results} Results */

/**
 * @param {string} name
 * @returns {any} what is recorded under it in `results/`
 */
function read(name) {
  return JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'results', `${name}.json`), 'utf8'))
}

/**
 * What the documents show.
 *
 * @returns {Record<'twoCores' | 'oneCore' | 'curves' | 'idle', Results> & { cluster: import('../cluster/report').Results }}
 */
function recorded() {
  return {
    twoCores: read('two-cores'),
    oneCore: read('one-core'),
    curves: read('curves'),
    idle: read('idle'),
    cluster: read('cluster'),
  }
}

/**
 * @param {ReturnType<typeof recorded>} results
 * @returns {{ curve: Results['curves'][number], peers: Results['peers'] }[]} each of which there is a chart
 */
function curvesOf({ curves, idle, cluster }) {
  return [curves, idle, clusterCurve(cluster)].flatMap(({ curves: all, peers }) =>
    all.map(curve => ({ curve, peers })),
  )
}

module.exports = { curvesOf, recorded }
