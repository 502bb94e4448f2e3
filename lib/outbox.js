'use strict'

// Messages of one tick -> one call into the engine. Coalescing is the largest single win of all: one TLS record and one
// system call for many messages.

const { nextTick } = require('./host')

/** So many characters of one connection are handed over at once: the peer can begin to work. */
const FIRST_HAND_OVER = 2048

/** What follows in the same tick is handed over in larger and larger pieces, up to one TLS record. */
const LARGEST_HAND_OVER = 16384

/** More connections than this in one tick are a fan-out: the system calls then belong on other threads. */
const FEW = 64

/** So many characters are handed over in a fan-out too, so that a tick does not pile up without bound. */
const MANY = 65536

/**
 * What can be written to. Of its text of this tick all is in `pending`, or all in `group`.
 * @typedef {object} Target
 * @property {number} id The engine's number of the connection.
 * @property {string} pending Text of this tick that is for it alone.
 * @property {Group | null} group Text of this tick that it has in common with others.
 * @property {object} stats Of the server or client that it belongs to.
 * @property {Carrier} carrier What it is handed to: the engine, or Node's own TLS.
 */

/** @typedef {Pick<import('./connection').Carrier, 'write' | 'writeBytes'>} Carrier */

/**
 * Connections to which the same was written in this tick, and nothing else: it is handed over once for all of them. Whoever
 * is written something of its own leaves, and takes the text along; so everybody's order is kept.
 * @typedef {object} Group
 * @property {readonly Target[]} targets Those that were in it at the beginning.
 * @property {number} size How many of them still are.
 * @property {string} text
 */

/** @type {import('./binding').Engine} */
let engine
/** @type {Target[]} */
let dirty = []
/** @type {Group[]} */
const groups = []
let handOverAt = FIRST_HAND_OVER
let scheduled = false
let held = false

/** @param {import('./binding').Engine} theEngine */
function start(theEngine) {
  engine = theEngine
}

/** The process ends: send() followed by process.exit() delivers. */
function end() {
  flush()
  engine.writeLast()
}

/**
 * Accepts text for a connection, to be written in this tick.
 * @param {Target} target
 * @param {string} text
 */
function write(target, text) {
  const before = target.group === null ? target.pending : leave(target)
  if (target.pending === '') {
    dirty.push(target)
    schedule()
  }
  target.pending = before + text
  const length = target.pending.length
  if (length >= handOverAt && (dirty.length <= FEW || length >= MANY)) {
    handOver(target)
    handOverAt = Math.min(2 * handOverAt, LARGEST_HAND_OVER)
  }
}

function schedule() {
  if (scheduled || held) return
  scheduled = true
  nextTick(flush)
}

/**
 * Accepts one text for several connections, to be written in this tick.
 * @param {Target[]} targets Each once, and all of one server.
 * @param {string} text
 */
function writeToAll(targets, text) {
  if (text.length >= LARGEST_HAND_OVER) {
    // A copy for each that was written something before would cost more than that it leaves early.
    flush()
    share(targets, text)
    return
  }
  const sharing = []
  for (const target of targets) {
    if (target.pending === '') sharing.push(target)
    else write(target, text)
  }
  const group = sharing[0]?.group ?? null
  if (group !== null && group.size === sharing.length && sharing.every(of => of.group === group)) {
    group.text += text
    if (group.text.length >= LARGEST_HAND_OVER) {
      groups.splice(groups.indexOf(group), 1)
      handOverGroup(group)
    }
    return
  }
  const free = sharing.filter(target => target.group === null)
  // Who is in a group of others has to leave that one.
  for (const target of sharing) if (target.group !== null) write(target, text)
  if (free.length === 0) return
  const opened = { targets: free, size: free.length, text }
  for (const target of free) target.group = opened
  groups.push(opened)
  schedule()
}

/**
 * Takes a connection out of its group.
 * @param {Target} target
 * @returns {string} What was to be written to it.
 */
function leave(target) {
  const { group } = target
  if (group === null) return ''
  target.group = null
  group.size--
  return group.text
}

/** @param {Group} group One that is no longer among `groups`. */
function handOverGroup(group) {
  const targets = group.targets.filter(target => target.group === group)
  for (const target of targets) target.group = null
  share(targets, group.text)
}

/**
 * Hands one text over for several connections, as a fan-out: the system calls are made by other threads.
 * @param {Target[]} targets Nothing may be pending for them.
 * @param {string} text
 */
function share(targets, text) {
  const ids = new Uint32Array(targets.length)
  let count = 0
  /** @type {Buffer | undefined} */
  let bytes
  for (const target of targets) {
    if (target.carrier === engine) ids[count++] = target.id
    else target.carrier.writeBytes(target.id, (bytes ??= Buffer.from(text)))
  }
  if (count > 0) engine.writeShared(ids.subarray(0, count), text)
}

/**
 * Hands over what is pending for one connection.
 * @param {Target} target
 * @returns {boolean} Whether nothing is left to write.
 */
function handOver(target) {
  const text = take(target)
  return text === '' || target.carrier.write(target.id, text)
}

/**
 * @param {Target} target
 * @returns {string} What was pending for it, and is no more.
 */
function take(target) {
  if (target.group !== null) return leave(target)
  const text = target.pending
  target.pending = ''
  const at = dirty.indexOf(target)
  if (at !== -1) dirty.splice(at, 1)
  return text
}

/** Hands over everything. */
function flush() {
  scheduled = false
  handOverAt = FIRST_HAND_OVER
  if (groups.length > 0) {
    for (const group of groups.splice(0)) handOverGroup(group)
  }
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
  for (const { targets, size, text } of groups) {
    if (targets[0]?.stats === stats) bytes += size * Buffer.byteLength(text)
  }
  return bytes
}

/**
 * @param {Target} target
 * @returns {string} Text of this tick for it.
 */
function textFor(target) {
  return target.group?.text ?? target.pending
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
  take(target)
}

module.exports = {
  start,
  end,
  write,
  writeToAll,
  handOver,
  waiting,
  textFor,
  hold,
  release,
  drop,
}
