'use strict'

/** `npm run benchmark`: measures the peers beside each other and prints the tables. */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { USAGE, parseArguments } = require('./lib/arguments')
const { makeCertificate } = require('./lib/certificates')
const { describeMachine } = require('./lib/machine')
const { BASELINES, peersOf } = require('./lib/peers')
const { loadScenarios } = require('./lib/scenario')
const { summarise } = require('./lib/summary')
const { markdownTable, textTable } = require('./lib/table')
const { runTrial } = require('./lib/trial')

/** @typedef {import('./lib/summary').Series} Series */
/** @typedef {import('./lib/scenario').Scenario} Scenario */

/** Load per core above which other programs disturb the figures; the benchmark adds its own later. */
const BUSY = 0.5

/**
 * @param {string[] | undefined} only
 * @returns {Scenario[]}
 */
function chooseScenarios(only) {
  const scenarios = loadScenarios()
  for (const name of only ?? []) {
    if (!scenarios.some(scenario => scenario.name === name)) {
      const names = scenarios.map(scenario => scenario.name).join(', ')
      throw new Error(`unknown scenario "${name}"; there are ${names}`)
    }
  }
  return scenarios.filter(({ name }) => only === undefined || only.includes(name))
}

/**
 * Measures every peer once in every scenario. The order of the peers changes with each round, so
 * that none always runs behind the same other. A peer that failed is not tried again there.
 *
 * @param {number} round counted from 0
 * @param {Map<Scenario, Series[]>} series what was measured so far, added to
 * @param {import('./lib/certificates').Certificate} certificate
 * @param {{ time: number, warmUp: number }} options milliseconds
 */
async function runRound(round, series, certificate, { time, warmUp }) {
  for (const [scenario, all] of series) {
    for (let i = 0; i < all.length; i++) {
      const one = all[(round + i) % all.length]
      if (one.error !== undefined) continue
      process.stderr.write(`round ${round + 1}  ${scenario.name}  ${one.peer.name}\n`)
      const milliseconds = scenario.milliseconds ?? time
      try {
        one.trials.push(
          await runTrial({ peer: one.peer, scenario, certificate, milliseconds, warmUp }),
        )
      } catch (error) {
        one.error = error instanceof Error ? error.message : String(error)
        process.stderr.write(`  failed: ${one.error}\n`)
      }
    }
  }
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const args = parseArguments(process.argv.slice(2))
  if (args.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const peers = peersOf(args.peers, args.reference)
  const machine = describeMachine()
  /** @type {Map<Scenario, Series[]>} */
  const series = new Map()
  for (const scenario of chooseScenarios(args.only)) {
    series.set(
      scenario,
      peers.map(peer => ({ peer, trials: [], error: undefined })),
    )
  }

  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-benchmark-'))
  // On exit, because a signal ends the program in the middle of a trial.
  process.on('exit', () => fs.rmSync(directory, { recursive: true }))
  const certificate = makeCertificate(directory)
  for (let round = 0; round < args.rounds; round++) {
    await runRound(round, series, certificate, args)
  }

  const summaries = [...series].map(([scenario, all]) => summarise(scenario, all, BASELINES))
  process.stdout.write(`${JSON.stringify(machine)}\n\n`)
  if (machine.load[0] > machine.cores * BUSY) {
    const load = machine.load[0].toFixed(2)
    process.stdout.write(`The machine was busy at the start (load ${load}): expect noise.\n\n`)
  }
  for (const summary of summaries) process.stdout.write(`${textTable(summary)}\n\n`)
  if (args.json !== undefined) {
    const { rounds, time, warmUp } = args
    const figures = { machine, rounds, time, warmUp, summaries }
    fs.writeFileSync(args.json, `${JSON.stringify(figures, null, 2)}\n`)
  }
  if (args.markdown !== undefined) {
    const table = markdownTable(summaries, machine, args)
    if (args.markdown === '-') process.stdout.write(table)
    else fs.writeFileSync(args.markdown, table)
  }
  return summaries.some(({ rows }) => rows.some(({ error }) => error !== undefined)) ? 1 : 0
}

for (const [signal, code] of /** @type {[NodeJS.Signals, number][]} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])) {
  process.once(signal, () => process.exit(code))
}

// Stands if the event loop runs empty before the end, which would be a bug here.
process.exitCode = 1
main().then(
  code => (process.exitCode = code),
  error => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  },
)
