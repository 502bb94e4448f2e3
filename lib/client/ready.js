'use strict'

// Those who wait until a client is logged in.

const errors = require('../errors')
const invalid = require('../errors/invalid')
const { milliseconds } = require('../protocol/options')

/** What is longer Node's timers take for no time at all. */
const LONGEST_TIMER = 0x7fffffff

/**
 * How one of them is told.
 * @typedef {object} Waiter
 * @property {() => void} resolve
 * @property {(reason: any) => void} reject
 */

/** They are told together, once. */
class Ready {
  /** @type {Set<Waiter>} */
  #waiters = new Set()

  /**
   * Waits, over as many attempts to connect as it takes.
   * @param {{ signal?: AbortSignal, timeout?: number }} options
   * @returns {Promise<void>}
   */
  async wait({ signal, timeout }) {
    const ms = Math.min(milliseconds('timeout', timeout, 0), LONGEST_TIMER)
    if (signal !== undefined && !isSignal(signal)) {
      throw invalid.option('signal', signal, 'an AbortSignal')
    }
    if (signal?.aborted) throw signal.reason
    // By the clock that made the timer: tests replace it, and put it back.
    const clear = clearTimeout
    /** @type {(() => void)[]} */
    const undo = []
    try {
      await new Promise((resolve, reject) => {
        const waiter = { resolve: () => resolve(undefined), reject }
        const aborted = () => reject(signal?.reason)
        this.#waiters.add(waiter)
        signal?.addEventListener('abort', aborted)
        undo.push(() => {
          this.#waiters.delete(waiter)
          signal?.removeEventListener('abort', aborted)
        })
        if (ms === 0) return
        const timer = setTimeout(() => reject(errors.notReady(ms)), ms)
        undo.push(() => clear(timer))
      })
    } finally {
      for (const act of undo) act()
    }
  }

  /** The client is logged in. */
  resolve() {
    for (const { resolve } of this.#waiters) resolve()
  }

  /**
   * It will not be.
   * @param {() => any} reason Made only if somebody waits.
   */
  reject(reason) {
    if (this.#waiters.size === 0) return
    const error = reason()
    for (const { reject } of this.#waiters) reject(error)
  }
}

/** @param {unknown} value As Node sees signals: those of another realm, or of a library, are none of our class. */
function isSignal(value) {
  return typeof value === 'object' && value !== null && 'aborted' in value
}

exports.Ready = Ready
