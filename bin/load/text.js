'use strict'

// Numbers for people.

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const DIGITS = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** @param {number} value @returns {string} */
function whole(value) {
  return WHOLE.format(value)
}

/** @param {number} ms @returns {string} */
function milliseconds(ms) {
  if (ms >= 10_000) return `${DIGITS.format(ms / 1000)} s`
  return `${DIGITS.format(ms)} ms`
}

module.exports = { milliseconds, whole }
