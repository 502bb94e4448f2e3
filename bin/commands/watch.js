'use strict'

const readline = require('node:readline')

const { CONNECTION, login } = require('../cli/connection')
const { askable, parseJson } = require('../cli/lines')
const { STATS_REQUEST } = require('../cli/stats-request')
const { readTarget, targetText } = require('../cli/target')
const { count, duration } = require('../cli/values')
const { Page } = require('../watch/http')
const { Sampler } = require('../watch/sampler')
const { oneLine, tableLines } = require('../watch/table')

/** @typedef {import('../cli/output').Output} Output */
/** @typedef {import('../watch/sampler').Sample} Sample */

/**
 * @param {Output} out
 * @returns {(sample: Sample) => void} prints each: over the one before at a terminal
 */
function printer(out) {
  if (out.json) return sample => out.print(JSON.stringify(sample))
  if (!out.isTerminal('stdout')) return sample => out.print(oneLine(sample))
  let height = 0
  return sample => {
    const lines = tableLines(sample, (out.stdout.columns ?? 80) - 1)
    if (height > 0) readline.moveCursor(out.stdout, 0, -height)
    readline.cursorTo(out.stdout, 0)
    readline.clearScreenDown(out.stdout)
    height = lines.length
    out.print(lines.join('\n'))
  }
}

/** @type {import('../cli/types').Command} */
const command = {
  summary: "Watch a server's figures, here or in a browser",
  usage: ['host:port', 'host:port --http [host:]port'],
  options: {
    ...CONNECTION,
    every: {
      type: 'string',
      value: 'TIME',
      default: '1s',
      parse: duration,
      description: 'how often',
    },
    count: { type: 'string', value: 'COUNT', parse: count, description: 'goes after so many' },
    request: {
      type: 'string',
      value: 'JSON',
      default: JSON.stringify(STATS_REQUEST),
      parse: text => askable(parseJson(text, text)),
      description: 'what the server is asked; it has to answer with its stats()',
    },
    http: {
      type: 'string',
      value: '[HOST:]PORT',
      parse: text => readTarget(text, '127.0.0.1'),
      description:
        'serves a page with plots: on this machine only, unless HOST says otherwise, and to whoever has the token in its address',
    },
  },
  notes: [
    "A server answers only if its program allows it: server.on('request', (id, request, res) => { if (request.stats === true && mayWatch(id)) res.send(server.stats()) }). `tls-json listen --stats` does.",
  ],
  examples: [
    ['tls-json watch localhost:8888 --ca localhost.crt', 'a table that changes'],
    ['tls-json watch localhost:8888 --ca localhost.crt --http 8080', 'a page with plots'],
    [
      'tls-json watch localhost:8888 --ca localhost.crt --json --every 10s >> figures.ndjson',
      'an object every ten seconds',
    ],
  ],
  async run(context) {
    const { values, out, positionals, signal } = context
    const session = await login(context)
    const print = printer(out)
    /** @type {Page | undefined} */
    let page
    const sampler = new Sampler(session.client, values.request, sample => {
      page?.add(sample)
      // The page is what was wanted.
      if (page === undefined || out.json) print(sample)
    })
    try {
      if (values.http !== undefined) {
        page = new Page(
          `tls-json watch ${targetText(readTarget(positionals[0]))}`,
          () => sampler.samples,
        )
        const address = await page.listen(values.http)
        out.result({ page: address }, address)
      }
      await session.whileConnected(
        sampler.run(values.every, values.count ?? Infinity, signal),
        signal,
      )
      await session.leave()
    } finally {
      page?.close()
      await session.end()
    }
  },
}

module.exports = command
