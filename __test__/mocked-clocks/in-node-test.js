'use strict'

// With the clock of node:test, see process/mocked-clocks.test.js.

const { mock } = require('node:test')
const { given, open, talk, shut, rest, reconnect, giveUp } = require('./conversation')

const realSetTimeout = setTimeout

async function main() {
  if (!given.globally) require(given.directory)
  mock.timers.enable(given.apis)
  const early = await open()
  await talk(early)
  await rest(realSetTimeout)
  await reconnect(ms => mock.timers.tick(ms))
  if (given.requests) await giveUp(ms => mock.timers.tick(ms))
  mock.timers.reset()
  await rest(realSetTimeout)
  await talk(early)
  mock.timers.enable(given.apis)
  await talk(early)
  await shut(early)
  mock.timers.reset()
  console.log('done')
}

main()
