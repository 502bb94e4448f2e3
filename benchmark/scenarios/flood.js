'use strict'

const { flood } = require('../workloads/flood')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'flood',
  order: 100,
  title: 'Flood: 50 clients send messages of 300 B as fast as they may',
  label: 'Flood',
  connections: 50,
  operation: 'message',
  watchStalls: true,
  metrics: [
    { name: 'stall', title: 'longest stall of the event loop of the server, ms', better: 'lower' },
    { name: 'rate', title: 'messages/s', better: 'higher' },
  ],
  ...flood({ bytes: 300, burst: 100, ahead: 1000 }),
}
