'use strict'

const { isDeepStrictEqual } = require('node:util')

const { FIRST, textOf, checkPayload } = require('../lib/payload')

/** @typedef {import('../lib/scenario').Scenario} Scenario */

/**
 * @typedef {object} FanOutOptions
 * @property {number} bytes length of the object's JSON text
 * @property {boolean} broadcast whether a peer that has `broadcast` uses it; all others call `send` for each client
 */

/** Fan-outs before the next has to wait for the clients: the JavaScript thread is never idle for long. */
const UNDER_WAY = 4

/**
 * The server sends one object to every client. When all of them have it, one of the clients says so, and the next
 * fan-out follows.
 *
 * @param {FanOutOptions} options
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check' | 'measured'>}
 */
function fanOut({ bytes, broadcast }) {
  return {
    serve({ server, ids }) {
      const text = textOf(bytes, 0)
      let sent = FIRST
      let done = FIRST
      let stopped = true
      /** @type {() => void} */
      let finished = () => {}

      function sendMore() {
        while (!stopped && sent - done < UNDER_WAY) {
          const message = { seq: sent++, text }
          if (broadcast && server.broadcast !== undefined) server.broadcast(message)
          else for (const id of ids) server.send(id, message)
        }
        if (stopped && sent === done) finished()
      }

      server.on('message', (/** @type {number} */ _id, /** @type {any} */ message) => {
        if (!isDeepStrictEqual(message, { received: done })) {
          throw new Error(`${JSON.stringify(message)} came where ${done} was due`)
        }
        done++
        sendMore()
      })
      return {
        async run(milliseconds) {
          const before = done
          const start = performance.now()
          stopped = false
          const end = new Promise(resolve => (finished = () => resolve(undefined)))
          const timer = setTimeout(() => (stopped = true), milliseconds)
          sendMore()
          await end
          clearTimeout(timer)
          const deliveries = (done - before) * ids.length
          return { deliveries, milliseconds: performance.now() - start }
        },
        report: () => ({ deliveries: (sent - FIRST) * ids.length }),
      }
    },

    drive({ clients, allowRepeats }) {
      const text = textOf(bytes, 0)
      const next = clients.map(() => FIRST)
      /** How many clients have each message that not all of them have. @type {Map<number, number>} */
      const have = new Map()
      let deliveries = 0
      let repeats = 0
      for (const [index, client] of clients.entries()) {
        client.on('message', (/** @type {any} */ message) => {
          if (allowRepeats && message.seq === next[index] - 1) {
            repeats++
            return
          }
          const seq = next[index]++
          checkPayload(message, seq, text)
          deliveries++
          const count = (have.get(seq) ?? 0) + 1
          have.set(seq, count)
          if (count === clients.length) {
            have.delete(seq)
            clients[0].send({ received: seq })
          }
        })
      }
      return { report: () => ({ deliveries, repeats }) }
    },

    check({ server, client }) {
      if (server.report.deliveries !== client.report.deliveries) {
        throw new Error(`${server.report.deliveries} sent, ${client.report.deliveries} received`)
      }
    },

    measured({
      server: {
        run: { deliveries, milliseconds },
        usage,
      },
    }) {
      return {
        operations: deliveries,
        milliseconds,
        metrics: {
          thread: usage.thread / deliveries,
          rate: (deliveries / milliseconds) * 1000,
        },
      }
    },
  }
}

module.exports = { fanOut }
