'use strict'

// Programs put a Proxy around a client or a socket, to log calls or to mock some. A Proxy passes on properties, but has
// no private fields; so public methods find the object itself by a property, and only then its private fields.

const { bare } = require('./bare')

const kItself = Symbol('itself')

/**
 * To be called first in the constructor of a class that users hold.
 * @param {object} object
 */
function knowsItself(object) {
  // Not enumerable, so that nobody prints or copies it.
  Object.defineProperty(object, kItself, bare({ value: object }))
}

/**
 * @template T
 * @param {T} object What a method was called on: the object, a Proxy around it, or one that inherits from it.
 * @returns {T} The object.
 */
function itself(object) {
  return /** @type {any} */ (object)[kItself]
}

module.exports = { itself, knowsItself }
