'use strict'

const { burstMemory } = require('../workloads/memory')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'burst-memory',
  order: 130,
  title: 'Memory of the server after a burst of 100 MB',
  label: 'After 100 MB',
  connections: 1,
  operation: 'message',
  withoutCpu: true,
  metrics: [
    { name: 'left', title: 'after : before', better: 'lower' },
    { name: 'before', title: 'before, MB', better: 'lower', secondary: true },
    { name: 'after', title: 'after, MB', better: 'lower', secondary: true },
  ],
  ...burstMemory({ bytes: 10000, messages: 10000 }),
}
