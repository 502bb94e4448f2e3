'use strict'

const fs = require('node:fs')
const path = require('node:path')

/**
 * A scenario is one file in `scenarios/`. The runner starts a server process and a client process
 * for each trial, in which `serve` and `drive` set up their side; then it lets both run the warm-up
 * and the measured time, and asks both for their reports.
 *
 * @typedef {object} Scenario
 * @property {string} name for `--only`; the file's name without `.js`
 * @property {number} order place in the tables
 * @property {string} title what is measured, with payload and connections
 * @property {number} connections clients opened and let in before the warm-up
 * @property {string} operation what one operation is, for CPU time: "request", "message"
 * @property {Metric[]} metrics
 * @property {number} [milliseconds] measured time, when it must differ from the default
 * @property {(side: ServerSide) => Hooks} serve
 * @property {(side: ClientSide) => Hooks} drive
 * @property {(results: Results) => void} check throws unless all answers were right
 * @property {(results: Results) => Measured} [measured] default: what the client's `run` returned
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
 * @property {() => any} report after each of them; counts for `check`
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
 */

/**
 * @typedef {object} SideResult
 * @property {any} run what `run` returned, for the measured time
 * @property {any} report what `report` returned, counted since the start
 */

/** @typedef {{ server: SideResult, client: SideResult }} Results */

/**
 * @typedef {object} Measured
 * @property {number} operations done in the measured time
 * @property {number} milliseconds how long they took
 * @property {Record<string, number>} metrics
 */

const DIRECTORY = path.join(__dirname, '..', 'scenarios')

/**
 * @param {string} name
 * @returns {Scenario}
 */
function loadScenario(name) {
  return require(path.join(DIRECTORY, `${name}.js`))
}

/** @returns {Scenario[]} all of them, in their order */
function loadScenarios() {
  return fs
    .readdirSync(DIRECTORY)
    .filter(file => file.endsWith('.js'))
    .map(file => loadScenario(path.basename(file, '.js')))
    .sort((a, b) => a.order - b.order)
}

module.exports = { loadScenario, loadScenarios }
