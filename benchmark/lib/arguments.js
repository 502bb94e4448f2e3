'use strict'

const { parseArgs } = require('node:util')

const USAGE = `npm run benchmark -- [options]

  --reference DIR   the original tls-json, to be measured too; ratios are against it
                    (default: TLS_JSON_REFERENCE; without it they are against "tuned")
  --peers LIST      of ours, tuned, original and NAME=DIR for any other build, separated by
                    commas (default: ours,tuned and original when there is a reference)
  --only LIST       names of scenarios, separated by commas
  --rounds N        how often each peer is measured in each scenario (default 5)
  --time MS         measured time of one trial (default 1000)
  --warm-up MS      discarded before it (default 2000)
  --json FILE       writes all figures there
  --markdown FILE   writes the table for the README there; "-" for the terminal
  --help
`

/**
 * @typedef {object} Arguments
 * @property {string | undefined} reference
 * @property {string[] | undefined} peers
 * @property {string[] | undefined} only
 * @property {number} rounds
 * @property {number} time milliseconds
 * @property {number} warmUp milliseconds
 * @property {string | undefined} json
 * @property {string | undefined} markdown
 * @property {boolean} help
 */

/**
 * @param {string} name
 * @param {string} text
 * @param {number} most
 * @returns {number} a whole number from 1 to `most`
 */
function count(name, text, most) {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new Error(`--${name} takes a whole number from 1 to ${most}, not "${text}"`)
  }
  return value
}

/**
 * @param {string[]} argv without the program
 * @returns {Arguments}
 */
function parseArguments(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      reference: { type: 'string' },
      peers: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      time: { type: 'string', default: '1000' },
      'warm-up': { type: 'string', default: '2000' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    reference: values.reference ?? (process.env.TLS_JSON_REFERENCE || undefined),
    peers: values.peers?.split(','),
    only: values.only?.split(','),
    rounds: count('rounds', values.rounds, 100),
    time: count('time', values.time, 60000),
    warmUp: count('warm-up', values['warm-up'], 60000),
    json: values.json,
    markdown: values.markdown,
    help: values.help,
  }
}

module.exports = { USAGE, parseArguments }
