'use strict'

const { FIRST, textOf, checkPayload, Inboxes } = require('../lib/payload')
const { percentile } = require('../lib/statistics')

/** @typedef {import('../lib/scenario').Scenario} Scenario */

/**
 * @typedef {object} EchoOptions
 * @property {number} bytes length of each message's JSON text, without its request id
 * @property {number} inFlight requests without an answer that each connection keeps up, or, in turn, all together
 * @property {boolean} [inTurn] whether each request goes to the next connection; otherwise each has its own
 * @property {number} sampleEvery the latency of one request in so many is taken
 */

/**
 * Requests from client to server, answered with what was asked. A fixed number is
 * kept in flight: an answer is followed by the next request at once.
 *
 * @param {EchoOptions} options
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check' | 'measured'>}
 */
function echo({ bytes, inFlight, inTurn = false, sampleEvery }) {
  return {
    serve({ server, allowRepeats }) {
      const inboxes = new Inboxes(bytes, allowRepeats)
      server.on(
        'request',
        (
          /** @type {number} */ id,
          /** @type {any} */ request,
          /** @type {{ send(value: any): void }} */ response,
        ) => {
          const inbox = inboxes.of(id)
          if (inbox.accept(request)) response.send(request)
        },
      )
      return inboxes
    },

    drive({ clients }) {
      const connections = clients.map((client, index) => ({
        client,
        text: textOf(bytes, index),
        next: FIRST,
        answered: FIRST,
      }))
      let stopped = false
      let asked = 0
      /** @type {number[]} milliseconds */
      let latencies = []

      let last = 0
      /** @returns {typeof connections[number]} */
      function nextInTurn() {
        last = (last + 1) % connections.length
        return connections[last]
      }

      /** @param {() => typeof connections[number]} choose the connection of each request */
      async function keepAsking(choose) {
        while (!stopped) {
          const connection = choose()
          const { client, text } = connection
          const seq = connection.next++
          const sampled = asked++ % sampleEvery === 0
          const start = sampled ? performance.now() : 0
          const answer = await client.request({ seq, text })
          if (sampled) latencies.push(performance.now() - start)
          if (seq !== connection.answered) {
            throw new Error(`answer ${seq} came where ${connection.answered} was due`)
          }
          connection.answered++
          checkPayload(answer, seq, text)
        }
      }

      /** @returns {number} requests answered since the start */
      function answered() {
        return connections.reduce((sum, connection) => sum + connection.answered - FIRST, 0)
      }

      return {
        async run(milliseconds) {
          stopped = false
          latencies = []
          const before = answered()
          const start = performance.now()
          const timer = setTimeout(() => (stopped = true), milliseconds)
          /** @type {Promise<void>[]} */
          const asking = []
          const choices = inTurn ? [nextInTurn] : connections.map(connection => () => connection)
          for (const choose of choices) {
            for (let i = 0; i < inFlight; i++) asking.push(keepAsking(choose))
          }
          await Promise.all(asking)
          clearTimeout(timer)
          const elapsed = performance.now() - start
          const operations = answered() - before
          return {
            operations,
            milliseconds: elapsed,
            metrics: {
              rate: (operations / elapsed) * 1000,
              p50: percentile(latencies, 0.5) * 1000,
              p99: percentile(latencies, 0.99) * 1000,
            },
          }
        },
        report() {
          const sent = connections.reduce((sum, { next }) => sum + next - FIRST, 0)
          const used = connections.filter(({ next }) => next > FIRST).length
          return { sent, answered: answered(), connections: used }
        },
      }
    },

    check({ server, client }) {
      const { sent, answered } = client.report
      const { received } = server.report
      if (sent !== answered || sent !== received) {
        throw new Error(`${sent} requests sent, ${received} received, ${answered} answered`)
      }
      if (server.report.connections !== client.report.connections) {
        throw new Error(
          `${client.report.connections} clients asked, the server heard ${server.report.connections}`,
        )
      }
    },

    measured({ server, client }) {
      const { metrics, ...run } = client.run
      const threads = {
        serverThread: server.usage.thread / run.operations,
        clientThread: client.usage.thread / run.operations,
      }
      return { ...run, metrics: { ...metrics, ...threads } }
    },
  }
}

module.exports = { echo }
