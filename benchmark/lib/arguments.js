'use strict'

const { parseArgs } = require('node:util')

const USAGE = `npm run benchmark -- [options]

  --reference DIR   the original tls-json, to be measured too; ratios are against it
                    (default: TLS_JSON_REFERENCE; without it they are against "tuned")
  --peers LIST      what else is measured beside ours: of tuned, ws, floor and NAME=DIR for any
                    other build, separated by commas (default: tuned)
  --only LIST       names of scenarios and curves, separated by commas (default: all scenarios)
  --curves          the curves, too
  --rounds N        how often each peer is measured in each scenario (default 5)
  --time MS         measured time of one trial (default 1000)
  --warm-up MS      discarded before it (default 2000)
  --json FILE       writes all figures there
  --help
`

/**
 * @typedef {object} Arguments
 * @property {string | undefined} reference
 * @property {string[]} peers
 * @property {string[] | undefined} only
 * @property {boolean} curves
 * @property {number} rounds
 * @property {number} time milliseconds
 * @property {number} warmUp milliseconds
 * @property {string | undefined} json
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
      peers: { type: 'string', default: 'tuned' },
      only: { type: 'string' },
      curves: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      time: { type: 'string', default: '1000' },
      'warm-up': { type: 'string', default: '2000' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    reference: values.reference ?? (process.env.TLS_JSON_REFERENCE || undefined),
    peers: values.peers.split(',').filter(name => name !== ''),
    only: values.only?.split(','),
    curves: values.curves,
    rounds: count('rounds', values.rounds, 100),
    time: count('time', values.time, 60000),
    warmUp: count('warm-up', values['warm-up'], 60000),
    json: values.json,
    help: values.help,
  }
}

module.exports = { USAGE, parseArguments }
