'use strict'

const { textOf } = require('../lib/payload')
const { someAtATime } = require('../lib/some-at-a-time')
const { settledMemory } = require('../lib/usage')

/** @typedef {import('../lib/scenario').Scenario} Scenario */

/** A client's request for the server's memory. */
const MEMORY = 'memory'

/**
 * A server that tells its memory when asked, and counts what else comes.
 *
 * @returns {Pick<Scenario, 'serve'>}
 */
function tellsMemory() {
  return {
    serve({ server }) {
      let received = 0
      server.on('message', () => received++)
      server.on(
        'request',
        (
          /** @type {number} */ _id,
          /** @type {any} */ request,
          /** @type {{ send(value: any): void }} */ response,
        ) => {
          response.send(
            request.what === MEMORY ? { bytes: settledMemory(), received } : { received },
          )
        },
      )
      return { report: () => ({ received }) }
    },
  }
}

/**
 * @param {any} client
 * @returns {Promise<number>} bytes of the server's resident memory
 */
async function memoryOfServer(client) {
  return (await client.request({ what: MEMORY })).bytes
}

/**
 * What connections cost that have logged in and are idle. The warm-up opens and closes some, so that what is loaded
 * and grown once does not count.
 *
 * @param {{ connections: number }} options
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check'>}
 */
function idle({ connections }) {
  return {
    ...tellsMemory(),

    drive({ clients: [witness], connect, disconnect }) {
      let opened = 0
      return {
        async run() {
          const start = performance.now()
          const warmUp = opened === 0
          const count = warmUp ? Math.ceil(connections / 10) : connections
          const server = await memoryOfServer(witness)
          const client = settledMemory()
          const clients = await someAtATime(count, connect)
          const metrics = {
            server: ((await memoryOfServer(witness)) - server) / count / 1024,
            client: (settledMemory() - client) / count / 1024,
          }
          opened += count
          await someAtATime(count, index => disconnect(clients[index]))
          return { operations: count, milliseconds: performance.now() - start, metrics }
        },
      }
    },

    check({ client }) {
      if (client.run.operations !== connections) throw new Error('not all connections were opened')
    },
  }
}

/**
 * What is left in the server of a burst that it has read: its memory after it in relation to before.
 *
 * @param {{ bytes: number, messages: number }} options
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check'>}
 */
function burstMemory({ bytes, messages }) {
  return {
    ...tellsMemory(),

    drive({ clients: [client] }) {
      let sent = 0
      const message = { seq: 1000000, text: textOf(bytes, 0) }
      return {
        async run() {
          const start = performance.now()
          const before = await memoryOfServer(client)
          const warmUp = sent === 0
          const count = warmUp ? Math.ceil(messages / 10) : messages
          for (let i = 0; i < count; i++) client.send(message)
          sent += count
          // The request comes behind them all.
          const after = await memoryOfServer(client)
          return {
            operations: count,
            milliseconds: performance.now() - start,
            metrics: { before: before / 2 ** 20, after: after / 2 ** 20, left: after / before },
          }
        },
        report: () => ({ sent }),
      }
    },

    check({ server, client }) {
      if (server.report.received !== client.report.sent) {
        throw new Error(`${client.report.sent} messages sent, ${server.report.received} received`)
      }
    },
  }
}

module.exports = { idle, burstMemory }
