'use strict'

const { fanOut } = require('../workloads/fan-out')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'broadcast',
  order: 75,
  title: 'Fan-out: the same with `broadcast` where there is one',
  label: 'Fan-out by `broadcast`',
  connections: 200,
  operation: 'delivery',
  metrics: [
    { name: 'thread', title: 'JavaScript thread of the server, µs/delivery', better: 'lower' },
    { name: 'rate', title: 'deliveries/s', better: 'higher' },
  ],
  ...fanOut({ bytes: 300, broadcast: true }),
}
