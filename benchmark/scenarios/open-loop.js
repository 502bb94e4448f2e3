'use strict'

const { openLoop } = require('../workloads/open-loop')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'open-loop',
  order: 110,
  title: 'Latency under load: 5,000 requests of 100 B due in a second over 50 connections',
  label: 'Latency under load',
  connections: 50,
  operation: 'request',
  metrics: [
    { name: 'p50', title: 'p50, µs', better: 'lower' },
    { name: 'p99', title: 'p99, µs', better: 'lower' },
    { name: 'p999', title: 'p99.9, µs', better: 'lower', secondary: true },
  ],
  ...openLoop({ bytes: 100, perSecond: 5000 }),
}
