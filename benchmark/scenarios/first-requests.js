'use strict'

const { firstRequests } = require('../workloads/first-requests')

const REQUESTS = 1000

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'first-requests',
  order: 15,
  title: `The first ${REQUESTS.toLocaleString('en-US')} requests of new processes: 1 connection, 50 B, one at a time`,
  label: 'First requests',
  connections: 1,
  operation: 'request',
  withoutCpu: true,
  metrics: [
    { name: 'time', title: 'all of them, ms', better: 'lower' },
    { name: 'client', title: 'CPU of the client, ms', better: 'lower' },
  ],
  ...firstRequests({ bytes: 50, requests: REQUESTS }),
}
