'use strict'

const binding = require('./binding')
const copies = require('./copies')
const dispatch = require('./dispatch')
const outbox = require('./outbox')

/** @typedef {import('./binding').Engine} Engine */
/** @typedef {import('./binding').Pipes} Pipes */
/** @typedef {0 | 1 | 2} LoginResult What `login` takes. */

/** @type {Engine | null} */
let engine = null

/** @type {Pipes | null} */
let pipes = null

/** What writes what it holds back when the process ends. @type {(() => void)[]} */
const atEnd = []

/** @param {() => void} write Called when the process ends: behind it there is no other turn. */
function atExit(write) {
  atEnd.push(write)
}

/** The process ends, perhaps after the engine could not be made. */
function end() {
  if (engine === null) return
  outbox.end()
  for (const write of atEnd) write()
}

const copy = { giveBack, end }

/**
 * The engine of this thread. Made at first use, so that `require` alone starts no thread; and again where it was given back
 * to make room for another copy of the package.
 * @returns {Engine}
 */
function getEngine() {
  if (engine === null) {
    copies.enter(copy)
    engine = new binding.Engine(dispatch.wake, dispatch.TABLE_LENGTH, readsInLoop())
    dispatch.start(engine)
  }
  return engine
}

/** @returns {boolean} Whether nobody used it, and it is given back. */
function giveBack() {
  if (!dispatch.isIdle()) return false
  if (pipes !== null && !pipes.giveBack()) return false
  pipes = null
  if (engine !== null && !engine.giveBack()) return false
  engine = null
  return true
}

/**
 * The connections of this thread that Node's own TLS carries.
 * @returns {Pipes}
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

module.exports = { atExit, getEngine, getPipes }
