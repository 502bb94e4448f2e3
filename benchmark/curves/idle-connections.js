'use strict'

const { idle } = require('../workloads/memory')

/** @type {import('../lib/scenario').Curve} */
module.exports = {
  name: 'idle-connections',
  order: 30,
  title: 'Idle connections, all of them logged in',
  axis: 'connections',
  // The most that 20,000 descriptors allow, which is what a process may have open on many systems.
  values: [1000, 5000, 18000],
  at: connections => ({
    title: `Idle: ${connections.toLocaleString('en-US')} connections`,
    label: `${connections} idle connections`,
    connections: 1,
    operation: 'connection',
    certificate: 'ec',
    withoutCpu: true,
    // They are opened before they do nothing.
    allowance: 600_000,
    metrics: [
      { name: 'server', title: 'memory of the server, KB/connection', better: 'lower' },
      { name: 'client', title: 'memory of the client, KB/connection', better: 'lower' },
    ],
    ...idle({ connections }),
  }),
}
