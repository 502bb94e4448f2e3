'use strict'

const { FIRST, textOf, checkPayload } = require('../lib/payload')
const { percentile } = require('../lib/statistics')

/** @typedef {import('../lib/scenario').Scenario} Scenario */

/**
 * @typedef {object} OpenLoopOptions
 * @property {number} bytes length of each request's JSON text, without its request id
 * @property {number} perSecond requests that become due in a second, over all connections
 */

/**
 * Requests that become due by the clock, whether or not earlier ones were answered. A latency counts from when the
 * request was due, so that a stall is seen in every request that it delays.
 *
 * @param {OpenLoopOptions} options
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check'>}
 */
function openLoop({ bytes, perSecond }) {
  return {
    serve({ server }) {
      let received = 0
      server.on(
        'request',
        (
          /** @type {number} */ _id,
          /** @type {any} */ request,
          /** @type {{ send(value: any): void }} */ response,
        ) => {
          received++
          response.send(request)
        },
      )
      return { report: () => ({ received }) }
    },

    drive({ clients }) {
      const texts = clients.map((_, index) => textOf(bytes, index))
      let sent = 0
      let answered = 0
      return {
        async run(milliseconds) {
          const total = Math.round((milliseconds / 1000) * perSecond)
          /** @type {number[]} milliseconds */
          const latencies = []
          const start = performance.now()

          /** @param {number} index */
          async function ask(index) {
            const due = start + (index / perSecond) * 1000
            const seq = FIRST + sent++
            const client = index % clients.length
            const answer = await clients[client].request({ seq, text: texts[client] })
            latencies.push(performance.now() - due)
            checkPayload(answer, seq, texts[client])
            answered++
          }

          /** @type {Promise<void>[]} */
          const asked = []
          while (asked.length < total) {
            const due = Math.ceil(((performance.now() - start) / 1000) * perSecond)
            while (asked.length < Math.min(due, total)) asked.push(ask(asked.length))
            // A timer would be up to a millisecond late, as much as what is measured.
            await new Promise(resolve => setImmediate(resolve))
          }
          await Promise.all(asked)
          return {
            operations: total,
            milliseconds: performance.now() - start,
            metrics: {
              p50: percentile(latencies, 0.5) * 1000,
              p99: percentile(latencies, 0.99) * 1000,
              p999: percentile(latencies, 0.999) * 1000,
            },
          }
        },
        report: () => ({ sent, answered }),
      }
    },

    check({ server, client }) {
      const { sent, answered } = client.report
      if (sent !== answered || sent !== server.report.received) {
        throw new Error(
          `${sent} requests sent, ${server.report.received} received, ${answered} answered`,
        )
      }
    },
  }
}

module.exports = { openLoop }
