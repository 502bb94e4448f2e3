'use strict'

const assert = require('node:assert/strict')
const { setImmediate: turn } = require('node:timers/promises')

/** Milliseconds that are surely less than what makes a tick a long one, which is written in parts. */
const SHORT = 0.5

/**
 * Does something in turns of the event loop until one was short, and it came to something.
 * @template T
 * @param {boolean} anyLength Whether the length does not matter.
 * @param {() => T | undefined} act
 * @returns {Promise<T>} What it came to.
 */
async function inShortTick(anyLength, act) {
  for (let turns = 0; turns < 1000; turns++) {
    await turn()
    const began = performance.now()
    const result = act()
    if (result !== undefined && (anyLength || performance.now() - began < SHORT)) return result
  }
  return assert.fail('no turn was short enough')
}

exports.inShortTick = inShortTick
