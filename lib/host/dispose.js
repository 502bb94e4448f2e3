'use strict'

/**
 * Has objects of a class shut down at the end of `await using`, where the running Node knows that.
 * @template {string} M
 * @param {Record<M, () => Promise<unknown>>} prototype
 * @param {M} method By which.
 */
function makeDisposable(prototype, method) {
  const { asyncDispose } = /** @type {{ asyncDispose?: symbol }} */ (Symbol)
  if (asyncDispose === undefined) return
  /** @this {Record<M, () => Promise<unknown>>} */
  async function value() {
    await this[method]()
  }
  Object.defineProperty(prototype, asyncDispose, { value, writable: true, configurable: true })
}

exports.makeDisposable = makeDisposable
