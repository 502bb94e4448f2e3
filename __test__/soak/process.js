'use strict'

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

/** Milliseconds from the word to stop until a process has to be gone. */
const STOP_DEADLINE = 120_000

/** @typedef {import('../helpers/census').Census & { ms: number }} Sample */

/** A child of a soak as its parent sees it. */
class Process {
  /**
   * @param {import('./child').Begin} begin
   * @param {{ env: NodeJS.ProcessEnv, finding: (kind: string, detail: string) => void }} setting
   */
  constructor(begin, { env, finding }) {
    this.name = begin.name
    this.finding = finding
    /** @type {Sample[]} */
    this.samples = []
    /** How many of them are from before anything came to its end. @type {number | undefined} */
    this.during = undefined
    /** @type {Record<string, number>} */
    this.counts = {}
    this.done = false
    /** It is about to be killed. */
    this.condemned = false
    this.child = fork(path.join(__dirname, 'child.js'), [], {
      execArgv: ['--expose-gc'],
      env: { ...process.env, ...env },
    })
    this.child.on('message', (/** @type {any} */ message) => this.#hear(message))
    this.exit = once(this.child, 'exit').then(([code, signal]) => this.#over(code, signal))
    /** Where a server listens. @type {Promise<number>} */
    this.port = new Promise(resolve => {
      this.child.on('message', (/** @type {any} */ message) => {
        if (message.port !== undefined) resolve(message.port)
      })
    })
    this.child.send(begin)
  }

  /** @param {any} message */
  #hear({ finding, sample, counts, done }) {
    if (finding) this.finding(finding.kind, `${this.name}: ${finding.detail}`)
    if (sample) this.samples.push(sample)
    if (counts) this.counts = counts
    if (done) this.done = true
  }

  /**
   * @param {number | null} code
   * @param {string | null} signal
   */
  #over(code, signal) {
    if (this.condemned || (code === 0 && this.done)) return
    this.finding('died', `${this.name}: code ${code}, signal ${signal}`)
  }

  /** @returns {Promise<void>} when it has ended what it does, and has gone by itself */
  async stop() {
    const timer = setTimeout(() => {
      this.finding('does not end', `${this.name}${this.done ? ', though it is done' : ''}`)
      void this.kill()
    }, STOP_DEADLINE)
    // It may have died.
    if (this.child.connected) this.child.send({ stop: true })
    await this.exit
    clearTimeout(timer)
  }

  /** @returns {Promise<void>} */
  async kill() {
    this.condemned = true
    this.child.kill('SIGKILL')
    await this.exit
  }
}

module.exports = { Process }
