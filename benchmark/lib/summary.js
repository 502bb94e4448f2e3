'use strict'

const { median, spread } = require('./statistics')

/** @typedef {import('./trial').Trial} Trial */
/** @typedef {import('./scenario').Scenario} Scenario */
/** @typedef {import('./statistics').Spread} Spread */
/** @typedef {import('./peers').Peer} Peer */

/**
 * @typedef {object} Figure one metric of one peer
 * @property {number} median over the rounds
 * @property {Spread | undefined} ratio to the baseline, taken round by round; undefined without one
 */

/**
 * @typedef {object} Row one peer in one scenario
 * @property {string} peer
 * @property {string} title
 * @property {string | undefined} error why it failed; then there are no figures
 * @property {Record<string, Figure>} figures by metric; `cpu` in microseconds per operation, of
 *   both processes
 * @property {{ server: number, client: number }} cpu microseconds per operation
 * @property {{ server: number, client: number }} utilisation of the event loops, from 0 to 1
 * @property {{ server: number, client: number }} rss bytes
 * @property {number} repeats messages that arrived twice
 * @property {string[]} ciphers that were negotiated, with the protocol
 * @property {Trial[]} trials
 */

/**
 * @typedef {object} Summary one scenario
 * @property {string} name
 * @property {string} title
 * @property {string} operation
 * @property {string | undefined} baseline name of the peer that ratios are against
 * @property {import('./scenario').Metric[]} metrics
 * @property {Row[]} rows
 */

/**
 * @typedef {object} Series what one peer did in one scenario
 * @property {Peer} peer
 * @property {Trial[]} trials one per round
 * @property {string | undefined} error
 */

/**
 * @param {Trial} trial
 * @param {string} name of a metric, or `cpu`
 * @returns {number}
 */
function valueOf({ measured, usage }, name) {
  if (name === 'cpu') return (usage.server.cpu + usage.client.cpu) / measured.operations
  return measured.metrics[name]
}

/**
 * @param {Trial[]} trials
 * @param {(usage: import('./worker').Usage, trial: Trial) => number} value
 * @returns {{ server: number, client: number }} medians
 */
function perSide(trials, value) {
  return {
    server: median(trials.map(trial => value(trial.usage.server, trial))),
    client: median(trials.map(trial => value(trial.usage.client, trial))),
  }
}

/**
 * @param {Series} series
 * @param {Series | undefined} baseline
 * @param {string[]} names of the metrics
 * @returns {Row}
 */
function rowOf({ peer, trials, error }, baseline, names) {
  /** @type {Row} */
  const row = {
    peer: peer.name,
    title: peer.title,
    error,
    figures: {},
    cpu: { server: 0, client: 0 },
    utilisation: { server: 0, client: 0 },
    rss: { server: 0, client: 0 },
    repeats: 0,
    ciphers: [],
    trials,
  }
  if (error !== undefined) return row
  for (const name of names) {
    const values = trials.map(trial => valueOf(trial, name))
    row.figures[name] = {
      median: median(values),
      ratio:
        baseline &&
        spread(values.map((value, round) => value / valueOf(baseline.trials[round], name))),
    }
  }
  row.cpu = perSide(trials, ({ cpu }, { measured }) => cpu / measured.operations)
  row.utilisation = perSide(trials, ({ utilisation }) => utilisation)
  row.rss = perSide(trials, ({ rss }) => rss)
  row.repeats = trials.reduce((sum, { reports }) => sum + (reports.server?.repeats ?? 0), 0)
  row.ciphers = [...new Set(trials.map(({ protocol, cipher }) => `${protocol} ${cipher}`))]
  return row
}

/**
 * @param {Scenario} scenario
 * @param {Series[]} all what each peer did
 * @param {string[]} baselines names of peers, the preferred first
 * @returns {Summary}
 */
function summarise(scenario, all, baselines) {
  const baseline = baselines
    .map(name => all.find(({ peer, error }) => peer.name === name && error === undefined))
    .find(series => series !== undefined)
  const names = [...scenario.metrics.map(({ name }) => name), 'cpu']
  return {
    name: scenario.name,
    title: scenario.title,
    operation: scenario.operation,
    baseline: baseline?.peer.name,
    metrics: scenario.metrics,
    rows: all.map(series => rowOf(series, baseline, names)),
  }
}

module.exports = { summarise }
