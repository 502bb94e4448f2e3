'use strict'

const binding = require('./binding')
const dispatch = require('./dispatch')

/** @typedef {import('./binding').Engine} Engine */

/** @type {Engine | null} */
let engine = null

/**
 * The engine of this thread. Made at first use, so that `require` alone starts no thread.
 * @returns {Engine}
 */
function getEngine() {
  if (engine === null) {
    engine = new binding.Engine(dispatch.wake, dispatch.TABLE_LENGTH, readsInLoop())
    dispatch.start(engine)
  }
  return engine
}

/** @type {import('./binding').Pipes | null} */
let pipes = null

/**
 * The connections of this thread that Node's own TLS carries.
 * @returns {import('./binding').Pipes}
 */
function getPipes() {
  pipes ??= new binding.Pipes(getEngine())
  return pipes
}

/**
 * Whether this thread's event loop is to read the sockets itself. Other runtimes than Node (and those that carry it)
 * may show libuv's functions without meaning them.
 * @returns {boolean}
 */
function readsInLoop() {
  const { uv, bun, deno } = /** @type {Record<string, string | undefined>} */ (process.versions)
  if (uv === undefined || bun !== undefined || deno !== undefined) return false
  return process.env.TLSJSON_READ !== 'threads'
}

module.exports = { getEngine, getPipes }
