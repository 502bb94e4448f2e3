'use strict'

// When messages leave. As with Node's own sockets, what is sent first in a tick leaves at once, in a TLS record of its own;
// what follows in the same tick is joined behind it, for that is the largest single win of all: one record and one
// system call for many messages. Receivers run promise continuations between two records, and programs rely on both.

const broadcasts = require('./groups')
const tickClock = require('./tick-clock')
const { nextTick, queueMicrotask } = require('../host/host')
const {
  AT_ONCE,
  BEFORE_LONG,
  FEW,
  FIRST_HAND_OVER,
  LARGEST_HAND_OVER,
  LONG,
  LONG_FAN_OUT,
  MANY,
} = require('./thresholds')

const { groups, leave } = broadcasts

/** @typedef {import('./outbox-types').Group} Group */
/** @typedef {import('./outbox-types').Target} Target */

/** @type {import('./binding').Engine} */
let engine
/** @type {Target[]} */
let dirty = []
let handOverAt = FIRST_HAND_OVER
/** Whether this tick has its end ahead. */
let scheduled = false
/** Whether its continuations have their turn before that. */
let continued = false
let held = false
/** Whether the tick is that of several messages which came together. */
let crowded = false
/** What the engine is to write with the rest of this tick. @type {Target[]} */
let queued = []
/** The number of this tick. */
let tick = 1
/** How many connections have written at once in it. */
let atOnce = 0
/** What is first for how many others is left with the engine. */
let beforeLong = 0
/** How many others have written in the whole tick so far. */
let touched = 0
/** Whether the last tick was a fan-out. Then the next may be one, too, and its system calls belong on other threads. */
let fanOut = false
/** Whether the process is ending: there will be no end of this tick. */
let exiting = false

/** @param {import('./binding').Engine} theEngine */
function start(theEngine) {
  engine = theEngine
}

/** The process ends: send() followed by process.exit() delivers, and so does send() in a later listener of 'exit'. */
function end() {
  exiting = true
  endTick()
  engine.writeLast()
}

/**
 * Accepts text for a connection, to be written in this tick.
 * @param {Target} target
 * @param {string} text
 */
function write(target, text) {
  accept(target, text)
  look()
}

/**
 * @param {Target} target
 * @param {string} text
 */
function accept(target, text) {
  if (target.pending !== '' && !exiting) {
    append(target, text)
    return
  }
  const before = target.group === null ? target.pending : leave(target)
  if (exiting) {
    put(target, before + text)
    return
  }
  if (before === '' && target.tick !== tick) {
    if (!crowded && !fanOut && atOnce < AT_ONCE) {
      atOnce++
      schedule()
      put(target, text)
      return
    }
    if (beforeLong < BEFORE_LONG) {
      beforeLong++
      schedule()
      queue(target, text)
      return
    }
  }
  target.pending = ''
  dirty.push(target)
  schedule()
  append(target, before + text)
}

/**
 * @param {Target} target One that is among `dirty`.
 * @param {string} text
 */
function append(target, text) {
  target.pending += text
  const { length } = target.pending
  if (length >= handOverAt && (dirty.length <= FEW || length >= MANY)) {
    handOver(target)
    handOverAt = Math.min(2 * handOverAt, LARGEST_HAND_OVER)
  }
}

/** The tick ends behind what runs now. */
function schedule() {
  if (scheduled || held || exiting) return
  scheduled = true
  tickClock.begin()
  nextTick(flush)
}

/**
 * Hands text over. What is first in a tick becomes a record of its own.
 * @param {Target} target
 * @param {string} text
 * @returns {boolean} Whether nothing is left to write.
 */
function put(target, text) {
  const first = target.tick !== tick
  target.tick = tick
  const all = target.carrier.write(target.id, text, first)
  if (exiting && !all) engine.writeLast()
  return all
}

/**
 * Leaves the first text of a tick with the engine, which writes it with the rest, or by itself before long.
 * @param {Target} target
 * @param {string} text
 */
function queue(target, text) {
  target.tick = tick
  target.queued = true
  queued.push(target)
  target.carrier.queueFirst(target.id, text)
}

/** Lets what waits go if the tick has lasted long: whoever sends before long work is not to be heard only behind it. */
function look() {
  if (tickClock.leavesOut() || !isWaiting()) return
  if (tickClock.isLong(dirty.length > FEW ? LONG_FAN_OUT : LONG)) handOverAll(true)
}

/**
 * Accepts one text for several connections, to be written in this tick.
 * @param {Target[]} targets Each once, and all of one server.
 * @param {string} text
 */
function writeToAll(targets, text) {
  acceptForAll(targets, text)
  look()
}

/**
 * @param {Target[]} targets
 * @param {string} text
 */
