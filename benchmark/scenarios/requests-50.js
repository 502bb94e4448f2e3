'use strict'

const { echo } = require('../workloads/echo')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'requests-50',
  order: 30,
  title: 'Pipelined requests: 50 connections, 8 of 50 B in flight on each',
  label: 'Requests, 50 connections × 8',
  connections: 50,
  operation: 'request',
  metrics: [
    { name: 'rate', title: 'requests/s', better: 'higher' },
    { name: 'p50', title: 'p50, µs', better: 'lower', secondary: true },
    { name: 'p99', title: 'p99, µs', better: 'lower', secondary: true },
  ],
  ...echo({ bytes: 50, inFlight: 8, sampleEvery: 16 }),
}
