'use strict'

// What the documents say of the recorded figures of clusters.

const { number } = require('../lib/table')
const { nameOf } = require('./cases')

/** @typedef {import('./cases').Case} Case */
/** @typedef {import('./cases').Figure} Figure */
/** @typedef {Case & Record<Figure, number>} Row */

/**
 * @typedef {object} Results what `npm run benchmark:cluster -- --json` writes
 * @property {import('../lib/machine').Machine} machine
 * @property {number} time milliseconds
 * @property {number} clients of each node
 * @property {number} rounds
 * @property {Row[]} rows medians
 * @property {Record<Figure, number>[][]} all of each row, round by round
 */

/** What is shown of broadcasts and of requests. @type {Record<'broadcasts' | 'requests', [Figure, string][]>} */
const COLUMNS = {
  broadcasts: [
    ['thread', 'origin, µs'],
    ['deliveries', 'deliveries/s'],
    ['half', 'ms'],
    ['late', 'p99, ms'],
  ],
  requests: [
    ['alone', 'ms'],
    ['aloneLate', 'p99, ms'],
    ['rate', 'requests/s'],
  ],
}

/** What the chart has, and what a figure is multiplied by. @type {{ name: Figure, title: string, times?: number }[]} */
const METRICS = [
  { name: 'thread', title: 'origin, µs of a broadcast' },
  { name: 'deliveries', title: 'deliveries/s' },
  { name: 'half', title: 'a broadcast to the last node, ms' },
  { name: 'alone', title: 'a request to the last node, µs', times: 1000 },
  { name: 'rate', title: 'requests/s' },
]

/** Whose curves there are; titles that the legend does not cut off. @type {(Pick<Case, 'peer' | 'broker'> & { name: string, title: string })[]} */
const LINES = [
  { peer: 'ours', broker: 'nats', name: 'ours', title: 'ours, NATS' },
  { peer: 'ours', broker: 'redis', name: 'ours-redis', title: 'ours, Redis' },
  { peer: 'socket.io', broker: 'redis', name: 'socket.io', title: 'socket.io, Redis' },
]

/**
 * @param {Row[]} rows
 * @param {[Figure, string][]} columns
 * @returns {string} in Markdown
 */
function tableOf(rows, columns) {
  return [
    `| | ${columns.map(([, title]) => title).join(' | ')} |`,
    `|---|${columns.map(() => '---:|').join('')}`,
    ...rows.map(
      row => `| ${nameOf(row)} | ${columns.map(([name]) => number(row[name])).join(' | ')} |`,
    ),
  ].join('\n')
}

/**
 * @param {Results} results
 * @returns {Record<'broadcasts' | 'requests' | 'caption', string>} in Markdown
 */
function clusterTables({ machine, time, clients, rounds, rows }) {
  return {
    broadcasts: tableOf(rows, COLUMNS.broadcasts),
    requests: tableOf(rows, COLUMNS.requests),
    caption:
      `Medians of ${rounds} rounds of ${time / 1000} s for broadcasts and for requests, ${clients} clients of each node. ` +
      `${machine.cores} cores, ${machine.cpu}, ${machine.os}, Node ${machine.node}, ${machine.date.slice(0, 10)}.`,
  }
}

/**
 * @param {Results} results
 * @returns {Pick<import('../run').Results, 'peers' | 'curves'>} how each figure goes with the number of nodes
 */
function clusterCurve({ clients, rows }) {
  const counts = [...new Set(rows.map(({ nodes }) => nodes))]
  const points = counts.map(value => ({
    value,
    summary: {
      metrics: METRICS,
      rows: LINES.flatMap(({ peer, broker, title }) =>
        rows
          .filter(row => row.peer === peer && row.broker === broker && row.nodes === value)
          .map(row => ({
            title,
            figures: Object.fromEntries(
              METRICS.map(({ name, times = 1 }) => [
                name,
                { value: { median: times * row[name] } },
              ]),
            ),
          })),
      ),
    },
  }))
  const curve = {
    name: 'cluster',
    title: `A cluster, ${clients} clients of each node, all on two cores`,
    axis: 'nodes',
    points,
  }
  return /** @type {any} */ ({ peers: LINES, curves: [curve] })
}

module.exports = { COLUMNS, clusterCurve, clusterTables }
