'use strict'

/**
 * Runs something that needs a test's context where there is no test runner: what it opened is
 * closed behind it.
 *
 * @template T
 * @param {(t: import('node:test').TestContext) => Promise<T>} body
 * @returns {Promise<T>}
 */
async function withContext(body) {
  /** @type {(() => Promise<void> | void)[]} */
  const after = []
  const context = { after: (/** @type {() => Promise<void> | void} */ close) => after.push(close) }
  try {
    return await body(/** @type {any} */ (context))
  } finally {
    for (const close of after) await close()
  }
}

module.exports = { withContext }
