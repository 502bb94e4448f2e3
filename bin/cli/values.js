'use strict'

// Values of options: from what people write to numbers.

const { constants } = require('node:buffer')

const { UsageError } = require('./usage-error')

/** @type {Record<string, number>} */
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds: timers take no more, some 24 days. */
const LONGEST = 2 ** 31 - 1

/** @type {Record<string, number>} */
const BYTES = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/**
 * @param {string} text such as 500ms, 10s, 1.5m, 2h
 * @returns {number} milliseconds
 */
function duration(text) {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const factor = MILLISECONDS[unit]
  if (number === undefined || factor === undefined) {
    throw new UsageError(`${text} is no time; write 500ms, 10s or 5m`)
  }
  const ms = Number(number) * factor
  if (ms === 0 || ms > LONGEST) throw new UsageError(`${text} is not between 1ms and 596h`)
  return ms
}

/**
 * @param {string} text a whole number above 0; 5k is 5000
 * @returns {number}
 */
function count(text) {
  const [, number, thousands] = /^(\d+)(k?)$/.exec(text) ?? []
  const value = Number(number) * (thousands ? 1000 : 1)
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new UsageError(`${text} is no whole number above 0`)
  }
  return value
}

/**
 * @param {string} text a whole number, 0 included
 * @returns {number}
 */
function countOrNone(text) {
  return text === '0' ? 0 : count(text)
}

/**
 * @param {string} text such as 5000/s or 300/m
 * @returns {number} per second
 */
function rate(text) {
  const [, number, unit] = /^(\d+(?:\.\d+)?k?)\/(s|m)$/.exec(text) ?? []
  const value = Number(number?.replace('k', '')) * (number?.endsWith('k') ? 1000 : 1)
  if (!(value > 0)) throw new UsageError(`${text} is no rate; write 5000/s`)
  return unit === 'm' ? value / 60 : value
}

/**
 * @param {string} text such as 250, 4k, 1m
 * @returns {number} bytes
 */
function bytes(text) {
  const [, number, unit = ''] = /^(\d+)([kmg]?)b?$/i.exec(text) ?? []
  const factor = BYTES[unit.toLowerCase()]
  const value = Number(number) * (factor ?? Number.NaN)
  if (!Number.isSafeInteger(value)) throw new UsageError(`${text} is no size; write 250, 4k or 1m`)
  if (value > constants.MAX_STRING_LENGTH) {
    throw new UsageError(
      `${text} is more than a text can have here, ${constants.MAX_STRING_LENGTH}`,
    )
  }
  return value
}

module.exports = { bytes, count, countOrNone, duration, rate }