function acceptForAll(targets, text) {
  if (targets.length <= BEFORE_LONG) {
    for (const target of targets) accept(target, text)
    return
  }
  if (text.length >= LARGEST_HAND_OVER || exiting) {
    // A copy for each that was written something before would cost more than that it leaves early.
    handOverAll(false)
    share(targets, text)
    return
  }
  // Nothing was written to any of them in this tick.
  if (!crowded && targets.every(of => of.tick !== tick && of.pending === '' && of.group === null)) {
    schedule()
    share(targets, text)
    return
  }
  const sharing = []
  for (const target of targets) {
    if (target.pending === '') sharing.push(target)
    else accept(target, text)
  }
  const group = broadcasts.of(sharing)
  if (group !== null) {
    group.text += text
    if (group.text.length >= LARGEST_HAND_OVER) handOverGroup(group)
    return
  }
  const free = sharing.filter(target => target.group === null)
  // Members of other groups leave those first.
  for (const target of sharing) if (target.group !== null) accept(target, text)
  if (free.length === 0) return
  broadcasts.open(free, text)
  schedule()
}

/** @param {Group} group */
function handOverGroup(group) {
  share(broadcasts.dissolve(group), group.text)
}

/**
 * Hands one text over for several connections, as a fan-out: the system calls are made by other threads.
 * @param {Target[]} targets Nothing may be pending for them.
 * @param {string} text
 */
function share(targets, text) {
  const ids = new Uint32Array(targets.length)
  let count = 0
  /** Whether it is the first of the tick for all of them. */
  let first = true
  for (const target of targets) {
    if (target.carrier === engine) {
      ids[count++] = target.id
      first &&= target.tick !== tick
      target.tick = tick
    } else {
      put(target, text)
    }
  }
  if (count > 0) engine.writeShared(ids.subarray(0, count), text, first)
  if (exiting) engine.writeLast()
}

/**
 * Hands over what is pending for one connection.
 * @param {Target} target
 * @returns {boolean} Whether nothing is left to write.
 */
function handOver(target) {
  const text = take(target)
  if (text === '' && !target.queued) return true
  target.queued = false
  return put(target, text)
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

/**
 * The end of a tick. What waits is joined with what promise continuations and `nextTick` callbacks of the tick send,
 * as in Node, where a write is done only behind them.
 */
function flush() {
  if (!continued && (crowded || isWaiting())) {
    continued = true
    queueMicrotask(flushInTick)
    return
  }
  scheduled = continued = false
  endTick()
}

/** The same from inside a microtask: behind those that are there, and what they lead to. */
function flushInTick() {
  nextTick(flush)
}

/** Whether anything waits for the end of the tick. */
function isWaiting() {
  return dirty.length > 0 || groups.length > 0 || queued.length > 0
}

/** Hands over everything. */
function endTick() {
  handOverAll(false)
  handOverAt = FIRST_HAND_OVER
  tick++
  crowded = false
  fanOut = touched > FEW
  touched = atOnce = beforeLong = 0
}

/** @param {boolean} isLong Whether the tick is long, and goes on: then this thread has other things to do than to write. */
function handOverAll(isLong) {
  if (groups.length > 0) groups.slice().forEach(handOverGroup)
  if (queued.length === 0 && dirty.length === 0) return
  const firsts = queued
  const targets = dirty
  queued = []
  dirty = []
  for (const target of targets) if (target.tick !== tick) touched++
  if (touched > FEW || (isLong && targets.length > BEFORE_LONG)) {
    leaveToOthers([...firsts, ...targets])
    return
  }
  firsts.forEach(handOver)
  targets.forEach(handOver)
}

/**
 * Hands over what waits for many connections: other threads write it.
 * @param {Target[]} targets
 */
function leaveToOthers(targets) {
  const first = { ids: /** @type {number[]} */ ([]), texts: /** @type {string[]} */ ([]) }
  const later = { ids: /** @type {number[]} */ ([]), texts: /** @type {string[]} */ ([]) }
  for (const target of targets) {
    if (target.carrier !== engine) {
      handOver(target)
    } else if (target.queued || target.pending !== '') {
      const { ids, texts } = target.tick === tick ? later : first
      target.queued = false
      target.tick = tick
      ids.push(target.id)
      texts.push(target.pending)
      target.pending = ''
    }
  }
  if (first.ids.length > 0) engine.writeMany(new Uint32Array(first.ids), first.texts, true)
  if (later.ids.length > 0) engine.writeMany(new Uint32Array(later.ids), later.texts, false)
}

/**
 * @param {object} stats
 * @returns {number} Bytes of this tick for the connections of one server or client.
 */
function waiting(stats) {
  let bytes = broadcasts.waiting(stats)
  for (const target of dirty) {
    if (target.stats === stats) bytes += Buffer.byteLength(target.pending)
  }
  return bytes
}

/** @param {Target} target @returns {string} Text of this tick for it. */
function textFor(target) {
  return target.group?.text ?? target.pending
}

/**
 * A batch is a tick: until {@link release} nothing needs to be scheduled.
 * @param {boolean} isCrowded Whether several messages came together.
 */
function hold(isCrowded) {
  held = true
  crowded = isCrowded
  tickClock.begin()
}

/** The end of a batch. */
function release() {
  held = false
  if (scheduled) return
  // The continuations of what came together belong to it.
  if (crowded || isWaiting()) {
    scheduled = continued = true
    queueMicrotask(flushInTick)
  } else {
    endTick()
  }
}

/** Drops what is pending for a connection that is gone. @param {Target} target */
function drop(target) {
  take(target)
  target.queued = false
}

module.exports = {
  endTick,
  look,
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
