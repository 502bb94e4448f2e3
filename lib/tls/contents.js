'use strict'

// Values of TLS options by what is in them: a program may give the same certificate in another buffer, or write something
// else into the one it gave.

const { bytesOf } = require('./pem')

/** What Node reads of an entry of `key` or `pfx` that is an object. */
const PARTS = ['pem', 'buf', 'passphrase']

/**
 * @param {any} value
 * @returns {boolean} whether what is in it can be compared
 */
function isComparable(value) {
  if (ArrayBuffer.isView(value)) return true
  if (Array.isArray(value)) return value.every(isComparable)
  if (typeof value === 'object' && value !== null) {
    return (
      Object.keys(value).every(name => PARTS.includes(name)) &&
      PARTS.every(name => isComparable(value[name]))
    )
  }
  return typeof value !== 'function' && typeof value !== 'symbol'
}

/**
 * @param {any} value that {@link isComparable}
 * @returns {any} a copy that nobody else can change
 */
function copyOf(value) {
  if (ArrayBuffer.isView(value)) return Buffer.from(bytesOf(value))
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(PARTS.map(name => [name, copyOf(value[name])]))
}

/**
 * Costs a small part of what a digest would.
 *
 * @param {any} copy from {@link copyOf}
 * @param {any} value
 * @returns {boolean} whether the same is in both; of a view the bytes count, and not its type
 */
function isCopyOf(copy, value) {
  if (typeof copy !== 'object' || typeof value !== 'object') return Object.is(copy, value)
  if (copy === null || value === null) return copy === value
  if (Buffer.isBuffer(copy)) return ArrayBuffer.isView(value) && copy.equals(bytesOf(value))
  if (ArrayBuffer.isView(value) || Array.isArray(copy) !== Array.isArray(value)) return false
  if (!Array.isArray(copy)) {
    return isComparable(value) && PARTS.every(name => isCopyOf(copy[name], value[name]))
  }
  return copy.length === value.length && copy.every((part, at) => isCopyOf(part, value[at]))
}

module.exports = { copyOf, isComparable, isCopyOf }
