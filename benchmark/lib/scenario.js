'use strict'

const fs = require('node:fs')
const path = require('node:path')

/**
 * A scenario is one file in `scenarios/`, or one point of a curve in `curves/`. The runner starts a server process and a
 * client process for each trial, in which `serve` and `drive` set up their side; then it lets both run the warm-up and
 * the measured time, and asks both for their reports.
 *
 * @typedef {object} Scenario
 * @property {string} name for `--only`; the file's name without `.js`, of a point with `@VALUE` behind it
 * @property {number} order place in the tables
 * @property {string} title what is measured, with payload and connections
 * @property {string} label the same in a few words, for charts
 * @property {number} connections clients opened and let in before the warm-up
 * @property {string} operation what one operation is, for CPU time: "request", "message"
 * @property {Metric[]} metrics
 * @property {'rsa' | 'ec'} [certificate] RSA-2048 as in the README's recipe, unless given; or P-256
 * @property {boolean} [watchStalls] whether `usage.stall` is measured
 * @property {boolean} [wireOnly] whether the clients are programs of their own, so that only peers with the wire format
 *   of tls-json can take part
 * @property {boolean} [withoutCpu] whether CPU time per operation says nothing here
 * @property {number} [allowance] milliseconds beyond warm-up and measured time until a trial counts as failed, when it must differ
 * @property {(side: ServerSide) => Hooks} serve
 * @property {(side: ClientSide) => Hooks} drive
 * @property {(results: Results) => void} check throws unless all answers were right
 * @property {(results: Results) => Measured} [measured] default: what the client's `run` returned
 */

/**
 * @typedef {object} Curve how one figure grows with another: a file in `curves/`
 * @property {string} name for `--only`
 * @property {number} order place in the output
 * @property {string} title
 * @property {string} axis what grows, with its unit
 * @property {number[]} values
 * @property {(value: number) => Omit<Scenario, 'name' | 'order'>} at
 */

/**
 * @typedef {object} Metric
 * @property {string} name key in `Measured.metrics`
 * @property {string} title with its unit
 * @property {'higher' | 'lower'} better
 * @property {boolean} [secondary] left out of the Markdown table
 */

/**
 * @typedef {object} Hooks what one side does
 * @property {(milliseconds: number) => Promise<any>} [run] once for the warm-up, once measured;
 *   returns when everything it started has been answered
 * @property {() => any} [report] after each of them; counts for `check`
 */

/**
 * @typedef {object} ServerSide
 * @property {any} server listening soon; an instance of the peer's `Server`
 * @property {number[]} ids of the clients let in so far
 * @property {boolean} allowRepeats whether the last message may arrive again, see peers.js
 */

/**
 * @typedef {object} ClientSide
 * @property {any[]} clients let in; instances of the peer's `Client`
 * @property {() => Promise<any>} connect opens one more, for scenarios that do it while they run
 * @property {(client: any) => Promise<void>} disconnect closes one; otherwise a close is a failure
 * @property {boolean} allowRepeats whether the last message may arrive again, see peers.js
 * @property {import('./peers').Peer} peer
 * @property {Target} target for programs that are no instances of the peer's `Client`
 */

/**
 * @typedef {object} Target
 * @property {string} host
 * @property {number} port
 * @property {Buffer} ca
 * @property {string} password
 */

/**
 * @typedef {object} SideResult
 * @property {any} run what `run` returned, for the measured time
 * @property {any} report what `report` returned, counted since the start
 * @property {import('./usage').Usage} usage in the measured time
 */

/** @typedef {{ server: SideResult, client: SideResult }} Results */

/**
 * @typedef {object} Measured
 * @property {number} operations done in the measured time
 * @property {number} milliseconds how long they took
 * @property {Record<string, number>} metrics
 */

const ROOT = path.join(__dirname, '..')

/**
 * @param {string} directory
 * @returns {any[]} what its files export, in their order
 */
function loadAll(directory) {
  return fs
    .readdirSync(path.join(ROOT, directory))
    .filter(file => file.endsWith('.js'))
    .map(file => require(path.join(ROOT, directory, file)))
    .sort((a, b) => a.order - b.order)
}

/** @returns {Scenario[]} */
function loadScenarios() {
  return loadAll('scenarios')
}

/** @returns {Curve[]} */
function loadCurves() {
  return loadAll('curves')
}

/**
 * @param {Curve} curve
 * @param {number} value
 * @returns {Scenario}
 */
function pointOf(curve, value) {
  return { name: `${curve.name}@${value}`, order: curve.order, ...curve.at(value) }
}

/**
 * @param {string} name
 * @returns {Scenario}
 */
function loadScenario(name) {
  const [base, value] = name.split('@')
  if (value === undefined) return require(path.join(ROOT, 'scenarios', `${base}.js`))
  return pointOf(require(path.join(ROOT, 'curves', `${base}.js`)), Number(value))
}

module.exports = { loadScenario, loadScenarios, loadCurves, pointOf }
