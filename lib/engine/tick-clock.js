'use strict'

// How long a tick has lasted. To look at the clock costs about as much as to accept a message, so it is not looked at
// for each.

const { now } = require('../host/host')

/** Where looks at the clock follow each other faster than this, in milliseconds, more and more of them are left out. */
const QUICK = 0.05

/** How many are left out in a row at most. */
const MOST_LEFT_OUT = 15

/** When the tick began, or was found long last, in milliseconds of `now`. */
let began = 0
/** When the clock was looked at last. */
let looked = 0
/** How many looks are left out between two. */
let leaveOut = 0
/** How many of them are still to come. */
let left = 0

/** A tick begins. */
function begin() {
  began = looked = now()
  leaveOut = left = 0
}

/** @returns {boolean} Whether the clock need not be looked at yet. */
function leavesOut() {
  if (left === 0) return false
  left--
  return true
}

/**
 * @param {number} limit Milliseconds.
 * @returns {boolean} Whether so much has passed since the tick began, or was found long last.
 */
function isLong(limit) {
  const at = now()
  leaveOut = at - looked < QUICK ? Math.min(2 * leaveOut + 1, MOST_LEFT_OUT) : 0
  left = leaveOut
  looked = at
  if (at - began < limit) return false
  began = at
  return true
}

module.exports = { begin, isLong, leavesOut }
