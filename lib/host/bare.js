'use strict'

// Objects that have only what they say of themselves. Programs, and libraries of theirs, put properties on
// `Object.prototype`; an option that we leave out, or a field that the engine does, must not be found there.

const { parse } = require('./host')

/**
 * @template {object} T
 * @param {T} object Of our own making.
 * @returns {T} The same, without a prototype.
 */
function bare(object) {
  return Object.setPrototypeOf(object, null)
}

/** What `Object.prototype` has by the language. */
const OF_THE_LANGUAGE = new Set([
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
])

/** Whether somebody has put more there. */
function isPolluted() {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    if (!OF_THE_LANGUAGE.has(name)) return true
  }
  return false
}

/**
 * Does something while `Object.prototype` has nothing but what is of the language, or cannot be taken away.
 * @template T
 * @param {() => T} act
 * @returns {T} What it returns.
 */
function unpolluted(act) {
  if (!isPolluted()) return act()
  const names = Object.getOwnPropertyNames(Object.prototype)
  const properties = names
    .filter(name => !OF_THE_LANGUAGE.has(name))
    .map(name => ({
      name,
      property: bare(
        /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(Object.prototype, name)),
      ),
    }))
    .filter(({ property }) => property.configurable)
  for (const { name } of properties) Reflect.deleteProperty(Object.prototype, name)
  try {
    return act()
  } finally {
    for (const { name, property } of properties) {
      Object.defineProperty(Object.prototype, name, property)
    }
  }
}

/**
 * @param {any} value
 * @returns {any} The same; no object in it has a prototype.
 */
function bareAll(value) {
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) bare(value)
  for (const key of Object.keys(value)) bareAll(value[key])
  return value
}

/**
 * @param {string} text JSON of the engine, none of whose fields are named as what every object has.
 * @param {boolean} [polluted] Whether {@link isPolluted}, where it was asked before. To take prototypes away costs more
 *   than all else about a signal.
 * @returns {any} Objects in which nothing is found that is not in the text.
 */
function parseBare(text, polluted = isPolluted()) {
  const value = parse(text)
  return polluted ? bareAll(value) : value
}

/**
 * @param {any} value Anything.
 * @param {string} key
 * @returns {any} What it says of itself under that key, and nothing inherited.
 */
function own(value, key) {
  return value != null && Object.hasOwn(value, key) ? value[key] : undefined
}

module.exports = { bare, isPolluted, own, parseBare, unpolluted }
