'use strict'

const errors = require('./errors')

/** What the engine counts milliseconds in goes to 49 days; longer is for ever. */
const LONGEST = 0xffffffff

/**
 * A time of the configuration in whole milliseconds.
 * @param {string} name The option, for the error.
 * @param {unknown} value
 * @param {number} [fallback] For undefined.
 * @returns {number}
 */
function milliseconds(name, value, fallback) {
  if (value === undefined && fallback !== undefined) return fallback
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || Number.isNaN(number) || number < 0) {
    throw errors.invalidOption(name, value, 'a number of milliseconds, 0 or more')
  }
  return Math.min(Math.ceil(number), LONGEST)
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
  throw errors.invalidOption(name, value, 'a whole number, 1 or more, or Infinity')
}

module.exports = { count, milliseconds }
