'use strict'

// Messages of one tick -> one call into the engine. Coalescing is the largest single win of all: one TLS record and one
// system call for many messages.

/** So many characters of one connection are handed over at once: the peer can begin to work. */
const FIRST_HAND_OVER = 2048

/** What follows in the same tick is handed over in larger and larger pieces, up to one TLS record. */
const LARGEST_HAND_OVER = 16384

/** More connections than this in one tick are a fan-out: the system calls then belong on other threads. */
const FEW = 64

/** So many characters are handed over in a fan-out too, so that a tick does not pile up without bound. */
const MANY = 65536

/**
 * What can be written to.
 * @typedef {object} Target
 * @property {number} id The engine's number of the connection.
 * @property {string} pending Text of this tick.
 * @property {object} stats Of the server or client that it belongs to.
 * @property {{ write: (id: number, text: string) => boolean }} carrier What it is handed to: the engine, or Node's own TLS.
 */

/** @type {import('./binding').Engine} */
let engine
/** @type {Target[]} */
let dirty = []
let handOverAt = FIRST_HAND_OVER
let scheduled = false
let held = false

/** @param {import('./binding').Engine} theEngine */
function start(theEngine) {
  engine = theEngine
  // send() followed by process.exit() delivers.
  process.on('exit', () => {
    flush()
    engine.writeLast()
  })
}

/**
 * Accepts text for a connection, to be written in this tick.
 * @param {Target} target
 * @param {string} text
 */
function write(target, text) {
  if (target.pending === '') {
    target.pending = text
    dirty.push(target)
    if (!scheduled && !held) {
      scheduled = true
      process.nextTick(flush)
    }
  } else {
    target.pending += text
  }
  const length = target.pending.length
  if (length >= handOverAt && (dirty.length <= FEW || length >= MANY)) {
    handOver(target)
    handOverAt = Math.min(2 * handOverAt, LARGEST_HAND_OVER)
  }
}

/**
 * Hands over what is pending for one connection.
 * @param {Target} target
 * @returns {boolean} Whether nothing is left to write.
 */
function handOver(target) {
  const text = target.pending
  if (text === '') return true
  target.pending = ''
  const at = dirty.indexOf(target)
  if (at !== -1) dirty.splice(at, 1)
  return target.carrier.write(target.id, text)
}

/** Hands over everything. */
function flush() {
  scheduled = false
  handOverAt = FIRST_HAND_OVER
  if (dirty.length === 0) return
  const targets = dirty
  dirty = []
  if (targets.length <= FEW) {
    for (const target of targets) {
      const text = target.pending
      target.pending = ''
      target.carrier.write(target.id, text)
    }
    return
  }
  /** @type {number[]} */
  const ids = []
  /** @type {string[]} */
  const texts = []
  for (const target of targets) {
    const text = target.pending
    target.pending = ''
    if (target.carrier === engine) {
      ids.push(target.id)
      texts.push(text)
    } else {
      target.carrier.write(target.id, text)
    }
  }
  engine.writeMany(ids, texts)
}

/**
 * @param {object} stats
 * @returns {number} Bytes of this tick for the connections of one server or client.
 */
function waiting(stats) {
  let bytes = 0
  for (const target of dirty) {
    if (target.stats === stats) bytes += Buffer.byteLength(target.pending)
  }
  return bytes
}

/** Until {@link release} nothing needs to be scheduled. */
function hold() {
  held = true
}

/** The end of a batch: what its listeners wrote leaves now. */
function release() {
  held = false
  flush()
}

/**
 * Drops what is pending for a connection that is gone.
 * @param {Target} target
 */
function drop(target) {
  target.pending = ''
  const at = dirty.indexOf(target)
  if (at !== -1) dirty.splice(at, 1)
}

module.exports = { start, write, handOver, waiting, hold, release, drop }
