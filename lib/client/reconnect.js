'use strict'

/** When a client connects again: one attempt an interval, and never while a socket is alive. */
class Reconnect {
  /** @type {NodeJS.Timeout | null} */
  #timer = null
  /** By the clock that made the timer: tests replace it, and put it back. */
  #clear = clearTimeout
  #attempt

  /** @param {() => void} attempt */
  constructor(attempt) {
    this.#attempt = attempt
  }

  /** Whether an attempt is to come. */
  get isAhead() {
    return this.#timer !== null
  }

  /**
   * Attempts once after the interval. An earlier wish is replaced.
   * @param {number} interval Milliseconds; 0 or less for never.
   * @param {boolean} wanted Whether the attempt is wanted as things stand; if not, the process may end before it.
   */
  after(interval, wanted) {
    this.cancel()
    if (!(interval > 0)) return
    this.#clear = clearTimeout
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#attempt()
    }, interval)
    this.reconsider(wanted)
  }

  /**
   * Whether the attempt is wanted has perhaps changed.
   * @param {boolean} wanted
   */
  reconsider(wanted) {
    // Timers of a browser, which tests may have in the place of Node's, are numbers.
    if (wanted) this.#timer?.ref?.()
    else this.#timer?.unref?.()
  }

  cancel() {
    const clear = this.#clear
    if (this.#timer !== null) clear(this.#timer)
    this.#timer = null
  }
}

exports.Reconnect = Reconnect
