'use strict'

/**
 * A soak from beginning to end: two servers, one of which is restarted now and then, and two
 * processes of clients, half of them at each server.
 */

const certificates = require('../helpers/certificates')
const { Random } = require('../helpers/random')
const { ROOT } = require('../../lib/engine/addon-file')
const { Process } = require('./process')

/** Milliseconds between two restarts, and between two samples; in a short run less. */
const RESTART_EVERY = 30_000
const SAMPLE_EVERY = 10_000

const CLIENT_PROCESSES = 2

/** One client in five is the original's, if that is there. */
const ORIGINALS = 0.2

/**
 * @typedef {object} Setting
 * @property {number} seconds
 * @property {number} clients
 * @property {number} seed
 * @property {'rustls' | 'node' | undefined} transport
 * @property {string | undefined} reference the original's directory
 * @property {string} [directory] of the package; this one unless given
 */

/** @typedef {{ kind: string, detail: string }} Finding */

/**
 * @typedef {object} Outcome
 * @property {Setting} setting
 * @property {Finding[]} findings what must not be
 * @property {Finding[]} ofOriginal what ends of the original found: much of it is known
 * @property {Record<string, number>} counts
 * @property {Process[]} processes those that were there all the time
 */

class Soak {
  /** @param {Setting} setting */
  constructor(setting) {
    this.setting = setting
    this.random = new Random(setting.seed)
    const { key, cert } = certificates.readmeCa()
    this.shared = { key: String(key), cert: String(cert), password: 'let me in' }
    /** @type {Finding[]} */
    this.findings = []
    /** @type {Finding[]} */
    this.ofOriginal = []
    /** Every process there ever was. @type {Process[]} */
    this.processes = []
    this.restarts = { gracefully: 0, killed: 0 }
    this.over = false
    /** Ends the pause between two restarts. */
    this.wake = () => {}
  }

  /**
   * @param {'server' | 'clients'} role
   * @param {string} name
   * @param {Partial<import('./child').Begin> & { original?: boolean }} more
   * @returns {Process}
   */
  start(role, name, { original = false, ...more }) {
    const { seconds, transport, reference, directory = ROOT } = this.setting
    const list = original ? this.ofOriginal : this.findings
    const made = new Process(
      {
        role,
        name,
        directory: original ? String(reference) : directory,
        seed: this.random.below(0x1_0000_0000),
        every: Math.min(SAMPLE_EVERY, (seconds * 1000) / 10),
        exactly: !original,
        port: 0,
        count: 0,
        doors: [],
        ...this.shared,
        ...more,
      },
      {
        env: transport === 'node' ? { TLSJSON_TRANSPORT: 'node' } : {},
        finding: (kind, detail) => list.push({ kind, detail }),
      },
    )
    this.processes.push(made)
    return made
  }

  /**
   * Ends a server, one way or the other, and puts another in its place, again and again.
   *
   * @param {Process} first
   * @param {number} port
   * @param {boolean} original
   * @returns {Promise<Process>} the one that is there when it is over
   */
  async restart(first, port, original) {
    const every = Math.min(RESTART_EVERY, (this.setting.seconds * 1000) / 5)
    let server = first
    for (let n = 1; ; n++) {
      await new Promise(resolve => {
        this.wake = () => resolve(undefined)
        setTimeout(this.wake, every * (0.5 + this.random.next())).unref()
      })
      if (this.over) return server
      // The original does not always end by itself.
      if (n % 2 === 1 && !original) {
        await server.stop()
        this.restarts.gracefully++
      } else {
        await server.kill()
        this.restarts.killed++
      }
      server = this.start('server', `restarted server, ${n + 1}`, { port, original })
      await server.port
    }
  }

  /** @returns {Promise<Outcome>} */
  async play() {
    const { clients, reference, seconds } = this.setting
    const both = reference !== undefined
    const steady = this.start('server', 'steady server', {})
    const first = this.start('server', 'restarted server, 1', { original: both })
    const [steadyPort, restartedPort] = await Promise.all([steady.port, first.port])
    const doors = [
      { port: steadyPort, steady: true, unauthenticated: true },
      // The original does not survive all of them.
      { port: restartedPort, steady: false, unauthenticated: !both },
    ]
    const originals = both ? Math.round(clients * ORIGINALS) : 0
    const share = Math.ceil((clients - originals) / CLIENT_PROCESSES)
    const ends = Array.from({ length: CLIENT_PROCESSES }, (_, n) =>
      this.start('clients', `clients ${n + 1}`, {
        doors,
        count: Math.min(share, clients - originals - n * share),
      }),
    )
    if (originals > 0) {
      const [door] = doors
      const only = /** @type {typeof doors} */ ([{ ...door, unauthenticated: false }])
      const count = originals
      ends.push(this.start('clients', 'original clients', { doors: only, count, original: true }))
    }
    const restarting = this.restart(first, restartedPort, both)
    await new Promise(resolve => setTimeout(resolve, seconds * 1000))
    this.over = true
    this.wake()
    const last = await restarting
    // What is there when one after the other leaves says nothing of growth.
    for (const each of this.processes) each.during = each.samples.length
    await Promise.all(ends.map(each => each.stop()))
    await Promise.all([steady, last].map(each => each.stop()))
    return {
      setting: this.setting,
      findings: this.findings,
      ofOriginal: this.ofOriginal,
      counts: this.#counts(),
      processes: [steady, ...ends],
    }
  }

  /** @returns {Record<string, number>} */
  #counts() {
    /** @type {Record<string, number>} */
    const sum = { 'graceful restarts': this.restarts.gracefully, kills: this.restarts.killed }
    for (const { counts } of this.processes) {
      for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count
    }
    return sum
  }

  /** Kills what is there. */
  abandon() {
    for (const { child } of this.processes) if (child.exitCode === null) child.kill('SIGKILL')
  }
}

module.exports = { Soak }
