'use strict'

// What waits for a thread on all of its connections together.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { enter, serve } = require('../helpers/ends')
const { bounded } = require('../helpers/events')
const { over, skip } = require('../helpers/transports')

const CLIENTS = 40
const MESSAGES = 15
const SIZE = 16_000

/** What may wait in all, and what each connection may add before it is told: one read of its socket. */
const MOST = 2 * 1024 * 1024 + CLIENTS * 64 * 1024

/** Where other threads read, up to 256 KiB of each connection may wait. */
const readsInLoop = process.platform === 'linux' && process.env.TLSJSON_READ !== 'threads'

for (const transport of /** @type {const} */ (['rustls', 'node'])) {
  const why = skip || (transport === 'rustls' && !readsInLoop && 'other threads read')
  test(`a crowd that sends at once does not pile up at ${transport}`, { skip: why }, async t => {
    const { server } = await over(transport, () => serve(t))
    const clients = []
    for (let n = 0; n < CLIENTS; n++) {
      const { client } = await over(transport, () => enter(t, server))
      clients.push(client)
    }
    let most = 0
    /** @type {Map<number, number>} */
    const arrived = new Map()
    const all = new Promise(resolve => {
      let left = CLIENTS * MESSAGES
      server.on('message', (/** @type {number} */ id, /** @type {any} */ { n }) => {
        assert.equal(n, arrived.get(id) ?? 0)
        arrived.set(id, n + 1)
        most = Math.max(most, server.stats().queued.inbound)
        if (--left === 0) resolve(undefined)
      })
    })
    const text = 'x'.repeat(SIZE)
    for (const client of clients) for (let n = 0; n < MESSAGES; n++) client.send({ n, text })
    await bounded(all, 'everything')
    assert.ok(most <= MOST, `${most} bytes waited`)
  })
}
