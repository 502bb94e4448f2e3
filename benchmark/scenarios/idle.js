'use strict'

const { idle } = require('../workloads/memory')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'idle',
  order: 120,
  title: 'Idle: 1,000 connections that have logged in',
  label: 'Idle connections',
  connections: 1,
  operation: 'connection',
  certificate: 'ec',
  withoutCpu: true,
  metrics: [
    { name: 'server', title: 'memory of the server, KB/connection', better: 'lower' },
    { name: 'client', title: 'memory of the client, KB/connection', better: 'lower' },
  ],
  ...idle({ connections: 1000 }),
}
