'use strict'

const { loading } = require('../workloads/loading')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'loading',
  order: 140,
  title: 'Loading the package',
  label: 'Loading',
  connections: 1,
  operation: 'process',
  withoutCpu: true,
  metrics: [
    { name: 'require', title: '`require`, ms', better: 'lower' },
    { name: 'memory', title: 'memory, MB', better: 'lower' },
    { name: 'loaded', title: 'threads then', better: 'lower', secondary: true },
    { name: 'connected', title: 'threads of a process with a client', better: 'lower' },
  ],
  ...loading(),
}
