'use strict'

// A batch from the engine -> its lines and signals, each to its connection. One batch in one turn of the event loop, so
// that timers and other I/O have theirs between two batches; more only while all of that takes longer than the batches do.

const outbox = require('./outbox')
const { isPolluted, parseBare } = require('../host/bare')
const { nextTick, now, queueMicrotask, setImmediate } = require('../host/host')

/**
 * What takes the events of one connection or listener.
 * @typedef {object} Receiver
 * @property {import('node:async_hooks').AsyncResource} resource Whose context its events run in.
 * @property {(text: string, id?: number, asks?: boolean) => void} line A line came. A request or response is given without the
 *   id that stood at its end.
 * @property {(signal: any) => void} signal Something else happened.
 * @property {(id: number, signal: any) => void} [open] Of a listener: something of a connection that is not registered yet.
 */

/**
 * Events of one connection that wait for promise continuations.
 * @typedef {object} Waiting
 * @property {import('node:async_hooks').AsyncResource} resource Whose context they are handed on in.
 * @property {() => void} proceed
 */

const HEADER = 2
const ENTRY = 4
const MAX_ENTRIES = 4096
const TABLE_LENGTH = HEADER + ENTRY * MAX_ENTRIES

/** Batches in one turn at most: 1 MB of lines. */
const MOST_IN_TURN = 16

const TEXT = 0
const LINE = 1
const SIGNAL = 2
const REQUEST = 3

const table = new Uint32Array(TABLE_LENGTH)
/** @type {string[]} */
const extras = []
/** @type {Map<number, Receiver>} */
const receivers = new Map()

/** @type {import('./binding').Engine} */
let engine

/** The short lines of the batch, one behind the other. */
let text = ''
/** Where in `text` the next line begins. */
let from = 0
/** The entry that comes next, and how many there are. */
let next = 0
let count = 0
/** Whether something is found on every object, as far as it was asked in this batch. @type {boolean | undefined} */
let polluted
/** Whether a batch is being handed on, or what waits behind it for promise continuations. */
let busy = false
/** Whether more than this batch is waiting. */
let more = false
/** Time budget of this turn, in milliseconds: what the rest of the event loop has taken since the last batch. */
let share = 0
/** When this turn began, or after it when it ended, in milliseconds of `now`. */
let since = 0
/** Batches in this turn. */
let inTurn = 0
/** Counts the points at which promise continuations have run. */
let turn = 0
/** Whether events are being handed on. */
let running = false
/** Whose events wait for promise continuations. @type {Waiting[]} */
let waiting = []
/** Whether those go on by themselves. */
let scheduled = false

/** @param {import('./binding').Engine} theEngine */
function start(theEngine) {
  engine = theEngine
  outbox.start(theEngine)
}

/**
 * Called by the engine when something has happened.
 * @param {boolean} [early] Whether this may be the turn of the loop in which a call has caused it. What calls cause is told
 *   behind the immediates of that turn at the earliest.
 */
function wake(early) {
  // A listener threw in the middle of a batch: the rest of it comes before anything newer.
  if (busy) more = true
  else if (early) setImmediate(wake)
  else beginTurn(0)
}

/** The next turn of the loop, behind a batch that was not all. */
function goOn() {
  beginTurn(now() - since)
}

/** @param {number} ms Its share. */
function beginTurn(ms) {
  share = ms
  since = now()
  inTurn = 0
  pull()
}

function pull() {
  inTurn++
  let taken = false
  try {
    text = engine.take(table, extras)
    taken = true
  } finally {
    // The engine does not wake again who has not taken everything.
    if (!taken) abandon()
  }
  from = 0
  next = 0
  count = table[0]
  more = table[1] === 1
  busy = true
  polluted = undefined
  run()
}

/** A fault has kept the engine from handing a batch over: the next one may come. */
function abandon() {
  extras.length = 0
  setImmediate(goOn)
}

/** Hands the batch on, or the rest of it. */
function run() {
  let done = false
  enter(hasSeveralLines())
  try {
    while (next < count) {
      const receiver = receivers.get(table[HEADER + next * ENTRY])
      if (receiver === undefined) open()
      else receiver.resource.runInAsyncScope(deliver, undefined, receiver.resource)
    }
    done = true
  } finally {
    exit()
    if (next < count) setImmediate(run)
    else goOnBehind(done)
  }
}

/** Whether several lines came together. Who hears of a connection's state and one line is alone with it. */
function hasSeveralLines() {
  let lines = 0
  for (let entry = next; entry < count; entry++) {
    if (table[HEADER + entry * ENTRY + 1] !== SIGNAL && ++lines > 1) return true
  }
  return false
}

