'use strict'

const { Failure } = require('../cli/exit-codes')

/** @typedef {import('../..').Client} Client */
/** @typedef {import('../..').ServerStats} ServerStats */

/**
 * @typedef {object} Rates a second, since the sample before
 * @property {number} received messages
 * @property {number} sent
 * @property {number} bytesReceived
 * @property {number} bytesSent
 * @property {number} logins
 */

/**
 * @typedef {object} Sample
 * @property {number} at as of `Date.now()`
 * @property {number} roundTrip milliseconds of the request itself
 * @property {ServerStats} stats
 * @property {Rates | null} rates null for the first
 */

/** Milliseconds of samples that are kept. */
const KEPT = 10 * 60_000

/** What the answer must have; a program may add to it. */
const PARTS = /** @type {const} */ (['connections', 'messages', 'bytes', 'queued', 'logins'])

/** Asks a server for its `stats()` again and again. */
class Sampler {
  /** @type {Sample[]} */
  samples = []
  #client
  #request
  #told

  /**
   * @param {Client} client
   * @param {any} request
   * @param {(sample: Sample) => void} told
   */
  constructor(client, request, told) {
    this.#client = client
    this.#request = request
    this.#told = told
  }

  /**
   * @param {number} every milliseconds
   * @param {number} count how many; Infinity
   * @param {AbortSignal} signal
   * @returns {Promise<void>}
   */
  async run(every, count, signal) {
    for (let done = 0; done < count; done++) {
      const started = performance.now()
      this.#told(await this.#take(signal))
      // Where answers are late the next one keeps its distance: a rate over a moment says nothing.
      const rest = Math.max(every / 2, every - (performance.now() - started))
      if (done + 1 < count) await new Promise(resolve => setTimeout(resolve, rest))
    }
  }

  /** @param {AbortSignal} signal @returns {Promise<Sample>} */
  async #take(signal) {
    const started = performance.now()
    const stats = await this.#ask(signal)
    const sample = {
      at: Date.now(),
      roundTrip: performance.now() - started,
      stats,
      rates: ratesOf(this.samples.at(-1), stats, Date.now()),
    }
    this.samples.push(sample)
    while (Number(this.samples[0]?.at) < sample.at - KEPT) this.samples.shift()
    return sample
  }

  /** @param {AbortSignal} signal @returns {Promise<ServerStats>} */
  async #ask(signal) {
    const why = 'The program of the server must allow it: docs/guide/command-line.md, "Watching".'
    /** @type {any} */
    let answer
    try {
      // A copy: it is given the number of the request.
      answer = await this.#client.request({ ...this.#request }, { signal })
    } catch (err) {
      const { code } = /** @type {{ code?: string }} */ (err)
      if (code !== 'TLSJSON_REQUEST_TIMEOUT' && code !== 'TLSJSON_REMOTE_ERROR') throw err
      const kind = code === 'TLSJSON_REMOTE_ERROR' ? 'refused' : 'timeout'
      const text = `${JSON.stringify(this.#request)} was not answered. ${why}`
      throw new Failure(kind, text, { code, cause: err })
    }
    if (PARTS.every(part => typeof answer?.[part] === 'object' && answer[part] !== null))
      return answer
    throw new Failure(
      'failed',
      `The answer is no stats(): ${JSON.stringify(answer).slice(0, 80)}. ${why}`,
    )
  }
}

/**
 * @param {Sample | undefined} before
 * @param {ServerStats} stats
 * @param {number} now
 * @returns {Rates | null}
 */
function ratesOf(before, { messages, bytes, logins }, now) {
  if (before === undefined) return null
  const seconds = Math.max(0.001, (now - before.at) / 1000)
  const rate = (/** @type {number} */ value, /** @type {number} */ last) =>
    Math.max(0, (value - last) / seconds)
  const { messages: lastMessages, bytes: lastBytes, logins: lastLogins } = before.stats
  return {
    received: rate(messages.received, lastMessages.received),
    sent: rate(messages.sent, lastMessages.sent),
    bytesReceived: rate(bytes.received, lastBytes.received),
    bytesSent: rate(bytes.sent, lastBytes.sent),
    logins: rate(logins.accepted, lastLogins.accepted),
  }
}

module.exports = { Sampler }
