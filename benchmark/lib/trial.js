'use strict'

const { fork } = require('node:child_process')
const path = require('node:path')

/** @typedef {import('./scenario').Scenario} Scenario */
/** @typedef {import('./scenario').Measured} Measured */
/** @typedef {import('./usage').Usage} Usage */

/**
 * @typedef {object} Trial one peer measured once
 * @property {Measured} measured
 * @property {{ server: Usage, client: Usage }} usage
 * @property {{ server: any, client: any }} reports counts since the start, warm-up included
 * @property {string} protocol
 * @property {string} cipher
 */

/**
 * @typedef {object} TrialOptions
 * @property {import('./peers').Peer} peer
 * @property {Scenario} scenario
 * @property {Record<'rsa' | 'ec', import('./certificates').Certificate>} certificates
 * @property {number} milliseconds measured time
 * @property {number} warmUp milliseconds
 */

/** What a trial may take beyond warm-up and measured time, in milliseconds. */
const ALLOWANCE = 60000

/** How much of a worker's output is kept for its error message, in characters. */
const OUTPUT_KEPT = 2000

const WORKER = path.join(__dirname, 'worker.js')

/** @type {Set<Worker>} those still running, ended with this process */
const running = new Set()

/** One process of a trial. */
class Worker {
  /** @param {'server' | 'client'} role */
  constructor(role) {
    this.role = role
    this.output = ''
    /** @type {((value: any) => void) | undefined} */
    this.resolve = undefined
    /** @type {(error: Error) => void} */
    this.reject = () => {}
    /** @type {Promise<never>} */
    this.failed = new Promise((_, reject) => (this.reject = reject))
    // A worker may fail while nobody asks it anything; `ask` sees the failure then.
    this.failed.catch(() => {})
    this.child = fork(WORKER, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] })
    running.add(this)
    /** @type {Promise<void>} */
    this.exited = new Promise(resolve => {
      this.child.on('close', (code, signal) => {
        running.delete(this)
        if (code !== 0) {
          const output = this.output === '' ? '' : `\n${this.output}`
          this.reject(new Error(`the ${role} ended with ${signal ?? `code ${code}`}${output}`))
        }
        resolve()
      })
    })
    this.child.on('error', error => this.reject(error))
    this.child.on('message', message => this.receive(message))
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', text => {
        this.output = (this.output + text).slice(-OUTPUT_KEPT)
      })
    }
  }

  /** @param {any} message */
  receive(message) {
    if (message.failure !== undefined) {
      this.reject(new Error(`${this.role}: ${message.failure}`))
    } else {
      this.resolve?.(message.reply)
      this.resolve = undefined
    }
  }

  /**
   * @param {string} command
   * @param {any} [value]
   * @returns {Promise<any>} the worker's reply
   */
  ask(command, value) {
    const replied = new Promise(resolve => (this.resolve = resolve))
    // An error means that the worker is gone; its 'close' event says why.
    this.child.send({ command, value }, () => {})
    return Promise.race([replied, this.failed])
  }

  /** Ends an orderly worker; throws if it does not end with 0. */
  async stop() {
    await this.ask('stop')
    await Promise.race([this.exited, this.failed])
  }

  kill() {
    this.child.kill('SIGKILL')
  }
}

/**
 * @param {Worker} server
 * @param {Worker} client
 * @param {number} milliseconds
 * @returns {Promise<import('./scenario').Results>}
 */
async function runPhase(server, client, milliseconds) {
  const [served, driven] = await Promise.all([
    server.ask('begin', milliseconds),
    client.ask('begin', milliseconds),
  ])
  const [serverReport, clientReport] = await Promise.all([
    server.ask('report'),
    client.ask('report'),
  ])
  const serverUsage = served.run === undefined ? serverReport.usage : served.usage
  const clientUsage = driven.run === undefined ? clientReport.usage : driven.usage
  return {
    server: { run: served.run, report: serverReport.report, usage: serverUsage },
    client: { run: driven.run, report: clientReport.report, usage: clientUsage },
  }
}

/**
 * @param {Worker} server
 * @param {Worker} client
 * @param {TrialOptions} options
 * @returns {Promise<Trial>}
 */
async function measure(server, client, { peer, scenario, certificates, milliseconds, warmUp }) {
  const certificate = certificates[scenario.certificate ?? 'rsa']
  const setup = { peer, scenario: scenario.name, certificate }
  const { port } = await server.ask('start', { ...setup, role: 'server' })
  const { protocol, cipher } = await client.ask('start', { ...setup, role: 'client', port })
  await runPhase(server, client, warmUp)
  const results = await runPhase(server, client, milliseconds)
  scenario.check(results)
  const measured = scenario.measured?.(results) ?? results.client.run
  measured.metrics.serverMemory = results.server.usage.rss / 2 ** 20
  measured.metrics.clientMemory = results.client.usage.rss / 2 ** 20
  for (const { name } of scenario.metrics) {
    if (!Number.isFinite(measured.metrics[name])) throw new Error(`"${name}" was not measured`)
  }
  await client.stop()
  await server.stop()
  return {
    measured,
    usage: { server: results.server.usage, client: results.client.usage },
    reports: { server: results.server.report, client: results.client.report },
    protocol,
    cipher,
  }
}

/**
 * @param {TrialOptions} options
 * @returns {Promise<Trial>} rejects when a side fails, an answer is wrong or the time is over
 */
async function runTrial(options) {
  const { scenario, warmUp, milliseconds } = options
  const limit = warmUp + milliseconds + (scenario.allowance ?? ALLOWANCE)
  const server = new Worker('server')
  const client = new Worker('client')
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  try {
    return await Promise.race([
      measure(server, client, options),
      server.failed,
      client.failed,
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done within ${limit} ms`)), limit)
      }),
    ])
  } finally {
    clearTimeout(timer)
    for (const worker of [server, client]) {
      if (running.has(worker)) worker.kill()
      await worker.exited
    }
  }
}

process.on('exit', () => {
  for (const worker of running) worker.kill()
})

module.exports = { runTrial }
