'use strict'

// AbortSignals that requests are made with.

const invalid = require('../errors/invalid')

/**
 * @param {unknown} signal
 * @returns {AbortSignal | undefined}
 * @throws {TypeError} For what is none. Those of another realm, or of a library, are no instances of ours.
 */
function signalOf(signal) {
  if (signal === undefined) return undefined
  if (typeof signal === 'object' && signal !== null && 'aborted' in signal) {
    const { addEventListener, removeEventListener } = /** @type {AbortSignal} */ (signal)
    if (typeof addEventListener === 'function' && typeof removeEventListener === 'function') {
      return /** @type {AbortSignal} */ (signal)
    }
  }
  throw invalid.signal(signal)
}

/**
 * Who waits on which signal: one listener for each signal, however many wait on it. A signal may live as long as the
 * process, and has to look through its listeners for each that comes or goes.
 * @template T
 */
class Signals {
  /** @type {Map<AbortSignal, { waiting: Set<T>, listener: () => void }> | null} */
  #all = null
  #aborted

  /** @param {(one: T, reason: any) => void} aborted Called for each that waits, when it waits no more. */
  constructor(aborted) {
    this.#aborted = aborted
  }

  /** How many signals are listened to. */
  get size() {
    return this.#all?.size ?? 0
  }

  /**
   * @param {AbortSignal} signal
   * @param {T} one
   */
  add(signal, one) {
    const all = (this.#all ??= new Map())
    const known = all.get(signal)
    if (known !== undefined) {
      known.waiting.add(one)
      return
    }
    const waiting = new Set([one])
    const listener = () => {
      all.delete(signal)
      signal.removeEventListener('abort', listener)
      for (const each of waiting) this.#aborted(each, signal.reason)
    }
    signal.addEventListener('abort', listener)
    all.set(signal, { waiting, listener })
  }

  /**
   * @param {AbortSignal} signal
   * @param {T} one That waits no more.
   */
  remove(signal, one) {
    const known = this.#all?.get(signal)
    if (known === undefined) return
    known.waiting.delete(one)
    if (known.waiting.size > 0) return
    this.#all?.delete(signal)
    signal.removeEventListener('abort', known.listener)
  }
}

module.exports = { Signals, signalOf }
