'use strict'

// Times between attempts to connect, and other waiting that closing a broker ends.

const { clearTimeout, setTimeout } = require('../../host/host')

/** The first pause between two attempts, in milliseconds. */
const FIRST = 100

/** The longest. */
const LONGEST = 2000

/**
 * @param {number} failed attempts in a row, 1 or more
 * @returns {number} milliseconds, at random below a bound that doubles: many nodes must not come back at the same time
 */
function backOff(failed) {
  const bound = Math.min(LONGEST, FIRST * 2 ** Math.min(failed - 1, 10))
  return bound / 2 + (Math.random() * bound) / 2
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>} when they have passed, or the signal is aborted
 */
function pause(ms, signal) {
  return new Promise(resolve => {
    if (signal.aborted) return void resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

/**
 * @param {Promise<unknown>} promise that may never come
 * @param {number} ms
 * @returns {Promise<boolean>} whether it was fulfilled within that time
 */
function within(promise, ms) {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), ms)
    const done = (/** @type {boolean} */ outcome) => {
      clearTimeout(timer)
      resolve(outcome)
    }
    promise.then(
      () => done(true),
      () => done(false),
    )
  })
}

module.exports = { backOff, pause, within }
