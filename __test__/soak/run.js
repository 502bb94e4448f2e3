'use strict'

/**
 * `npm run soak -- --minutes 30`: servers and clients that do everything at once, and check every
 * message. docs/internals/soak.md says how it works. Exit code 1 when something was lost, repeated, mixed
 * up, hung, left behind or grew; 2 when it could not be run.
 */

const fs = require('node:fs')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { Soak } = require('./play')
const { failures, report } = require('./report')

const USAGE = `npm run soak -- [options]
  --minutes N            how long; 30. Or --seconds N
  --clients N            how many clients; 500
  --transport rustls|node
  --reference DIR        also with the original package in DIR
  --seed N               what is random follows from it; another each time unless given
  --package DIR          the package to soak; this one
  --markdown FILE        writes the report there, too`

/**
 * @param {string} name
 * @param {string} text
 * @returns {number}
 */
function positive(name, text) {
  const number = Number(text)
  if (number > 0) return number
  throw new Error(`--${name} ${text} is no number above 0.\n${USAGE}`)
}

/** @returns {import('./play').Setting & { markdown: string | undefined }} */
function given() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      seconds: { type: 'string' },
      clients: { type: 'string', default: '500' },
      transport: { type: 'string' },
      reference: { type: 'string' },
      seed: { type: 'string' },
      package: { type: 'string' },
      markdown: { type: 'string' },
    },
  })
  const { transport, reference, seconds } = values
  if (transport !== undefined && transport !== 'rustls' && transport !== 'node') {
    throw new Error(`--transport ${transport} is neither rustls nor node.\n${USAGE}`)
  }
  return {
    seconds:
      seconds === undefined
        ? positive('minutes', values.minutes) * 60
        : positive('seconds', seconds),
    clients: Math.ceil(positive('clients', values.clients)),
    seed: values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed),
    transport,
    reference: reference === undefined ? undefined : path.resolve(reference),
    ...(values.package === undefined ? {} : { directory: path.resolve(values.package) }),
    markdown: values.markdown,
  }
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const { markdown, ...setting } = given()
  const { seconds, clients, seed } = setting
  console.log(`Soaking for ${Math.round(seconds)} s with ${clients} clients, --seed ${seed}`)
  const soak = new Soak(setting)
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(signal, () => {
      soak.abandon()
      process.exit(130)
    })
  }
  const outcome = await soak.play()
  const text = report(outcome)
  console.log(`\n${text}`)
  if (markdown) fs.writeFileSync(markdown, `${text}\n`)
  const wrong = failures(outcome).length
  console.log(wrong === 0 ? '\nPassed.' : `\nFAILED: ${wrong} findings. --seed ${seed}`)
  return wrong === 0 ? 0 : 1
}

main().then(
  code => {
    process.exitCode = code
  },
  error => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  },
)
