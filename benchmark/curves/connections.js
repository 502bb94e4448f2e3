'use strict'

const { echo } = require('../workloads/echo')

/** Requests in flight over all connections together, so that only the number of connections grows. */
const IN_FLIGHT = 100

/** @type {import('../lib/scenario').Curve} */
module.exports = {
  name: 'connections',
  order: 10,
  title: `Requests of 50 B, ${IN_FLIGHT} in flight over all connections in turn`,
  axis: 'connections',
  values: [1, 10, 100, 1000, 5000],
  at: connections => ({
    title: `Connections: ${connections.toLocaleString('en-US')}`,
    label: `${connections} connections`,
    connections,
    operation: 'request',
    certificate: 'ec',
    // Five thousand handshakes come before it.
    allowance: 120000,
    metrics: [
      { name: 'rate', title: 'requests/s', better: 'higher' },
      { name: 'p50', title: 'p50, µs', better: 'lower' },
      { name: 'p99', title: 'p99, µs', better: 'lower' },
      { name: 'serverMemory', title: 'memory of the server, MB', better: 'lower' },
      { name: 'clientMemory', title: 'memory of the client, MB', better: 'lower' },
    ],
    ...echo({ bytes: 50, inFlight: IN_FLIGHT, inTurn: true, sampleEvery: 16 }),
  }),
}
