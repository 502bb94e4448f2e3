'use strict'

const { burst } = require('../workloads/burst')

/** @type {import('../lib/scenario').Scenario} */
module.exports = {
  name: 'message-8m',
  order: 60,
  title: 'One message of 8 MB, until the server has it',
  label: 'One message of 8 MB',
  connections: 1,
  operation: 'message',
  // The original takes many seconds for each.
  allowance: 90000,
  metrics: [{ name: 'milliseconds', title: 'p50, ms', better: 'lower' }],
  ...burst({ bytes: 8e6, messages: 1 }),
}
