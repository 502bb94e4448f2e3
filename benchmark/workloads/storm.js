'use strict'

const { once } = require('node:events')
const tls = require('node:tls')

const { median } = require('../lib/statistics')

/** @typedef {import('../lib/scenario').Scenario} Scenario */
/** @typedef {import('../lib/scenario').Target} Target */

/** Storms in the warm-up and again in the measured time: a fixed number, so that the longest stall is of as many. */
const STORMS = 3

const ACCEPTED = '{"authenticated":true}\n'

/**
 * Connects, logs in and leaves: a program on `node:tls` alone, the same for every server.
 *
 * @param {Target} target
 * @returns {Promise<tls.TLSSocket>} once it is let in
 */
async function logIn({ host, port, ca, password }) {
  const socket = tls.connect({ host, port, ca: [ca] })
  socket.setEncoding('utf8')
  await once(socket, 'secureConnect')
  socket.write(`${JSON.stringify({ password })}\n`)
  let text = ''
  while (text.length < ACCEPTED.length) {
    const [chunk] = await once(socket, 'data')
    text += chunk
  }
  if (text !== ACCEPTED) throw new Error(`the server answered ${text}`)
  return socket
}

/** @param {tls.TLSSocket} socket */
async function leave(socket) {
  const closed = once(socket, 'close')
  socket.resume()
  socket.end()
  await closed
}

/**
 * Many plain `node:tls` clients connect and log in at once, and leave when all are in.
 *
 * @param {{ clients: number }} options
 * @returns {Pick<Scenario, 'serve' | 'drive' | 'check' | 'measured'>}
 */
function storm({ clients }) {
  return {
    serve: ({ ids }) => ({ report: () => ({ accepted: ids.length }) }),

    drive({ target }) {
      let accepted = 0
      return {
        async run() {
          /** @type {number[]} milliseconds until all were in */
          const times = []
          const start = performance.now()
          for (let i = 0; i < STORMS; i++) {
            const begin = performance.now()
            const sockets = await Promise.all(Array.from({ length: clients }, () => logIn(target)))
            times.push(performance.now() - begin)
            accepted += sockets.length
            await Promise.all(sockets.map(leave))
          }
          return { milliseconds: performance.now() - start, all: median(times) }
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

    measured({ server: { usage }, client: { run } }) {
      const operations = clients * STORMS
      return {
        operations,
        milliseconds: run.milliseconds,
        metrics: {
          thread: usage.thread / operations,
          stall: usage.stall,
          late: usage.late,
          all: run.all,
        },
      }
    },
  }
}

module.exports = { storm }
