'use strict'

// How long a client waits before it connects again, and how often it tries: what its option `reconnect` says.

const invalid = require('../errors/invalid')
const { count } = require('../protocol/options')

/** What is longer Node's timers take for no time at all. */
const LONGEST_TIMER = 0x7fffffff

const NAMES = new Set(['min', 'max', 'factor', 'jitter', 'attempts'])

/**
 * A part of the option that is a number.
 * @param {string} name
 * @param {unknown} value
 * @param {number} least
 * @returns {number}
 */
function number(name, value, least) {
  if (typeof value === 'number' && value >= least && value < Infinity) return value
  throw invalid.option(`reconnect.${name}`, value, `a finite number, ${least} or more`)
}

/** The waits of one client. They grow with each attempt that comes to no login. */
class BackOff {
  #min
  #max
  #factor
  #jitters
  #attempts
  #random
  /** Attempts to connect again since the last login. */
  #made = 0

  /**
   * @param {any} options The option `reconnect`.
   * @param {() => number} [random] From 0 to 1, for tests.
   * @throws {TypeError} For what is no such option.
   */
  constructor(options, random = () => Math.random()) {
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw invalid.option('reconnect', options, 'an object, as in { min: 1000, max: 30000 }')
    }
    const unknown = Object.keys(options).find(name => !NAMES.has(name))
    if (unknown !== undefined) {
      const known = [...NAMES].join(', ')
      throw invalid.option('reconnect', options, `an object of ${known}, and not ${unknown}`)
    }
    const { min = 1000, factor = 2, jitter = 'full' } = options
    const { max = Math.max(30_000, min), attempts = Infinity } = options
    this.#min = number('min', min, 1)
    this.#max = Math.min(number('max', max, this.#min), LONGEST_TIMER)
    this.#factor = number('factor', factor, 1)
    if (jitter !== 'full' && jitter !== 'none') {
      throw invalid.option('reconnect.jitter', jitter, "'full' or 'none'")
    }
    this.#jitters = jitter === 'full'
    this.#attempts = count('reconnect.attempts', attempts, Infinity)
    this.#random = random
  }

  /** Whether there have been as many attempts as there may be. */
  get isUsedUp() {
    return this.#made >= this.#attempts
  }

  /** How many there have been since the last login. */
  get made() {
    return this.#made
  }

  /**
   * @param {number} [servers] How many there are to try in turn. The wait grows when all have been tried.
   * @returns {number} Milliseconds to the next attempt; 0 for no further one.
   */
  wait(servers = 1) {
    if (this.isUsedUp) return 0
    const round = Math.floor(this.#made / servers)
    const [min, max] = [this.#min, this.#max]
    if (!this.#jitters) return Math.min(max, min * this.#factor ** round)
    const ceiling = Math.min(max, min * this.#factor ** (round + 1))
    return min + this.#random() * (ceiling - min)
  }

  /** An attempt begins. */
  attempted() {
    this.#made++
  }

  /** The client is logged in, or is to connect for another reason. */
  reset() {
    this.#made = 0
  }
}

exports.BackOff = BackOff
