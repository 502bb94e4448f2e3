'use strict'

const { connects } = require('../workloads/connects')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'connects-rsa',
  order: 90,
  title: 'Connects, RSA-2048: both ends, 16 at a time',
  label: 'Connects, RSA-2048',
  connections: 0,
  operation: 'connect',
  metrics: [{ name: 'rate', title: 'connects/s', better: 'higher' }],
  ...connects({ atATime: 16 }),
}
