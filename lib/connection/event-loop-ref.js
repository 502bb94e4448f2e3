'use strict'

// The engine's own handle never holds the process. What does is this one timer, while anything that should is alive:
// a listening server, a connection, a client about to connect again.

const { clearInterval, setInterval } = require('../host/host')

const FOREVER = 0x7fffffff

/** @type {NodeJS.Timeout | null} */
let timer = null
let holders = 0

/** One thing's share in holding the process open. */
class Hold {
  #wanted = false
  #referenced = true

  /** Holds from now on, unless {@link Hold#unref} was called. */
  acquire() {
    if (this.#wanted) return
    this.#wanted = true
    if (this.#referenced) add(1)
  }

  /** Holds no more. */
  release() {
    if (!this.#wanted) return
    this.#wanted = false
    if (this.#referenced) add(-1)
  }

  /** Lets the process end although the thing is alive. */
  unref() {
    if (!this.#referenced) return
    this.#referenced = false
    if (this.#wanted) add(-1)
  }

  /** Takes {@link Hold#unref} back. */
  ref() {
    if (this.#referenced) return
    this.#referenced = true
    if (this.#wanted) add(1)
  }
}

/** @param {1 | -1} change */
function add(change) {
  holders += change
  if (holders === 0) {
    if (timer !== null) clearInterval(timer)
    timer = null
  } else if (timer === null) {
    timer = setInterval(() => {}, FOREVER)
  }
}

exports.Hold = Hold
