'use strict'

const { CONNECTION, login } = require('../cli/connection')
const { askable, jsonValues, parseJson } = require('../cli/lines')

/** @type {import('../cli/types').Command} */
const command = {
  summary: 'Ask a server and print what it answers',
  usage: ['host:port JSON...', 'host:port [-]    (each line of standard input, in turn)'],
  most: Infinity,
  options: CONNECTION,
  examples: [
    [`tls-json request localhost:8888 --ca localhost.crt '{"some":"thing"}'`, 'one request'],
    [
      `tls-json request localhost:8888 --ca localhost.crt '{"id":7}' | jq .name`,
      'a part of the answer',
    ],
  ],
  async run(context) {
    const { positionals, input, signal, out } = context
    const given = positionals.slice(1)
    for (const text of given) if (text !== '-') askable(parseJson(text, text))
    const session = await login(context)
    const work = async () => {
      for await (const request of jsonValues(given, input, signal)) {
        askable(request)
        const started = performance.now()
        const answer = await session.client.request({ ...request }, { signal })
        const ms = performance.now() - started
        const space = out.isTerminal('stdout') ? 2 : 0
        out.result(
          { request, answer, ms: Number(ms.toFixed(3)) },
          JSON.stringify(answer, null, space),
        )
      }
      await session.leave()
    }
    try {
      await session.whileConnected(work(), signal)
    } finally {
      await session.end()
    }
  },
}

module.exports = command
