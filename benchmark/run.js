'use strict'

/** `npm run benchmark`: measures the peers beside each other and prints the tables. */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { USAGE, parseArguments } = require('./lib/arguments')
const { makeCertificate } = require('./lib/certificates')
const { describeMachine } = require('./lib/machine')
const { peersOf } = require('./lib/peers')
const { loadScenarios, loadCurves, pointOf } = require('./lib/scenario')
const { summarise } = require('./lib/summary')
const { textTable } = require('./lib/table')
const { runTrial } = require('./lib/trial')

/** @typedef {import('./lib/arguments').Arguments} Arguments */
/** @typedef {import('./lib/peers').Peer} Peer */
/** @typedef {import('./lib/summary').Series} Series */
/** @typedef {import('./lib/scenario').Scenario} Scenario */
/** @typedef {import('./lib/scenario').Curve} Curve */
/** @typedef {import('./lib/trial').TrialOptions['certificates']} Certificates */

/** Load per core above which other programs disturb the figures; the benchmark adds its own later. */
const BUSY = 0.5

/**
 * @typedef {object} Results what `--json` writes
 * @property {import('./lib/machine').Machine} machine
 * @property {Pick<Peer, 'name' | 'title' | 'version'>[]} peers
 * @property {number} rounds
 * @property {number} time milliseconds
 * @property {number} warmUp milliseconds
 * @property {import('./lib/summary').Summary[]} scenarios
 * @property {(Omit<Curve, 'at' | 'order' | 'values'> & {
 *   points: { value: number, summary: import('./lib/summary').Summary }[] })[]} curves
 */

/**
 * @param {Arguments} args
 * @returns {{ scenarios: Scenario[], curves: Curve[] }}
 */
function choose({ only, curves: withCurves }) {
  const scenarios = loadScenarios()
  const curves = loadCurves()
  const names = [...scenarios, ...curves].map(({ name }) => name)
  for (const name of only ?? []) {
    if (!names.includes(name)) {
      throw new Error(`unknown scenario "${name}"; there are ${names.join(', ')}`)
    }
  }
  if (only === undefined) return { scenarios, curves: withCurves ? curves : [] }
  return {
    scenarios: scenarios.filter(({ name }) => only.includes(name)),
    curves: curves.filter(({ name }) => only.includes(name)),
  }
}

/**
 * @param {Scenario} scenario
 * @param {Peer[]} peers
 * @returns {Series[]} of nothing yet
 */
function newSeries({ wireOnly = false }, peers) {
  return peers
    .filter(({ speaksWire }) => speaksWire || !wireOnly)
    .map(peer => ({ peer, trials: [], error: undefined }))
}

/**
 * Measures every peer once in one scenario. The order of the peers changes with each round, so
 * that none always runs behind the same other. A peer that failed is not tried again there.
 *
 * @param {number} round counted from 0
 * @param {Scenario} scenario
 * @param {Series[]} all what was measured so far, added to
 * @param {Certificates} certificates
 * @param {{ time: number, warmUp: number }} options milliseconds
 */
async function measure(round, scenario, all, certificates, { time, warmUp }) {
  for (let i = 0; i < all.length; i++) {
    const one = all[(round + i) % all.length]
    if (one.error !== undefined) continue
    process.stderr.write(`round ${round + 1}  ${scenario.name}  ${one.peer.name}\n`)
    try {
      one.trials.push(
        await runTrial({
          peer: one.peer,
          scenario,
          certificates,
          milliseconds: time,
          warmUp,
        }),
      )
    } catch (error) {
      one.error = error instanceof Error ? error.message : String(error)
      process.stderr.write(`  failed: ${one.error}\n`)
    }
  }
}

/**
 * @param {Curve} curve
 * @param {Peer[]} peers
 * @param {Arguments} args
 * @param {Certificates} certificates
 * @returns {Promise<Results['curves'][number]>}
 */
async function measureCurve(curve, peers, args, certificates) {
  const points = []
  /** @type {Set<Peer>} where one does not finish it does not finish with more */
  const failed = new Set()
  for (const value of curve.values) {
    const scenario = pointOf(curve, value)
    const all = newSeries(
      scenario,
      peers.filter(peer => !failed.has(peer)),
    )
    for (let round = 0; round < args.rounds; round++) {
      await measure(round, scenario, all, certificates, args)
    }
    for (const { peer, error } of all) if (error !== undefined) failed.add(peer)
    points.push({ value, summary: summarise(scenario, all) })
  }
  const { name, title, axis } = curve
  return { name, title, axis, points }
}

/**
 * @param {Arguments} args
 * @returns {Promise<Results>}
 */
async function runAll(args) {
  const peers = peersOf(args.peers, args.reference)
  const machine = describeMachine()
  const { scenarios, curves } = choose(args)
  const series = new Map(scenarios.map(scenario => [scenario, newSeries(scenario, peers)]))

  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-benchmark-'))
  // On exit, because a signal ends the program in the middle of a trial.
  process.on('exit', () => fs.rmSync(directory, { recursive: true }))
  const certificates = {
    rsa: makeCertificate(directory, 'rsa'),
    ec: makeCertificate(directory, 'ec'),
  }
  for (let round = 0; round < args.rounds; round++) {
    for (const [scenario, all] of series) {
      await measure(round, scenario, all, certificates, args)
    }
  }
  /** @type {Results['curves']} */
  const drawn = []
  for (const curve of curves) drawn.push(await measureCurve(curve, peers, args, certificates))

  const { rounds, time, warmUp } = args
  return {
    machine,
    peers: peers.map(({ name, title, version }) => ({ name, title, version })),
    rounds,
    time,
    warmUp,
    scenarios: [...series].map(([scenario, all]) => summarise(scenario, all)),
    curves: drawn,
  }
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const args = parseArguments(process.argv.slice(2))
  if (args.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const results = await runAll(args)
  const { machine, scenarios, curves } = results
  if (args.json !== undefined) {
    fs.writeFileSync(args.json, `${JSON.stringify(results, null, 2)}\n`)
  }
  process.stdout.write(`${JSON.stringify(machine)}\n\n`)
  if (machine.load[0] > machine.cores * BUSY) {
    const load = machine.load[0].toFixed(2)
    process.stdout.write(`The machine was busy at the start (load ${load}): expect noise.\n\n`)
  }
  process.stdout.write('× is ours in relation to the other: median (lowest–highest round)\n\n')
  for (const summary of scenarios) process.stdout.write(`${textTable(summary)}\n\n`)
  for (const { title, points } of curves) {
    process.stdout.write(`${title}\n\n`)
    for (const { summary } of points) process.stdout.write(`${textTable(summary)}\n\n`)
  }
  return scenarios.some(({ rows }) => rows.some(({ error }) => error !== undefined)) ? 1 : 0
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