/** Goes on where promise continuations were waited for. */
function settle() {
  scheduled = false
  const those = waiting
  waiting = []
  let done = false
  enter(true)
  try {
    while (those.length > 0) {
      const [events] = those
      those.shift()
      events.resource.runInAsyncScope(events.proceed, events)
    }
    done = true
  } finally {
    exit()
    waiting = those.concat(waiting)
    goOnBehind(done)
  }
}

/** @param {boolean} isCrowded Whether what is handed on came with more. */
function enter(isCrowded) {
  turn++
  running = true
  outbox.hold(isCrowded)
}

function exit() {
  running = false
  outbox.release()
}

/** @param {boolean} done Whether no listener threw. If one did, the rest follows in a later turn. */
function goOnBehind(done) {
  if (waiting.length > 0) scheduleSettle(done)
  else if (busy && next >= count) finish()
}

/** @param {boolean} soon Before anything else that waits in the event loop. */
function scheduleSettle(soon) {
  if (scheduled) return
  scheduled = true
  // From inside a microtask, so that every promise continuation, and what it leads to, runs before.
  if (soon) queueMicrotask(() => nextTick(settle))
  else setImmediate(settle)
}

function finish() {
  busy = false
  text = ''
  // To set the length costs V8 a call into its runtime, also where there is nothing in it: behind most lines.
  if (extras.length > 0) extras.length = 0
  if (more) pullAgain()
}

/**
 * In this turn as long as it has taken less than the rest of the loop did before. Otherwise a thread with many other
 * things to do, handshakes for one, would hand over less and less the busier it is.
 */
function pullAgain() {
  const at = now()
  if (inTurn < MOST_IN_TURN && at - since < share) {
    // Promise continuations run between two batches.
    queueMicrotask(() => nextTick(pull))
  } else {
    since = at
    setImmediate(goOn)
  }
}

/** Hands over entries as long as they belong to the same context. @param {object} resource */
function deliver(resource) {
  let id = -1
  /** @type {Receiver | undefined} */
  let receiver
  while (next < count) {
    const at = HEADER + next * ENTRY
    if (table[at] !== id) {
      id = table[at]
      receiver = receivers.get(id)
    }
    if (receiver === undefined || receiver.resource !== resource) return
    const kind = table[at + 1]
    const value = table[at + 2]
    next++
    if (kind === TEXT) {
      const begin = from
      from = value
      receiver.line(text.slice(begin, value))
    } else if (kind === LINE) {
      receiver.line(extras[value])
    } else if (kind >= REQUEST) {
      const begin = from
      from = value
      receiver.line(text.slice(begin, value), table[at + 3], kind === REQUEST)
    } else {
      receiver.signal(parse(extras[value]))
      // A signal may end its receiver.
      id = -1
    }
    outbox.look()
  }
}

/**
 * @param {string} signal
 * @returns {any}
 */
function parse(signal) {
  polluted ??= isPolluted()
  return parseBare(signal, polluted)
}

/** An entry of somebody unknown: a listener's new connection, or one that nobody wants any more. */
function open() {
  const at = HEADER + next * ENTRY
  const id = table[at]
  const kind = table[at + 1]
  const value = table[at + 2]
  next++
  if (kind === TEXT || kind >= REQUEST) from = value
  if (kind !== SIGNAL) return
  const signal = parse(extras[value])
  if (signal.listener === undefined) return
  const listener = receivers.get(signal.listener)
  if (listener?.open === undefined) engine.destroy(id)
  else listener.resource.runInAsyncScope(listener.open, listener, id, signal)
}

/**
 * Goes on with events when promise continuations have run.
 * @param {Waiting} events
 */
function afterContinuations(events) {
  waiting.push(events)
  if (!running) scheduleSettle(true)
}

/** The same number as long as no promise continuation can have run since. */
function currentTurn() {
  return turn
}

/**
 * @param {number} id
 * @param {Receiver} receiver
 */
function register(id, receiver) {
  receivers.set(id, receiver)
}

/** @param {number} id */
function forget(id) {
  receivers.delete(id)
}

/** Whether nobody waits for events, and none is under way. */
function isIdle() {
  return receivers.size === 0 && !busy && waiting.length === 0
}

module.exports = {
  TABLE_LENGTH,
  start,
  isIdle,
  wake,
  register,
  forget,
  afterContinuations,
  currentTurn,
}
