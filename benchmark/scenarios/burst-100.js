'use strict'

const { burst } = require('../workloads/burst')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'burst-100',
  order: 40,
  title: 'Bursts: 1 connection, 1,000 messages of 100 B at once',
  label: 'Bursts of 100 B',
  connections: 1,
  operation: 'message',
  metrics: [
    { name: 'rate', title: 'messages/s', better: 'higher' },
    { name: 'p50', title: 'p50 of a burst, µs', better: 'lower', secondary: true },
    { name: 'p99', title: 'p99 of a burst, µs', better: 'lower', secondary: true },
  ],
  ...burst({ bytes: 100, messages: 1000 }),
}
