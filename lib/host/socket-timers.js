'use strict'

// Timers for where the real ones cannot be had: the clock of node:test was mocked before the package was loaded, and
// does not say what it stands in for. Node's sockets keep their time-outs by timers of its inside, which nobody replaces;
// what holds the process is a port.

const { Socket } = require('node:net')
const { MessageChannel } = require('node:worker_threads')

/** What is longer Node's timers take for no time at all. */
const LONGEST = 0x7fffffff

/** @type {MessageChannel | null} */
let channel = null
let holders = 0

/** @param {1 | -1} change How many timers that are to be waited for come, or go. */
function hold(change) {
  holders += change
  channel ??= new MessageChannel()
  if (holders > 0) channel.port1.ref()
  else channel.port1.unref()
}

/** As much of Node's `Timeout` as is used here. */
class SocketTimer {
  #socket = new Socket()
  #referenced = true
  #over = false

  /**
   * @param {() => void} act
   * @param {number} ms
   * @param {boolean} repeats
   */
  constructor(act, ms, repeats) {
    const time = ms >= 1 && ms <= LONGEST ? ms : 1
    hold(1)
    this.#socket.on('timeout', () => {
      if (repeats) this.#socket.setTimeout(time)
      else this.end()
      act()
    })
    this.#socket.setTimeout(time)
  }

  /** It does not come, or no more. */
  end() {
    if (this.#over) return
    this.#over = true
    this.#socket.setTimeout(0)
    if (this.#referenced) hold(-1)
  }

  ref() {
    if (!this.#referenced && !this.#over) hold(1)
    this.#referenced = true
    return this
  }

  unref() {
    if (this.#referenced && !this.#over) hold(-1)
    this.#referenced = false
    return this
  }
}

/**
 * @param {(...args: any[]) => void} act
 * @param {number} ms
 * @param {...any} args
 */
function setTimeout(act, ms, ...args) {
  return new SocketTimer(() => act(...args), ms, false)
}

/**
 * @param {(...args: any[]) => void} act
 * @param {number} ms
 * @param {...any} args
 */
function setInterval(act, ms, ...args) {
  return new SocketTimer(() => act(...args), ms, true)
}

/**
 * In another turn, if not the next one.
 * @param {(...args: any[]) => void} act
 * @param {...any} args
 */
function setImmediate(act, ...args) {
  return setTimeout(act, 1, ...args)
}

/** @param {SocketTimer | undefined} timer */
function clear(timer) {
  timer?.end()
}

module.exports = {
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout: clear,
  clearInterval: clear,
  clearImmediate: clear,
}
