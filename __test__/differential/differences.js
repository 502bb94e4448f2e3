'use strict'

/**
 * Where this package differs from the original on purpose, as far as random programs meet it. Each
 * takes the difference out of a transcript and counts that it did, so that a run can say which of
 * them were met. Nothing else is taken out.
 */

/**
 * Names of the differences; the numbers are the sections of docs/reference/compatibility.md.
 */
const differences = Object.freeze({
  /** The original emits 'error' (Error), this package the documented (id, Error). */
  errorArguments: "3.5 server.send to nobody: 'error' (id, Error)",
  /** The original waits for the deadline, this package rejects 'connection lost' at once. */
  lostRequest: '3.6 a server request to a client that has gone is rejected at once',
  /** The original keeps an entry whose rejection nobody handles. */
  unserialisable: '3.6 a request that cannot be serialised leaves nothing behind',
  /** The original leaves a primitive to V8's TypeError, and lets the deadline pass for an array, a function, or what is written as nothing. */
  unanswerable: '3.6 what cannot carry an id is refused at once, with a code',
  /** How often a client tries while nobody listens is a matter of time, and of two chains of timers. */
  attempts: "4 one attempt an interval: 'reconnectAttempt' while nobody listens counts once",
  /** Most of the original's have no context: Node closes the socket from outside of it. */
  closeContext: "3.7 a server's 'close' runs in the context of the listen call",
  /** The original's runs in the context of whoever wrote. */
  lateWriteContext: "3.7 a client's 'error' runs in the context of the constructor call",
  /** The deadline of a ping that was under way at the close. */
  lateTimeout: "5 no 'timeout' after 'close'",
  /** The original may use 0, which clients show as a message, and the same key twice. */
  pingKeys: '5 keys of pings are truthy and unique: the random source of the original is replaced',
  /** Only this package has it. */
  errorAnswers: 'res.error answers a request with an error',
  /** The original sends an answer to a former connection's request on the present one. */
  staleAnswer: '3.6 (may) an answer after the client has come back',
})

/** @typedef {keyof typeof differences} Difference */

/** @type {Map<Difference, number>} */
const met = new Map()

/**
 * Counts that a difference was taken out of a transcript.
 *
 * @param {Difference} name
 */
function meet(name) {
  met.set(name, (met.get(name) ?? 0) + 1)
}

/** @returns {string[]} one line for each difference that was met */
function report() {
  return [...met].map(([name, count]) => `${count} x ${differences[name]}`)
}

/**
 * Has the original draw the keys of its pings in turn, none of them 0. Nothing else in these
 * programs depends on the random source.
 */
function replaceRandomSource() {
  let drawn = 0
  meet('pingKeys')
  // Above the quotient, so that the floor of the product is the number itself.
  Math.random = () => ((drawn++ % 65_000) + 1.5) / 65_535
}

/**
 * Takes the rejections that the original leaves unhandled; any other is a failure.
 */
function takeUnhandledRejections() {
  process.on('unhandledRejection', error => {
    const { message } = /** @type {Error} */ (error)
    if (message !== 'request timeout' && message !== 'connection lost') throw error
    meet('unserialisable')
  })
}

module.exports = { meet, report, replaceRandomSource, takeUnhandledRejections }
