'use strict'

/**
 * Bounds for everything a test waits for, in ms. Generous, also where ten others compete for the cores: they only decide
 * how long a failing test takes, a passing one never waits for them.
 */
const limits = { deadline: 60_000 }

/**
 * The promise's outcome, or an error that names what did not come.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what
 * @param {number} [ms]
 * @returns {Promise<T>}
 */
function bounded(promise, what, ms = limits.deadline) {
  const late = new Error(`did not come within ${ms} ms: ${what}`)
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(late), ms)
  })
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer))
}

/**
 * The arguments of the next event of that name. Unlike `events.once` an 'error' does not reject.
 *
 * @param {NodeJS.EventEmitter} emitter
 * @param {string | symbol} name
 * @param {string} [what]
 * @returns {Promise<any[]>}
 */
function next(emitter, name, what = `event '${String(name)}'`) {
  return bounded(new Promise(resolve => emitter.once(name, (...args) => resolve(args))), what)
}

/** Something that changes, and those who wait for it to look as they want. */
class Watch {
  constructor() {
    /** @type {Set<() => void>} */
    this.waiting = new Set()
  }

  /** Looks again for everybody who waits. */
  changed() {
    for (const look of [...this.waiting]) look()
  }

  /**
   * @param {() => boolean} holds
   * @param {string | (() => string)} what
   * @returns {Promise<void>}
   */
  until(holds, what) {
    if (holds()) return Promise.resolve()
    /** @type {() => void} */
    let look = () => {}
    const seen = new Promise(resolve => {
      look = () => {
        if (holds()) resolve(undefined)
      }
      this.waiting.add(look)
    })
    return bounded(seen, 'what was waited for')
      .catch(error => {
        error.message = error.message.replace(
          'what was waited for',
          typeof what === 'string' ? what : what(),
        )
        throw error
      })
      .finally(() => this.waiting.delete(look))
      .then(() => undefined)
  }
}

/** Everything an emitter said of the named events, in order. */
class Log extends Watch {
  /**
   * @param {NodeJS.EventEmitter} emitter
   * @param {string[]} names
   */
  constructor(emitter, names) {
    super()
    /** @type {any[][]} */
    this.entries = []
    for (const name of names) {
      emitter.on(name, (...args) => {
        this.entries.push([name, ...args])
        this.changed()
      })
    }
  }

  /** @returns {string[]} the names alone */
  get names() {
    return this.entries.map(([name]) => name)
  }

  /**
   * @param {string} name
   * @returns {any[][]} the arguments of every event of that name
   */
  of(name) {
    return this.entries.filter(([given]) => given === name).map(([, ...args]) => args)
  }

  /**
   * @param {string} name
   * @param {number} [count]
   * @returns {Promise<any[][]>} the arguments of the first `count` events of that name
   */
  async reach(name, count = 1) {
    await this.until(
      () => this.of(name).length >= count,
      () => `event '${name}' ${count} times (seen: ${this.names.join(' ') || 'nothing'})`,
    )
    return this.of(name).slice(0, count)
  }
}

/**
 * One turn of the event loop, for "nothing happens in this turn".
 *
 * @returns {Promise<void>}
 */
function turn() {
  return new Promise(resolve => setImmediate(resolve))
}

/**
 * Time that has to pass because time is what is tested: an interval, a deadline.
 *
 * @param {number} ms
 * @returns {Promise<void>}
 */
function elapsed(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

module.exports = { limits, bounded, next, Watch, Log, turn, elapsed }
