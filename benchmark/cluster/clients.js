'use strict'

/**
 * The clients of one node of the benchmark of clusters.
 */

const fs = require('node:fs')

const { percentile } = require('../lib/statistics')
const { serve, time } = require('./channel')
const { startClient } = require('./peers')

/** After so many broadcasts it is told how far they are. */
const STEP = 20

let received = 0
let clients = 0
/** @type {number[]} */
let latencies = []

/** @param {{ at: number }} message */
function heard({ at }) {
  received++
  if (at > 0) latencies.push(time() - at)
  if (received % (STEP * clients) === 0) process.send?.({ count: received / clients })
}

serve({
  /** @param {{ peer: any, port: number, cert: string, count: number }} setup */
  async start({ peer, port, cert, count }) {
    const ca = fs.readFileSync(cert)
    clients = count
    for (let n = 0; n < count; n++) await startClient(peer, port, ca, heard)
  },

  received: () => received,

  latency() {
    const result = { half: percentile(latencies, 0.5), late: percentile(latencies, 0.99) }
    latencies = []
    return result
  },

  reset() {
    received = 0
    latencies = []
  },
})
