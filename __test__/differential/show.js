'use strict'

/**
 * Values as text that differs where the values do: -0, Infinity, own `__proto__`, order of keys,
 * lone surrogates, prototypes. JSON would hide these.
 */

const { createHash } = require('node:crypto')

/** Longer text is shown by its length and hash. */
const LONGEST = 400

/**
 * @param {string} text
 * @returns {string}
 */
function shorten(text) {
  if (text.length <= LONGEST) return text
  const hash = createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 16)
  return `${text.slice(0, 40)}… (${text.length} characters, ${hash})`
}

/**
 * @param {any} value
 * @returns {string}
 */
function whole(value) {
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Error) return problem(value)
  if (Array.isArray(value)) return `[${value.map(whole).join(',')}]`
  const members = Reflect.ownKeys(value).map(key => {
    const { writable, enumerable, configurable } = /** @type {PropertyDescriptor} */ (
      Object.getOwnPropertyDescriptor(value, key)
    )
    const plain = writable && enumerable && configurable
    const name = typeof key === 'symbol' ? String(key) : JSON.stringify(key)
    return `${plain ? '' : '!'}${name}:${whole(value[key])}`
  })
  const prototype = Object.getPrototypeOf(value) === Object.prototype ? '' : 'odd prototype '
  return `${prototype}{${members.join(',')}}`
}

/**
 * @param {any} error
 * @returns {string} class, code if Node gave it, beginning of the message; codes of this package
 *   are left out, the original has none
 */
function problem(error) {
  if (!(error instanceof Error)) return `not an Error: ${whole(error)}`
  const { code } = /** @type {{ code?: string }} */ (error)
  const shown = code === undefined || code.startsWith('TLSJSON_') ? '' : ` ${code}`
  // Newer versions of Node add advice behind a semicolon.
  const message = String(error.message).split(/[\n;]/, 1)[0]
  const members = Object.keys(error).filter(key => key !== 'code')
  return `${error.name}${shown}: ${message}${members.length > 0 ? ` {${members.sort()}}` : ''}`
}

/**
 * @param {any} value
 * @returns {string}
 */
function show(value) {
  return shorten(whole(value))
}

module.exports = { show }
