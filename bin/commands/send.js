'use strict'

const { CONNECTION, login } = require('../cli/connection')
const { jsonValues } = require('../cli/lines')

/** @typedef {import('../..').Client} Client */

/**
 * @param {Client} client
 * @returns {Promise<void>} when it may send more
 */
async function drained(client) {
  if (client.needDrain) await new Promise(resolve => client.once('drain', () => resolve(undefined)))
}

/** @type {import('../cli/types').Command} */
const command = {
  summary: 'Send messages to a server, and go',
  usage: ['host:port JSON...', 'host:port [-]    (each line of standard input)'],
  most: Infinity,
  options: CONNECTION,
  examples: [
    [`tls-json send localhost:8888 --ca localhost.crt '{"hello":"world"}'`, 'one message'],
    ['tail -f events.ndjson | tls-json send localhost:8888 --ca localhost.crt', 'each line'],
  ],
  async run(context) {
    const { positionals, input, signal, out } = context
    const messages = jsonValues(positionals.slice(1), input, signal)
    // A mistake on the command line is found before anything is sent.
    const first =
      positionals.length > 1 && positionals[1] !== '-' ? await messages.next() : undefined
    const session = await login(context)
    const { client } = session
    let sent = 0
    const work = async () => {
      for (let next = first ?? (await messages.next()); !next.done; next = await messages.next()) {
        client.send(next.value)
        sent += 1
        await drained(client)
      }
      await session.leave()
    }
    try {
      await session.whileConnected(work(), signal)
    } finally {
      await session.end()
    }
    if (out.json) out.print(JSON.stringify({ sent }))
    else out.note(`sent ${sent} ${sent === 1 ? 'message' : 'messages'}`)
  },
}

module.exports = command
