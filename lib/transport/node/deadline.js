'use strict'

const { clearTimeout, now, setImmediate, setTimeout } = require('../../host/host')

/** What is longer Node's timers take for no time at all. */
const LONGEST_TIMER = 0x7fffffff

/**
 * Turns of the event loop in which bytes are looked for before a deadline counts as missed: more than the system keeps
 * for a socket is read in them, and a peer that never stops sending cannot put a deadline off for ever.
 */
const LAST_LOOKS = 8

/** When a connection's session is to be asked next, unless the peer is heard before. Does not hold the process. */
class Deadline {
  #missed
  /** Whether bytes came since the timer went off. */
  #heard = false
  /** @type {NodeJS.Timeout | null} */
  #timer = null
  /** When the timer goes off, in milliseconds of `performance.now()`. */
  #due = 0
  #over = false

  /** @param {() => void} missed */
  constructor(missed) {
    this.#missed = missed
  }

  /** Bytes of the peer came. */
  heard() {
    this.#heard = true
  }

  /** @param {number} ms */
  set(ms) {
    const due = now() + ms
    // A timer that goes off too early finds nothing to do, and is set again.
    if (this.#timer !== null && this.#due <= due) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => this.#look(LAST_LOOKS), Math.min(Math.ceil(ms), LONGEST_TIMER))
    this.#timer.unref()
  }

  /** There is none any more. */
  end() {
    this.#over = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  /**
   * What the peer has sent is looked at before it is missed.
   * @param {number} times
   */
  #look(times) {
    this.#timer = null
    this.#heard = false
    setImmediate(() => {
      if (this.#over) return
      if (this.#heard && times > 0) this.#look(times - 1)
      else this.#missed()
    })
  }
}

exports.Deadline = Deadline
