'use strict'

const { storm } = require('../workloads/storm')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'storm',
  order: 80,
  title: 'Storm: 300 plain node:tls clients connect at once',
  label: 'Storm of 300 connects',
  connections: 0,
  operation: 'connect',
  watchStalls: true,
  wireOnly: true,
  metrics: [
    { name: 'thread', title: 'JavaScript thread of the server, µs/connect', better: 'lower' },
    { name: 'stall', title: 'longest stall of its event loop, ms', better: 'lower' },
    { name: 'late', title: 'p99 of its event loop, ms', better: 'lower' },
    { name: 'all', title: 'until all are in, ms', better: 'lower', secondary: true },
  ],
  ...storm({ clients: 300 }),
}
