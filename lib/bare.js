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
 * @param {string} text JSON of the engine.
 * @returns {any}
 */
function parseBare(text) {
  return bareAll(parse(text))
}

/**
 * @param {any} value Anything.
 * @param {string} key
 * @returns {any} What it says of itself under that key, and nothing inherited.
 */
function own(value, key) {
  return value != null && Object.hasOwn(value, key) ? value[key] : undefined
}

module.exports = { bare, own, parseBare }
