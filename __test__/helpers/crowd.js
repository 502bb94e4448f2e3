'use strict'

/** A server with several clients, and what each of them receives. */

const { enter, serve } = require('./ends')
const { Log } = require('./events')

/** What is sent last, to know that nothing else came before it. */
const LAST = { last: true }

/**
 * A server and so many clients. `log` tells what each of them gets.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} count
 * @param {any} [config] of the server
 */
async function crowd(t, count, config) {
  const { server, port } = await serve(t, config)
  const clients = []
  for (let n = 0; n < count; n++) {
    const { client, id, socket } = await enter(t, server)
    clients.push({ client, id, socket, log: new Log(client, ['message', 'close']) })
  }
  return { server, port, clients }
}

/**
 * All that clients got before `LAST`, which everybody is sent now.
 *
 * @param {any} server
 * @param {{ id: number, log: Log }[]} clients
 * @returns {Promise<any[][]>}
 */
async function received(server, clients) {
  for (const { id } of clients) server.send(id, LAST)
  return Promise.all(
    clients.map(async ({ log }) => {
      const all = () => log.of('message').map(([message]) => message)
      await log.until(() => all().at(-1)?.last, 'the last message')
      return all().slice(0, -1)
    }),
  )
}

module.exports = { LAST, crowd, received }
