'use strict'

// What the native library throws, as an error with a code that docs/reference/errors.md explains.

const { bare, isPolluted, parseBare } = require('../host/bare')
const errors = require('../errors')

/** On a class whose methods are guarded: the library gives every copy of the package the same. */
const GUARDED = Symbol.for('tls-json-native.guarded')

/**
 * @param {any} thrown A failure in JSON, or a fault: a panic, or a call with what the engine does not take.
 * @returns {unknown}
 */
function documented(thrown) {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (message.startsWith('{"kind":')) return errors.fromEngine(parseBare(message, isPolluted()))
  return errors.fromEngine({
    kind: 'internal',
    message: `a call into the engine failed: ${message}`,
  })
}

/**
 * @template {(...args: any[]) => any} F
 * @param {F} native
 * @returns {F}
 */
function guarded(native) {
  const call = {
    /** @this {any} @param {any[]} args */
    [native.name](...args) {
      try {
        return native.apply(this, args)
      } catch (thrown) {
        throw documented(thrown)
      }
    },
  }
  return /** @type {F} */ (call[native.name])
}

/** @param {Record<PropertyKey, any>} prototype */
function guardMethods(prototype) {
  if (Object.hasOwn(prototype, GUARDED)) return
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== 'constructor') prototype[name] = guarded(prototype[name])
  }
  Object.defineProperty(prototype, GUARDED, bare({ value: true }))
}

/**
 * Gives an engine, in the place of its methods, functions that do the same and are called in a fraction of the time.
 * @param {import('./binding').Engine} engine
 */
function shortenCalls(engine) {
  const { take, write, queueFirst } = engine.direct()
  /** @type {ReturnType<typeof engine.direct>} */
  const calls = {
    take: (table, extras) => {
      try {
        return take(table, extras)
      } catch (thrown) {
        throw documented(thrown)
      }
    },
    write: (id, text, first) => {
      try {
        return write(id, text, first)
      } catch (thrown) {
        throw documented(thrown)
      }
    },
    queueFirst: (id, text) => {
      try {
        queueFirst(id, text)
      } catch (thrown) {
        throw documented(thrown)
      }
    },
  }
  Object.assign(engine, calls)
}

/**
 * Has every call into the native library throw errors that are documented.
 * @template {Record<string, any>} T
 * @param {T} binding What the library exports.
 * @returns {T}
 */
function guard(binding) {
  /** @type {Record<string, any>} */
  const guardedBinding = {}
  for (const [name, value] of Object.entries(binding)) {
    if (typeof value !== 'function') {
      guardedBinding[name] = value
      continue
    }
    guardMethods(value.prototype)
    guardedBinding[name] = new Proxy(value, {
      // A function that stands by itself.
      apply(target, self, args) {
        try {
          return Reflect.apply(target, self, args)
        } catch (thrown) {
          throw documented(thrown)
        }
      },
      construct(target, args) {
        try {
          const made = Reflect.construct(target, args)
          if (target === binding.Engine) shortenCalls(made)
          return made
        } catch (thrown) {
          throw documented(thrown)
        }
      },
    })
  }
  return /** @type {T} */ (guardedBinding)
}

module.exports = { guard }
