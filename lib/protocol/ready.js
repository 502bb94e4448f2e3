'use strict'

// Those who wait until something is ready: a client logged in, a cluster connected.

const { limitOf, optionsOf } = require('./options')
const { signalOf } = require('./signals')

/**
 * Looked at also where nobody has to wait: a mistake shall not depend on who is faster.
 * @param {{ signal?: AbortSignal, timeout?: number }} [options]
 * @returns {{ limit: number | undefined, signal: AbortSignal | undefined }}
 * @throws {TypeError} For what is of no use.
 */
function limitsOf(options) {
  const { timeout, signal } = optionsOf(options)
  return { limit: limitOf(timeout), signal: signalOf(signal) }
}

/** They are told together, once. */
class Ready {
  /** @type {Set<{ resolve: () => void, reject: (reason: any) => void }> | null} */
  #waiters = null
  #late

  /** @param {(ms: number) => Error} late What who has waited so long gets. */
  constructor(late) {
    this.#late = late
  }

  /**
   * Waits, over as many attempts to connect as it takes.
   * @param {{ signal?: AbortSignal, timeout?: number }} [options]
   * @returns {Promise<void>}
   */
  async wait(options) {
    const { limit, signal } = limitsOf(options)
    if (signal?.aborted) throw signal.reason
    // By the clock that made the timer: tests replace it, and put it back.
    const clear = clearTimeout
    /** @type {(() => void)[]} */
    const undo = []
    try {
      await new Promise((resolve, reject) => {
        const waiter = { resolve: () => resolve(undefined), reject }
        const aborted = () => reject(signal?.reason)
        const waiters = (this.#waiters ??= new Set())
        waiters.add(waiter)
        signal?.addEventListener('abort', aborted)
        undo.push(() => {
          waiters.delete(waiter)
          signal?.removeEventListener('abort', aborted)
        })
        if (limit === undefined || limit === Infinity) return
        const timer = setTimeout(() => reject(this.#late(limit)), limit)
        undo.push(() => clear(timer))
      })
    } finally {
      for (const act of undo) act()
    }
  }

  /** It is ready. */
  resolve() {
    for (const { resolve } of this.#waiters ?? []) resolve()
  }

  /**
   * It will not be.
   * @param {() => any} reason Made only if somebody waits.
   */
  reject(reason) {
    if (this.#waiters === null || this.#waiters.size === 0) return
    const error = reason()
    for (const { reject } of this.#waiters) reject(error)
  }
}

module.exports = { Ready, limitsOf }
