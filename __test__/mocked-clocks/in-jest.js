'use strict'

/* global describe, expect, jest, test */

// Run by Jest, see process/mocked-clocks.test.js. In its sandbox the modules of Node are the real ones, and the globals its own.

const realTimers = require('node:timers')
const { given, open, talk, shut, rest, reconnect, giveUp } = require('./conversation')

/** @param {number} ms */
const tick = ms => jest.advanceTimersByTimeAsync(ms)

if (given.globally) {
  // The package has not been loaded yet, and the clock is mocked already.
  test('the clock is mocked', () => {
    expect(setTimeout).toHaveProperty('clock')
    expect(process.nextTick).toHaveProperty('clock')
  })
} else {
  test('before the clock is mocked', async () => {
    const pair = await open()
    await talk(pair)
    await shut(pair)
  })
}

describe('while the clock is mocked', () => {
  test('login, messages, requests', async () => {
    jest.useFakeTimers()
    const pair = await open()
    await talk(pair)
    await shut(pair)
  })

  test('a connection from before goes on, and after', async () => {
    jest.useRealTimers()
    const pair = await open()
    jest.useFakeTimers()
    await talk(pair)
    await rest(realTimers.setTimeout)
    await talk(pair)
    jest.useRealTimers()
    await rest(realTimers.setTimeout)
    await talk(pair)
    await shut(pair)
  })

  test('the reconnect interval is of that clock', async () => {
    jest.useFakeTimers()
    await reconnect(tick)
  })

  test('the time-out of a request is of that clock', async () => {
    jest.useFakeTimers()
    await giveUp(tick)
  })
})

test('when the clock is itself again', async () => {
  jest.useRealTimers()
  const pair = await open()
  await talk(pair)
  await rest(realTimers.setTimeout)
  await shut(pair)
})
