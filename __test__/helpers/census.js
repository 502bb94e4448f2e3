'use strict'

/**
 * What a process holds: memory, descriptors, threads, handles; and whether it grows.
 */

const fs = require('node:fs')
const { turn } = require('./events')

const MEGABYTE = 1024 * 1024

/**
 * @typedef {object} Census
 * @property {number} heap MB used after garbage collection
 * @property {number} external MB outside of the heap that belong to objects
 * @property {number} resident MB
 * @property {number | null} descriptors null where the system does not say
 * @property {number | null} threads
 * @property {string[]} handles what holds the process
 */

/**
 * @param {string} folder
 * @returns {number | null}
 */
function entries(folder) {
  return fs.existsSync(folder) ? fs.readdirSync(folder).length : null
}

/**
 * Collects garbage, and lets finalizers run, which Node does in later turns.
 *
 * @returns {Promise<void>}
 */
async function collect() {
  for (let n = 0; n < 4; n++) {
    globalThis.gc?.()
    await turn()
  }
}

/** @returns {Census} what is there now, garbage or not */
function count() {
  const { heapUsed, external, rss } = process.memoryUsage()
  const round = (/** @type {number} */ bytes) => Number((bytes / MEGABYTE).toFixed(2))
  return {
    heap: round(heapUsed),
    external: round(external),
    resident: round(rss),
    descriptors: entries('/proc/self/fd'),
    threads: entries('/proc/self/task'),
    handles: process.getActiveResourcesInfo().sort(),
  }
}

/** @returns {Promise<Census>} what is there when garbage has been collected */
async function census() {
  await collect()
  return count()
}

/**
 * The line nearest to some points, by least squares.
 *
 * @param {readonly (readonly [number, number])[]} points
 * @returns {{ slope: number, at: (x: number) => number }} without two different x the slope is 0
 */
function line(points) {
  const mean = (/** @type {number[]} */ list) =>
    list.reduce((sum, each) => sum + each, 0) / Math.max(1, list.length)
  const middleX = mean(points.map(([x]) => x))
  const middleY = mean(points.map(([, y]) => y))
  const spread = points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0)
  const together = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0)
  const slope = spread === 0 ? 0 : together / spread
  return { slope, at: x => middleY + slope * (x - middleX) }
}

module.exports = { census, collect, count, line }
