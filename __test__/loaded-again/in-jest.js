'use strict'

/* global jest, test */

// Run by Jest, several times in one process, see process/loaded-again.test.js.

const fs = require('node:fs')
const { open, talk, shut } = require('../mocked-clocks/conversation')

test('the package is loaded again and again', async () => {
  for (let round = 0; round < 12; round++) {
    jest.resetModules()
    const pair = await require('../mocked-clocks/conversation').open()
    await talk(pair)
    await shut(pair)
  }
  const pair = await open()
  fs.appendFileSync(
    String(process.env.TLS_JSON_COUNTS),
    `${JSON.stringify({
      descriptors: fs.readdirSync('/proc/self/fd').length,
      listeners: process.listenerCount('exit'),
    })}\n`,
  )
  await shut(pair)
})
