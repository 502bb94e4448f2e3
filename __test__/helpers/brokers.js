'use strict'

/**
 * Real message brokers, each a process of its own on a free port of the loopback.
 */

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { once } = require('node:events')

const { brokers, canHaveBrokers, missingBrokers } = require('../../scripts/brokers')
const { cleanup, temporaryFolder } = require('./cleanup')
const { bounded } = require('./events')
const { freePort } = require('./free-port')

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {import('../../scripts/brokers').BrokerName} BrokerName */

const missing = missingBrokers()

// Who has said that everything is to be tested hears of what is not.
if (missing.length > 0 && process.env.CI === 'true' && canHaveBrokers()) {
  throw new Error(`There is no ${missing.join(', ')} here: npm run brokers`)
}

/** For tests that need real brokers: why they are left out, if they are. */
const withoutBrokers =
  missing.length > 0 && `there is no ${missing.join(', ')} here: \`npm run brokers\``

/** What a server prints once it takes connections. */
const READY = { nats: 'Server is ready', redis: 'Ready to accept connections' }

/** One broker, which can be ended, stopped and started again at the same port. */
class BrokerProcess {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child
  #output = ''

  /**
   * @param {BrokerName} name
   * @param {number} port
   * @param {string} folder its working directory
   * @param {string[]} args beside those of every broker
   */
  constructor(name, port, folder, args) {
    this.name = name
    this.port = port
    this.folder = folder
    this.args = args
    this.kind = brokers()[name].kind
    this.url = `${this.kind}://127.0.0.1:${port}`
  }

  /** @returns {Promise<void>} when it takes connections */
  async start() {
    const { program, env } = brokers()[this.name]
    const port = String(this.port)
    const own =
      this.kind === 'nats'
        ? ['-a', '127.0.0.1', '-p', port]
        : ['--bind', '127.0.0.1', '--port', port, '--save', '', '--appendonly', 'no']
    this.#output = ''
    // With this process it goes, also if that is killed.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...this.args, ...own], {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const ready = new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', text => {
          this.#output += text
          if (this.#output.includes(READY[this.kind])) resolve(undefined)
        })
      }
      child.on('error', reject)
      child.on('exit', () => reject(new Error(`${this.name} has ended:\n${this.#output}`)))
    })
    await bounded(ready, `${this.name} at port ${port}`)
  }

  /** @returns {Promise<void>} when it is gone, killed */
  async kill() {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await bounded(gone, `the end of ${this.name}`)
  }

  /** It hangs: its connections stay, and nothing is answered. */
  stop() {
    this.#child?.kill('SIGSTOP')
  }

  /** It goes on. */
  resume() {
    this.#child?.kill('SIGCONT')
  }
}

/**
 * A broker that is gone after the test.
 *
 * @param {TestContext} t
 * @param {BrokerName} name
 * @param {{ args?: string[], port?: number, config?: string, start?: boolean }} [options] `config`: the text of a
 *   configuration file. `start: false`: not yet
 * @returns {Promise<BrokerProcess>}
 */
async function startBroker(t, name, { args = [], port, config, start = true } = {}) {
  const folder = temporaryFolder(t)
  const all = [...args]
  if (config !== undefined) {
    const file = path.join(folder, 'broker.conf')
    fs.writeFileSync(file, config)
    // Redis takes it before all options.
    if (brokers()[name].kind === 'nats') all.push('-c', file)
    else all.unshift(file)
  }
  const broker = new BrokerProcess(name, port ?? (await freePort()), folder, all)
  cleanup(t, () => broker.kill())
  if (start) await broker.start()
  return broker
}

module.exports = { BrokerProcess, startBroker, withoutBrokers }
