'use strict'

const { connects } = require('../workloads/connects')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'connects-ec',
  order: 95,
  title: 'Connects, P-256: both ends, 16 at a time',
  label: 'Connects, P-256',
  connections: 0,
  operation: 'connect',
  certificate: 'ec',
  metrics: [{ name: 'rate', title: 'connects/s', better: 'higher' }],
  ...connects({ atATime: 16 }),
}
