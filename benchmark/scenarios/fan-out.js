'use strict'

const { fanOut } = require('../workloads/fan-out')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'fan-out',
  order: 70,
  title: 'Fan-out: one object of 300 B to 200 clients with `send`',
  label: 'Fan-out by `send`',
  connections: 200,
  operation: 'delivery',
  metrics: [
    { name: 'thread', title: 'JavaScript thread of the server, µs/delivery', better: 'lower' },
    { name: 'rate', title: 'deliveries/s', better: 'higher' },
  ],
  ...fanOut({ bytes: 300, broadcast: false }),
}
