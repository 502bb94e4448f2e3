'use strict'

const { CONNECTION } = require('../cli/connection')
const { EXIT } = require('../cli/exit-codes')
const { askable, parseJson } = require('../cli/lines')
const { examine } = require('../doctor/examine')
const { Report } = require('../doctor/report')

/** @type {import('../cli/types').Command} */
const command = {
  summary: 'Find out why a client does not get in',
  usage: ['host:port'],
  options: {
    ...CONNECTION,
    request: {
      type: 'string',
      value: 'JSON',
      parse: text => askable(parseJson(text, text)),
      description: 'asks that, too, and measures the time',
    },
  },
  notes: [
    'It looks up the name, connects to each address, does the TLS handshake, examines the certificates and logs in, and says what failed and what mends it. The password is given to nobody but a server whose certificate was accepted.',
  ],
  examples: [
    ['tls-json doctor localhost:8888 --ca localhost.crt --password-file secret', 'all of it'],
    ['tls-json doctor example.org:8888 --json', 'an object for each step, and one for the cause'],
  ],
  async run(context) {
    const report = new Report(context.out)
    await examine(context, report)
    return report.cause === undefined ? EXIT.ok : EXIT[report.cause.kind]
  },
}

module.exports = command
