'use strict'

// Which clients say that they understand more than tls-json 3.x: those whose program asks for it.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { dial } = require('../helpers/ends')
const { referenceServer } = require('../helpers/reference-peer')
const { isOriginal } = require('../helpers/subject')

const skip = isOriginal && 'the original announces nothing'

const ANNOUNCED = '{"password":"secret","tlsjson":["leave","error"]}'
const PLAIN = '{"password":"secret"}'

/** @type {[what: string, config: (port: number) => any, line: string][]} */
const CASES = [
  ['nothing is asked for', () => ({}), PLAIN],
  ['there is an interval', () => ({ reconnectInterval: 50_000 }), PLAIN],
  ['extensions are asked for', () => ({ extensions: true }), ANNOUNCED],
  ['it backs off', () => ({ reconnect: {} }), ANNOUNCED],
  ['it keeps messages', () => ({ queue: {} }), ANNOUNCED],
  ['there are several servers', port => ({ servers: [{ port }] }), ANNOUNCED],
  ['it is forbidden', () => ({ reconnect: {}, extensions: false }), PLAIN],
]

for (const [what, config, line] of CASES) {
  const name = `who asks for it is announced, and nobody else: where ${what}`
  test(name, { skip }, async t => {
    const server = await referenceServer(t)
    dial(t, server.port, { password: 'secret', ...config(server.port) })
    const peer = await server.accept()
    assert.equal(await peer.line(), line)
  })
}
