'use strict'

const { median, spread } = require('./statistics')

/** @typedef {import('./trial').Trial} Trial */
/** @typedef {import('./scenario').Scenario} Scenario */
/** @typedef {import('./statistics').Spread} Spread */
/** @typedef {import('./peers').Peer} Peer */

/**
 * @typedef {object} Figure one metric of one peer, over the rounds
 * @property {Spread} value
 * @property {Spread} [ours] what ours has in relation to it, taken round by round; not of ours
 */

/**
 * @typedef {object} Row one peer in one scenario
 * @property {string} peer
 * @property {string} title
 * @property {string} [error] why it failed; then there are no figures
 * @property {Record<string, Figure>} figures by metric; `cpu` in microseconds per operation, of
 *   both processes
 * @property {{ server: number, client: number }} cpu microseconds per operation
 * @property {{ server: number, client: number }} utilisation of the event loops, from 0 to 1
 * @property {number} repeats messages that arrived twice
 * @property {string[]} ciphers that were negotiated, with the protocol
 */

/**
 * @typedef {object} Summary one scenario
 * @property {string} name
 * @property {string} title
 * @property {string} label
 * @property {string} operation
 * @property {import('./scenario').Metric[]} metrics
 * @property {Row[]} rows
 */

/**
 * @typedef {object} Series what one peer did in one scenario
 * @property {Peer} peer
 * @property {Trial[]} trials one per round
 * @property {string | undefined} error
 */

/** The peer that all others are compared with. */
const OURS = 'ours'

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
 * @param {(usage: import('./usage').Usage, trial: Trial) => number} value
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
 * @param {Series | undefined} ours what to compare with, unless it failed
 * @param {string[]} names of the metrics
 * @returns {Row}
 */
function rowOf({ peer, trials, error }, ours, names) {
  const { name: key, title } = peer
  const none = { server: 0, client: 0 }
  if (error !== undefined) {
    return {
      peer: key,
      title,
      error,
      figures: {},
      cpu: none,
      utilisation: none,
      repeats: 0,
      ciphers: [],
    }
  }
  /** @type {Row['figures']} */
  const figures = {}
  for (const name of names) {
    const values = trials.map(trial => valueOf(trial, name))
    figures[name] = { value: spread(values) }
    if (ours !== undefined && peer !== ours.peer) {
      figures[name].ours = spread(
        values.map((value, round) => valueOf(ours.trials[round], name) / value),
      )
    }
  }
  return {
    peer: key,
    title,
    figures,
    cpu: perSide(trials, ({ cpu }, { measured }) => cpu / measured.operations),
    utilisation: perSide(trials, ({ utilisation }) => utilisation),
    repeats: trials.reduce((sum, { reports }) => sum + (reports.server?.repeats ?? 0), 0),
    ciphers: [...new Set(trials.map(({ protocol, cipher }) => `${protocol} ${cipher}`))],
  }
}

/**
 * @param {Scenario} scenario
 * @param {Series[]} all what each peer did
 * @returns {Summary}
 */
function summarise({ name, title, label, operation, metrics, withoutCpu = false }, all) {
  const ours = all.find(({ peer, error }) => peer.name === OURS && error === undefined)
  const shown = [...metrics]
  if (!withoutCpu) {
    shown.push({ name: 'cpu', title: `CPU of both ends, µs/${operation}`, better: 'lower' })
  }
  const names = shown.map(metric => metric.name)
  const rows = all.map(one => rowOf(one, ours, names))
  return { name, title, label, operation, metrics: shown, rows }
}

module.exports = { OURS, summarise }
