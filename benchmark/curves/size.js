'use strict'

const { burst } = require('../workloads/burst')

/** So many bytes are sent at once, in as many messages as that takes, but one at least. */
const AT_ONCE = 200000

/** @type {import('../lib/scenario').Curve} */
module.exports = {
  name: 'size',
  order: 20,
  title: `Messages of one size on 1 connection, ${AT_ONCE / 1000} KB at once or one message`,
  axis: 'bytes of a message',
  values: [50, 500, 5e3, 5e4, 5e5, 5e6, 64e6],
  at: bytes => ({
    title: `Size: ${bytes.toLocaleString('en-US')} B`,
    label: `${bytes} B`,
    connections: 1,
    operation: 'message',
    allowance: 60000,
    metrics: [
      { name: 'bytes', title: 'MB/s', better: 'higher' },
      { name: 'rate', title: 'messages/s', better: 'higher', secondary: true },
      { name: 'p50', title: 'p50 of a burst, µs', better: 'lower' },
      { name: 'serverMemory', title: 'memory of the server, MB', better: 'lower' },
      { name: 'clientMemory', title: 'memory of the client, MB', better: 'lower' },
    ],
    ...burst({ bytes, messages: Math.max(1, Math.round(AT_ONCE / bytes)) }),
  }),
}
