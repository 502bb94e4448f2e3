'use strict'

const { echo } = require('../workloads/echo')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'requests-1',
  order: 20,
  title: 'Pipelined requests: 1 connection, 128 of 50 B in flight',
  label: 'Requests, 1 connection × 128',
  connections: 1,
  operation: 'request',
  metrics: [
    { name: 'rate', title: 'requests/s', better: 'higher' },
    { name: 'p50', title: 'p50, µs', better: 'lower', secondary: true },
    { name: 'p99', title: 'p99, µs', better: 'lower', secondary: true },
  ],
  ...echo({ bytes: 50, inFlight: 128, sampleEvery: 16 }),
}
