'use strict'

const { FIRST, textOf, Inboxes } = require('../lib/payload')

/** @typedef {import('../lib/scenario').Scenario} Scenario */

/**
 * @typedef {object} FloodOptions
 * @property {number} bytes length of each message's JSON text
 * @property {number} burst messages that a client sends at once
 * @property {number} ahead messages that a client may be ahead of the server's count: what bounds the memory of all
 */

/**
 * Every client sends as fast as it may. The server counts, and tells each client how far it has come.
 *
 * @param {FloodOptions} options
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check' | 'measured'>}
 */
function flood({ bytes, burst, ahead }) {
  return {
    serve({ server, allowRepeats }) {
      const inboxes = new Inboxes(bytes, allowRepeats)
      server.on('message', (/** @type {number} */ id, /** @type {any} */ message) => {
        const inbox = inboxes.of(id)
        if (inbox.accept(message) && inbox.received % burst === 0) {
          server.send(id, { received: inbox.received })
        }
      })
      return inboxes
    },

    drive({ clients }) {
      const senders = clients.map((client, index) => {
        const text = textOf(bytes, index)
        const sender = { client, text, next: FIRST, counted: 0, advance: () => {} }
        client.on('message', (/** @type {any} */ message) => {
          sender.counted = message.received
          sender.advance()
        })
        return sender
      })

      /**
       * @param {typeof senders[number]} sender
       * @param {number} until of `performance.now()`
       */
      async function keepSending(sender, until) {
        while (performance.now() < until) {
          while (sender.next - FIRST - sender.counted <= ahead - burst) {
            for (let i = 0; i < burst; i++) {
              sender.client.send({ seq: sender.next++, text: sender.text })
            }
          }
          await new Promise(resolve => (sender.advance = () => resolve(undefined)))
        }
        while (sender.counted < sender.next - FIRST) {
          await new Promise(resolve => (sender.advance = () => resolve(undefined)))
        }
      }

      const sent = () => senders.reduce((sum, { next }) => sum + next - FIRST, 0)
      return {
        async run(milliseconds) {
          const before = sent()
          const start = performance.now()
          await Promise.all(senders.map(sender => keepSending(sender, start + milliseconds)))
          return { operations: sent() - before, milliseconds: performance.now() - start }
        },
        report: () => ({ sent: sent() }),
      }
    },

    check({ server, client }) {
      if (server.report.received !== client.report.sent) {
        throw new Error(`${client.report.sent} messages sent, ${server.report.received} received`)
      }
    },

    measured({
      server: { usage },
      client: {
        run: { operations, milliseconds },
      },
    }) {
      return {
        operations,
        milliseconds,
        metrics: { stall: usage.stall, rate: (operations / milliseconds) * 1000 },
      }
    },
  }
}

module.exports = { flood }
