'use strict'

const { execFileSync } = require('node:child_process')

const { median } = require('../lib/statistics')
const { threadCount } = require('../lib/usage')

/** @typedef {import('../lib/scenario').Scenario} Scenario */

/** Processes started, one after the other. */
const PROCESSES = 7

/**
 * Prints how long `require` took in milliseconds, and the threads and bytes of the process by then.
 */
const PROGRAM = `
const before = process.memoryUsage.rss()
const start = performance.now()
require(process.argv[1])
const milliseconds = performance.now() - start
let threads = 0
try {
  threads = require('node:fs').readdirSync('/proc/self/task').length
} catch {
  // Only Linux tells.
}
console.log(JSON.stringify({ milliseconds, threads, bytes: process.memoryUsage.rss() - before }))
`

/**
 * What requiring the package costs, in processes of its own; and the threads of this one, which has a client.
 *
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check'>}
 */
function loading() {
  return {
    serve: () => ({}),

    drive({ peer }) {
      return {
        async run() {
          const start = performance.now()
          const loads = Array.from({ length: PROCESSES }, () =>
            JSON.parse(execFileSync(process.execPath, ['-e', PROGRAM, peer.loads]).toString()),
          )
          return {
            operations: PROCESSES,
            milliseconds: performance.now() - start,
            metrics: {
              require: median(loads.map(({ milliseconds }) => milliseconds)),
              memory: median(loads.map(({ bytes }) => bytes)) / 2 ** 20,
              loaded: median(loads.map(({ threads: count }) => count)),
              connected: threadCount(),
            },
          }
        },
      }
    },

    check() {},
  }
}

module.exports = { loading }
