'use strict'

const { burst } = require('../workloads/burst')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'burst-4k',
  order: 50,
  title: 'Bursts: 1 connection, 200 messages of 4 KB at once',
  label: 'Bursts of 4 KB',
  connections: 1,
  operation: 'message',
  metrics: [
    { name: 'rate', title: 'messages/s', better: 'higher' },
    { name: 'p50', title: 'p50 of a burst, µs', better: 'lower', secondary: true },
    { name: 'p99', title: 'p99 of a burst, µs', better: 'lower', secondary: true },
  ],
  ...burst({ bytes: 4096, messages: 200 }),
}
