'use strict'

const assert = require('node:assert/strict')
const { constants } = require('node:buffer')
const { test } = require('node:test')

const { clientLimits, serverLimits } = require('../../lib/protocol/limits')

test('no line is longer than a string of JavaScript can be', () => {
  for (const most of [Infinity, Number.MAX_SAFE_INTEGER, constants.MAX_STRING_LENGTH + 1]) {
    const server = serverLimits({ maxMessageBytes: most, maxLoginBytes: most })
    const client = clientLimits({ maxMessageBytes: most })
    assert.equal(server.maxMessageBytes, constants.MAX_STRING_LENGTH)
    assert.equal(server.maxLoginBytes, constants.MAX_STRING_LENGTH)
    assert.equal(client.connection.maxMessageBytes, constants.MAX_STRING_LENGTH)
  }
  assert.equal(serverLimits({ maxMessageBytes: 5 }).maxMessageBytes, 5)
})
