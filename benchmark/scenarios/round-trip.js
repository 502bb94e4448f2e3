'use strict'

const { echo } = require('../workloads/echo')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'round-trip',
  order: 10,
  title: 'Round trip: 1 connection, one request of 50 B at a time',
  label: 'Round trip',
  connections: 1,
  operation: 'request',
  metrics: [
    { name: 'p50', title: 'p50, µs', better: 'lower' },
    { name: 'p99', title: 'p99, µs', better: 'lower' },
    { name: 'clientThread', title: 'JavaScript thread of the client, µs/request', better: 'lower' },
    { name: 'serverThread', title: 'JavaScript thread of the server, µs/request', better: 'lower' },
    { name: 'rate', title: 'requests/s', better: 'higher', secondary: true },
  ],
  ...echo({ bytes: 50, inFlight: 1, sampleEvery: 1 }),
}
