'use strict'

/**
 * Has objects of a class shut down at the end of `await using`, where the running Node knows that.
 * @param {{ shutdown: () => Promise<unknown> }} prototype
 */
function makeDisposable(prototype) {
  const { asyncDispose } = /** @type {{ asyncDispose?: symbol }} */ (Symbol)
  if (asyncDispose === undefined) return
  /** @this {{ shutdown: () => Promise<unknown> }} */
  async function value() {
    await this.shutdown()
  }
  Object.defineProperty(prototype, asyncDispose, { value, writable: true, configurable: true })
}

exports.makeDisposable = makeDisposable
