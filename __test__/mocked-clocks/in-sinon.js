'use strict'

// With sinon's clock, see process/mocked-clocks.test.js.

const sinon = require('sinon')
const { given, open, talk, shut, rest, reconnect, giveUp } = require('./conversation')

const realSetTimeout = setTimeout

async function main() {
  if (!given.globally) require(given.directory)
  let clock = sinon.useFakeTimers(given.fakes)
  const early = await open()
  await talk(early)
  await rest(realSetTimeout)
  if (given.reconnects) await reconnect(ms => clock.tickAsync(ms))
  await giveUp(ms => clock.tickAsync(ms))
  clock.restore()
  await rest(realSetTimeout)
  await talk(early)
  clock = sinon.useFakeTimers(given.fakes)
  await talk(early)
  await shut(early)
  clock.restore()
  console.log('done')
}

main()
