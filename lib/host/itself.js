'use strict'

// Programs put a Proxy around a client or a socket, to log calls or to mock some. A Proxy passes on properties, but has
// no private fields; so public methods find the object itself by a property, and only then its private fields.

const { bare } = require('./bare')

const kItself = Symbol('itself')

/** What was found last. @type {any} */
let found

/** @param {object} object */
function find(object) {
  found = object
}

/** One for all, each time with another value. @type {PropertyDescriptor} */
const property = bare({ value: undefined, enumerable: false, configurable: true, writable: true })

/**
 * To be called first in the constructor of a class that users hold.
 * @param {object} object
 */
function knowsItself(object) {
  // A Proxy may put others around all it hands out, so the object is not handed out. The property is not enumerable, so
  // that nobody prints or copies it, and may be changed, for of one that may not a Proxy has to hand out the very value.
  property.value = find.bind(null, object)
  Object.defineProperty(object, kItself, property)
}

/**
 * @template T
 * @param {T} object What a method was called on: the object, a Proxy around it, or one that inherits from it.
 * @returns {T} The object.
 */
function itself(object) {
  // Most calls follow one on the same object.
  if (object === found) return object
  const holder = /** @type {any} */ (object)
  holder[kItself]()
  return found
}

module.exports = { itself, knowsItself }
