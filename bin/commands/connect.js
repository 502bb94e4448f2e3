'use strict'

const { CONNECTION, login } = require('../cli/connection')
const { parseJson } = require('../cli/lines')
const { Conversation } = require('../cli/conversation')
const { duration } = require('../cli/values')

/** @type {import('../cli/types').Command} */
const command = {
  summary: 'Talk to a server: at a terminal, or with lines from a pipe',
  usage: ['host:port', 'host:port < FILE'],
  options: {
    ...CONNECTION,
    answer: {
      type: 'string',
      value: 'JSON',
      parse: text => parseJson(text, text),
      description: 'answers each request of the server with it',
    },
    wait: {
      type: 'string',
      value: 'TIME',
      default: '1s',
      parse: duration,
      description: 'goes when the pipe has ended and nothing came for so long',
    },
  },
  notes: [
    'A line is a message. Lines that begin with a slash do something else: /request JSON asks and prints the answer, /answer JSON and /error TEXT answer the oldest request of the server, /cert shows its certificate, /stats what was counted, /quit ends.',
  ],
  examples: [
    ['tls-json connect localhost:8888 --ca localhost.crt', 'a conversation'],
    [
      `echo '/request {"some":"thing"}' | tls-json connect localhost:8888 --ca localhost.crt`,
      'waits for the answer, and goes',
    ],
  ],
  async run(context) {
    const conversation = new Conversation(context)
    const session = await login(context, client => conversation.hear(client))
    try {
      await session.whileConnected(conversation.hold(session), context.signal)
    } finally {
      conversation.close()
      await session.end()
    }
  },
}

module.exports = command
