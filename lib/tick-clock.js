'use strict'

// How long a tick has lasted. To look at the clock costs about as much as to accept a message, so it is not looked at
// for each.

const { now } = require('./host')

/** A tick that has lasted so long, in milliseconds, is long; and so it is again after as much more. */
const LONG_TICK = 1

/** Where questions follow each other faster than this, in milliseconds, the clock is looked at only now and then. */
const QUICK = 0.02

/** How many looks at the clock are left out then. */
const LOOKS_LEFT_OUT = 7

/** When the tick began, or was found long last, in milliseconds of `performance.now()`. */
let began = 0
/** When the clock was looked at last. */
let looked = 0
let looksToLeaveOut = 0

/** A tick begins. */
function begin() {
  began = looked = now()
  looksToLeaveOut = 0
}

/** @returns {boolean} Whether it is known to be long. */
function isLong() {
  if (looksToLeaveOut > 0) {
    looksToLeaveOut--
    return false
  }
  const at = now()
  const long = at - began >= LONG_TICK
  if (long) began = at
  else if (at - looked < QUICK) looksToLeaveOut = LOOKS_LEFT_OUT
  looked = at
  return long
}

module.exports = { begin, isLong }
