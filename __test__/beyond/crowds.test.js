'use strict'

// Hundreds of clients at once, who are judged or told to leave: nobody is forgotten.

const assert = require('node:assert/strict')

const { dial, serve } = require('../helpers/ends')
const { Log, bounded, next, turn } = require('../helpers/events')
const { referenceClient } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

difference('a thousand clients may be judged at once', async t => {
  const COUNT = 1000
  /** @type {((answer: any) => void)[]} */
  const asked = []
  const heard = new Log(/** @type {any} */ ({ on() {} }), [])
  const { server, port } = await serve(t, {
    password: undefined,
    authenticate: () =>
      new Promise(answer => {
        asked.push(answer)
        heard.changed()
      }),
    // For a busy machine the usual times are too short: all are answered together, and nobody here answers a ping.
    authTimeout: 600_000,
    authenticateTimeout: 600_000,
    keepAliveInterval: 3_600_000,
  })
  const log = new Log(server, ['authenticated', 'close'])
  for (let at = 0; at < COUNT; at += 50) {
    const some = Array.from({ length: 50 }, async () => {
      const peer = await referenceClient(t, port)
      await peer.send({ password: 'any' })
    })
    await Promise.all(some)
  }
  await heard.until(() => asked.length === COUNT, `${COUNT} questions`)
  assert.equal(server.clients.size, 0)
  for (const [at, answer] of asked.entries()) answer(at % 2 && { number: at })
  await log.reach('authenticated', COUNT / 2)
  await log.reach('close', COUNT / 2)
  assert.equal(server.clients.size, COUNT / 2)
  assert.ok(
    Array.from(server.clients.values()).every((/** @type {any} */ each) => each.user.number % 2),
  )
})

difference('of five hundred clients with requests under way none loses an answer', async t => {
  const COUNT = 500
  const { server, port } = await serve(t, { requestTimeout: 60_000 })
  const log = new Log(server, ['request'])
  /** @type {(() => void)[]} */
  const owed = []
  server.on(
    'request',
    (/** @type {number} */ _id, /** @type {any} */ { at }, /** @type {any} */ res) =>
      owed.push(() => res.send({ at })),
  )
  const clients = []
  while (clients.length < COUNT) {
    const some = Array.from({ length: 25 }, () => dial(t, port, { requestTimeout: 60_000 }))
    await Promise.all(some.map(client => next(client, 'authenticated')))
    clients.push(...some)
  }
  const answers = clients.flatMap((client, at) => [client.request({ at }), client.request({ at })])
  // A request on its way to a server that ends the connection is lost with it.
  await log.reach('request', 2 * COUNT)
  const down = server.shutdown({ spread: 300 })
  while (owed.length > 0) {
    owed.splice(0, 10).forEach(answer => answer())
    await turn()
  }
  for (const [at, answer] of (await Promise.all(answers)).entries()) {
    assert.equal(answer.at, Math.floor(at / 2))
  }
  assert.deepEqual(await bounded(down, 'the end'), { left: COUNT, cut: 0 })
})
