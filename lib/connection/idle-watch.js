'use strict'

// `setTimeout` of sockets: 'timeout' when nothing was sent or received for so long.

const { clearInterval, setInterval } = require('../host/host')

/** How often it is looked whether something was sent or received in the time. */
const LOOKS = 4

/** What is longer Node's timers take for no time at all. */
const LONGEST_TIMER = 0x7fffffff

/** Looks whether something moves. */
class IdleWatch {
  #traffic
  #tell
  /** @type {{ timer: NodeJS.Timeout, ms: number, seen: number, quiet: number } | null} */
  #current = null

  /**
   * @param {() => number} traffic Another number as soon as something has moved.
   * @param {() => void} tell Called once for each silence.
   */
  constructor(traffic, tell) {
    this.#traffic = traffic
    this.#tell = tell
  }

  /** Milliseconds of silence that are told; 0 for never. */
  get timeout() {
    return this.#current?.ms ?? 0
  }

  /** @param {number} ms */
  start(ms) {
    this.stop()
    const timer = setInterval(() => this.#look(), Math.min(ms / LOOKS, LONGEST_TIMER))
    timer.unref()
    this.#current = { timer, ms, seen: this.#traffic(), quiet: 0 }
  }

  stop() {
    if (this.#current !== null) clearInterval(this.#current.timer)
    this.#current = null
  }

  #look() {
    if (this.#current === null) return
    const seen = this.#traffic()
    this.#current.quiet = seen === this.#current.seen ? this.#current.quiet + 1 : 0
    this.#current.seen = seen
    if (this.#current.quiet === LOOKS) this.#tell()
  }
}

exports.IdleWatch = IdleWatch
