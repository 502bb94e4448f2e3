'use strict'

const { echo } = require('./echo')
const { FIRST, textOf, checkPayload } = require('../lib/payload')

/** @typedef {import('../lib/scenario').Scenario} Scenario */

/**
 * The first requests between two new processes, one at a time, from when the client is let in. They are the first thing
 * that is run, as the warm-up of others is; the measured time that follows has nothing to do.
 *
 * @param {object} options
 * @param {number} options.bytes length of each request's JSON text, without its id
 * @param {number} options.requests
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check'>}
 */
function firstRequests({ bytes, requests }) {
  const { serve, check } = echo({ bytes, inFlight: 1, sampleEvery: 1 })
  return {
    serve,
    check,

    drive({ clients: [client] }) {
      const text = textOf(bytes, 0)
      let answered = 0
      /** @type {{ milliseconds: number, cpu: number } | undefined} */
      let first

      /** @returns {Promise<{ milliseconds: number, cpu: number }>} */
      async function ask() {
        const before = process.cpuUsage()
        const start = performance.now()
        for (let seq = FIRST; seq < FIRST + requests; seq++) {
          checkPayload(await client.request({ seq, text }), seq, text)
          answered++
        }
        const milliseconds = performance.now() - start
        const { user, system } = process.cpuUsage(before)
        return { milliseconds, cpu: (user + system) / 1000 }
      }

      return {
        async run() {
          first ??= await ask()
          const { milliseconds, cpu } = first
          return {
            operations: requests,
            milliseconds,
            metrics: { time: milliseconds, client: cpu },
          }
        },
        report: () => ({ sent: answered, answered, connections: 1 }),
      }
    },
  }
}

module.exports = { firstRequests }
