'use strict'

// One connection's work, however much, leaves the others their turn.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { dial, join } = require('../helpers/ends')
const { next } = require('../helpers/events')
const { freePort } = require('../helpers/free-port')

test('connections are heard while others are refused and dial again at once', async t => {
  const port = await freePort()

  const { server, client } = await join(t)
  server.on('request', (/** @type {any} */ _, /** @type {any} */ message, /** @type {any} */ res) =>
    res.send(message),
  )
  let dials = 0
  let done = false
  t.after(() => (done = true))
  const again = () => {
    if (done) return
    dials++
    const refused = dial(t, port, { host: '127.0.0.1' })
    refused.on('error', () => {})
    refused.on('close', again)
  }
  for (let n = 0; n < 8; n++) again()
  for (let n = 0; n < 20; n++) {
    assert.deepEqual(await client.request({ n }), { n })
    server.send(0, { n })
    assert.deepEqual(await next(client, 'message'), [{ n }])
  }
  assert.ok(dials > 8, `${dials} dials`)
})
