'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { serve, dial, join } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')

test('a hundred clients at once, each with requests both ways', async t => {
  const { server, port } = await serve(t, { requestTimeout: 5000 })
  server.on('request', (/** @type {number} */ id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send({ id, n: req.n }),
  )
  const entered = new Log(server, ['authenticated'])
  const clients = Array.from({ length: 100 }, () => dial(t, port, { requestTimeout: 5000 }))
  for (const client of clients) {
    client.on('request', (/** @type {any} */ req, /** @type {any} */ res) => res.send(req))
  }
  await Promise.all([
    entered.reach('authenticated', 100),
    ...clients.map(client => next(client, 'authenticated')),
  ])
  const asked = await Promise.all(
    clients.flatMap(client => [0, 1, 2].map(n => client.request({ n }))),
  )
  assert.equal(new Set(asked.map(({ id }) => id)).size, 100)
  const answers = await Promise.all(
    [...server.sockets.keys()].map(id => server.request(id, { to: id })),
  )
  assert.deepEqual(
    answers.map(({ to }) => to),
    [...server.sockets.keys()],
  )
})

test('twenty thousand messages keep their order, both ways at once', async t => {
  const { server, client } = await join(t)
  const count = 20_000
  /** @type {Record<string, Set<number>>} */
  const seen = { server: new Set(), client: new Set() }
  const receive = (/** @type {string} */ who, /** @type {any} */ emitter) =>
    new Promise(resolve => {
      let last = -1
      emitter.on('message', (/** @type {any[]} */ ...args) => {
        const { n } = args.at(-1)
        // The original may deliver a message twice; order and completeness are what counts here.
        assert.ok(n === last || n === last + 1, `${n} after ${last}`)
        last = n
        seen[who]?.add(n)
        if (n === count - 1) resolve(undefined)
      })
    })
  const all = Promise.all([receive('server', server), receive('client', client)])
  for (let n = 0; n < count; n++) {
    client.send({ n })
    server.send(0, { n })
  }
  await all
  assert.deepEqual([seen.server?.size, seen.client?.size], [count, count])
})

test('a broadcast reaches everyone, in order', async t => {
  const { server, port } = await serve(t)
  const logs = Array.from(
    { length: 40 },
    () => new Log(dial(t, port), ['authenticated', 'message']),
  )
  await Promise.all(logs.map(log => log.reach('authenticated')))
  for (let n = 0; n < 20; n++) {
    for (const id of server.sockets.keys()) server.send(id, { n })
  }
  for (const log of logs) {
    const got = (await log.reach('message', 20)).map(([{ n }]) => n)
    assert.deepEqual(got, [...Array(20).keys()])
  }
})

test('connections come and go', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['authenticated', 'close'])
  for (let round = 0; round < 10; round++) {
    const clients = Array.from({ length: 10 }, () => dial(t, port))
    await Promise.all(clients.map(client => next(client, 'authenticated')))
    for (const client of clients) client.disconnect()
  }
  await log.reach('close', 100)
  assert.equal(server.sockets.size, 0)
  assert.deepEqual(
    log
      .of('close')
      .map(([id]) => id)
      .sort((a, b) => a - b),
    [...Array(100).keys()],
  )
})
