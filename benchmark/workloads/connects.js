'use strict'

/** @typedef {import('../lib/scenario').Scenario} Scenario */

/**
 * Clients connect, log in and leave again, a fixed number at a time.
 *
 * @param {{ atATime: number }} options
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check'>}
 */
function connects({ atATime }) {
  return {
    serve: ({ ids }) => ({ report: () => ({ accepted: ids.length }) }),

    drive({ connect, disconnect }) {
      let accepted = 0
      return {
        async run(milliseconds) {
          const before = accepted
          const start = performance.now()
          async function keepConnecting() {
            while (performance.now() - start < milliseconds) {
              const client = await connect()
              accepted++
              await disconnect(client)
            }
          }
          await Promise.all(Array.from({ length: atATime }, keepConnecting))
          const elapsed = performance.now() - start
          const operations = accepted - before
          return {
            operations,
            milliseconds: elapsed,
            metrics: { rate: (operations / elapsed) * 1000 },
          }
        },
        report: () => ({ accepted }),
      }
    },

    check({ server, client }) {
      if (server.report.accepted !== client.report.accepted) {
        throw new Error(
          `${client.report.accepted} let in, the server knows ${server.report.accepted}`,
        )
      }
    },
  }
}

module.exports = { connects }
