// Run by Vitest, see process/mocked-clocks.test.js.

import { createRequire } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'

const require = createRequire(import.meta.url)
const realSetTimeout = setTimeout
const { given, open, talk, shut, rest, reconnect, giveUp } = require('./conversation')

/** @param {number} ms */
const tick = ms => vi.advanceTimersByTimeAsync(ms)

if (given.globally) vi.useFakeTimers()
else afterEach(() => void vi.useRealTimers())

test('login, messages, requests while the clock is mocked', async () => {
  vi.useFakeTimers()
  expect(setTimeout).not.toBe(realSetTimeout)
  const pair = await open()
  await talk(pair)
  await shut(pair)
})

test('a connection from before goes on, and after', async () => {
  vi.useRealTimers()
  const pair = await open()
  vi.useFakeTimers()
  await talk(pair)
  await rest(realSetTimeout)
  vi.useRealTimers()
  await rest(realSetTimeout)
  await talk(pair)
  await shut(pair)
})

test('the reconnect interval is of that clock', async () => {
  vi.useFakeTimers()
  await reconnect(tick)
})

test('the time-out of a request is of that clock', async () => {
  vi.useFakeTimers()
  await giveUp(tick)
})
