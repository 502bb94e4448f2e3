'use strict'

const { once } = require('node:events')

const { FIRST, textOf, Inbox } = require('../lib/payload')
const { percentile } = require('../lib/statistics')

/** @typedef {import('../lib/scenario').Scenario} Scenario */

/**
 * @typedef {object} BurstOptions
 * @property {number} bytes length of each message's JSON text
 * @property {number} messages in one burst, all sent within one turn of the event loop
 */

/**
 * Bursts of messages from one client to the server, which answers the last message of each burst
 * with its count; then the next one is sent.
 *
 * @param {BurstOptions} options
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check'>}
 */
function burst({ bytes, messages }) {
  return {
    serve({ server, allowRepeats }) {
      const inbox = new Inbox(bytes, allowRepeats)
      server.on('message', (/** @type {number} */ id, /** @type {any} */ message) => {
        if (inbox.accept(message) && inbox.received % messages === 0) {
          server.send(id, { received: inbox.received })
        }
      })
      return {
        report: () => ({ received: inbox.received, repeats: inbox.repeats }),
      }
    },

    drive({ clients: [client] }) {
      const text = textOf(bytes, 0)
      let next = FIRST
      return {
        async run(milliseconds) {
          /** @type {number[]} milliseconds */
          const latencies = []
          const before = next
          const start = performance.now()
          let now = start
          while (now - start < milliseconds) {
            const counted = once(client, 'message')
            for (let i = 0; i < messages; i++) client.send({ seq: next++, text })
            const [{ received }] = await counted
            if (received !== next - FIRST) {
              throw new Error(`${next - FIRST} messages sent, ${received} counted by the server`)
            }
            const end = performance.now()
            latencies.push(end - now)
            now = end
          }
          const operations = next - before
          return {
            operations,
            milliseconds: now - start,
            metrics: {
              rate: (operations / (now - start)) * 1000,
              bytes: (operations * bytes) / (now - start) / 1000,
              milliseconds: percentile(latencies, 0.5),
              p50: percentile(latencies, 0.5) * 1000,
              p99: percentile(latencies, 0.99) * 1000,
            },
          }
        },
        report: () => ({ sent: next - FIRST }),
      }
    },

    check({ server, client }) {
      if (server.report.received !== client.report.sent) {
        throw new Error(`${client.report.sent} messages sent, ${server.report.received} received`)
      }
    },
  }
}

module.exports = { burst }
