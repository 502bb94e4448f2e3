'use strict'

const invalid = require('../errors/invalid')
const warnings = require('../errors/warnings')
const { OPTIONS, resembled } = require('../errors/spelling')

/** What the engine counts milliseconds in goes to 49 days; longer is for ever. */
const LONGEST = 0xffffffff

/**
 * @param {unknown} value
 * @returns {number} NaN for what is neither a number nor the text of one
 */
function numberOf(value) {
  if (typeof value === 'string') return value.trim() === '' ? NaN : Number(value)
  return typeof value === 'number' ? value : NaN
}

/**
 * A time of the configuration in whole milliseconds.
 * @param {string} name The option, for the error.
 * @param {unknown} value
 * @param {number} [fallback] For undefined.
 * @returns {number}
 */
function milliseconds(name, value, fallback) {
  if (value === undefined && fallback !== undefined) return fallback
  const number = numberOf(value)
  if (!(number >= 0)) throw invalid.option(name, value, 'a number of milliseconds, 0 or more')
  return Math.min(Math.ceil(number), LONGEST)
}

/**
 * A time of the configuration that Node's timers will take, as it was given.
 * @param {string} name The option, for the error.
 * @param {unknown} value
 * @param {number} fallback For 0, and for whatever else is falsy.
 * @param {number} [least]
 * @returns {any}
 */
function timerTime(name, value, fallback, least = -Infinity) {
  if (!value) return fallback
  if (numberOf(value) >= least) return value
  const range = least === 0 ? ', 0 or more' : ''
  throw invalid.option(name, value, `a number of milliseconds${range}`)
}

/** What is longer Node's timers take for no time at all. */
const LONGEST_TIMER = 0x7fffffff

/**
 * The time limit of one call.
 * @param {unknown} value
 * @returns {number | undefined} Milliseconds that Node's timers will take, or Infinity for no limit.
 * @throws {TypeError} Also for 0, which means no limit to one, no time to another, and the default to a third.
 */
function limitOf(value) {
  if (value === undefined || value === Infinity) return value
  if (typeof value === 'number' && value > 0) return Math.min(value, LONGEST_TIMER)
  throw invalid.option(
    'timeout',
    value,
    'a number of milliseconds above 0, or Infinity for no limit',
  )
}

/**
 * The options of one call, where a number would be taken for a time limit that it is not.
 * @param {any} options
 * @returns {any} The same, or none.
 * @throws {TypeError} For what is no object.
 */
function optionsOf(options = {}) {
  if (typeof options === 'object' && options !== null) return options
  throw invalid.options(options)
}

/**
 * A whole number of the configuration, 1 or more; `Infinity` for no limit.
 * @param {string} name The option, for the error.
 * @param {unknown} value
 * @param {number} fallback For undefined.
 * @returns {number}
 */
function count(name, value, fallback) {
  if (value === undefined) return fallback
  if (value === Infinity) return Number.MAX_SAFE_INTEGER
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw invalid.option(name, value, 'a whole number, 1 or more, or Infinity')
}

/**
 * Looks at a configuration as a whole. Names alone: what is behind them is read where it is needed.
 * @param {'Server' | 'Client'} role
 * @param {any} config
 * @throws {TypeError} When it is none.
 */
function checkConfig(role, config) {
  if (config === null || (typeof config !== 'object' && typeof config !== 'function')) {
    throw invalid.config(role, config)
  }
  for (const name of Object.keys(config)) {
    if (OPTIONS.has(name)) continue
    const known = resembled(role, name)
    if (known !== undefined && !(known in config)) warnings.unknownOption(role, name, known)
  }
}

module.exports = { LONGEST_TIMER, checkConfig, count, limitOf, milliseconds, optionsOf, timerTime }
