'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { serve, dial, join, enter } = require('../helpers/ends')
const { Log, next, turn } = require('../helpers/events')
const { bothRoles } = require('../helpers/roles')
const { run } = require('../helpers/program')

test('a client asks, the server answers', async t => {
  const { server, client } = await join(t)
  server.on('request', (/** @type {any} */ id, /** @type {any} */ req, /** @type {any} */ res) => {
    assert.deepEqual([id, req], [0, { question: 6 }])
    res.send({ answer: req.question * 7 })
  })
  assert.deepEqual(await client.request({ question: 6 }), { answer: 42 })
})

test('the server asks, a client answers', async t => {
  const { server, client, id } = await join(t)
  client.on('request', (/** @type {any} */ req, /** @type {any} */ res) => {
    assert.deepEqual(req, { question: 6 })
    res.send({ answer: req.question * 7 })
  })
  assert.deepEqual(await server.request(id, { question: 6 }), { answer: 42 })
})

test('both directions at once, many in flight', async t => {
  const { server, client, id } = await join(t)
  const double = (/** @type {any} */ req, /** @type {any} */ res) => res.send({ n: req.n * 2 })
  client.on('request', double)
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    double(req, res),
  )
  const numbers = [...Array(500).keys()]
  const answers = await Promise.all([
    ...numbers.map(n => client.request({ n })),
    ...numbers.map(n => server.request(id, { n })),
  ])
  assert.deepEqual(
    answers.map(answer => answer.n),
    [...numbers, ...numbers].map(n => n * 2),
  )
})

bothRoles(test, 'ids go up from one, as the last key', async ({ peer, request }) => {
  const waiting = [
    request({ a: 1 }),
    request({ b: { requestId: 9 } }),
    request(new Date(0)).catch(() => {}),
  ]
  assert.equal(await peer.line(), '{"a":1,"requestId":1}')
  assert.equal(await peer.line(), '{"b":{"requestId":9},"requestId":2}')
  await peer.send({ responseId: 2, r: 2 }, { r: 1, responseId: 1 })
  assert.deepEqual(await Promise.all(waiting.slice(0, 2)), [{ r: 1 }, { r: 2 }])
})

bothRoles(test, 'a key that is there is overwritten in place', async ({ peer, request }) => {
  void request({ a: 1, requestId: null, b: 2 }).catch(() => {})
  assert.equal(await peer.line(), '{"a":1,"requestId":1,"b":2}')
})

bothRoles(test, 'responseId likewise in an answer', async ({ peer, onRequest }) => {
  onRequest((_req, res) => res.send({ a: 1, responseId: 'mine', b: 2 }))
  await peer.send({ requestId: 3 })
  assert.equal(await peer.line(), '{"a":1,"responseId":3,"b":2}')
})

bothRoles(test, 'toJSON of a request sees the object with its id', async ({ peer, request }) => {
  const value = {
    toJSON: /** @this {any} */ function () {
      return { wrapped: this.requestId }
    },
  }
  void request(value).catch(() => {})
  assert.equal(await peer.line(), '{"wrapped":1}')
})

bothRoles(test, 'the first answer wins', async ({ peer, log, request }) => {
  const answer = request({})
  await peer.line()
  await peer.send({ responseId: 1, n: 1 }, { responseId: 1, n: 2 }, { marker: 1 })
  assert.deepEqual(await answer, { n: 1 })
  await log.reach('message')
  assert.deepEqual(log.entries, [['message', { marker: 1 }]])
})

bothRoles(
  test,
  'res.send can be detached, twice, and returns undefined',
  async ({ peer, onRequest }) => {
    onRequest((_req, { send }) => {
      assert.equal(send({ n: 1 }), undefined)
      assert.equal(send({ n: 2 }), undefined)
    })
    await peer.send({ requestId: 4 })
    assert.equal(await peer.line(), '{"n":1,"responseId":4}')
    assert.equal(await peer.line(), '{"n":2,"responseId":4}')
  },
)

bothRoles(test, 'res is a plain object with a function', async ({ peer, onRequest }) => {
  const seen = new Promise(resolve => onRequest((_req, res) => resolve(res)))
  await peer.send({ requestId: 4 })
  const res = /** @type {any} */ (await seen)
  // The original has no `error`.
  assert.deepEqual(
    Object.keys(res).filter(name => name !== 'error'),
    ['send'],
  )
  assert.equal(Object.getPrototypeOf(res), Object.prototype)
  assert.throws(() => res.send(undefined), TypeError)
  assert.throws(() => res.send(Object.freeze({})), TypeError)
})

bothRoles(test, 'answers may come in any order', async ({ peer, onRequest }) => {
  /** @type {any[]} */
  const pending = []
  const both = new Promise(resolve => {
    onRequest((req, res) => {
      pending.push([req, res])
      if (pending.length === 2) resolve(undefined)
    })
  })
  await peer.send({ requestId: 'a', n: 1 }, { requestId: 'b', n: 2 })
  await both
  for (const [req, res] of pending.reverse()) res.send(req)
  assert.equal(await peer.line(), '{"n":2,"responseId":"b"}')
  assert.equal(await peer.line(), '{"n":1,"responseId":"a"}')
})

bothRoles(test, 'request returns a native promise and never throws', async ({ request, peer }) => {
  for (const bad of [undefined, null, 1, 'text', true, Object.freeze({}), Object.seal({})]) {
    const promise = request(bad)
    assert.equal(Object.getPrototypeOf(promise), Promise.prototype)
    await assert.rejects(promise, TypeError)
  }
  void request({ marker: 1 }).catch(() => {})
  assert.match(await peer.line(), /^\{"marker":1,"requestId":\d+\}$/)
})

bothRoles(
  test,
  'no answer: rejected after requestTimeout, a late answer is ignored',
  async ({ peer, log, request, node }) => {
    const began = process.hrtime.bigint()
    const outcome = request({ a: 1 })
    await peer.line()
    assert.equal(node.requests.requests.size, 1)
    await assert.rejects(outcome, { name: 'Error', message: 'request timeout' })
    const ms = Number(process.hrtime.bigint() - began) / 1e6
    assert.ok(ms >= 45 && ms < 5000, `${ms} ms`)
    assert.equal(node.requests.requests.size, 0)
    await peer.send({ responseId: 1 }, { marker: 1 })
    await log.reach('message')
    assert.deepEqual(log.entries, [['message', { marker: 1 }]])
  },
  { requestTimeout: 50 },
)

bothRoles(test, 'requestTimeout is read at each request', async ({ request, node, peer }) => {
  assert.equal(node.requests.requestTimeout, 60_000)
  node.requests.requestTimeout = 30
  await assert.rejects(request({}), { message: 'request timeout' })
  assert.equal(await peer.line(), '{"requestId":1}')
})

test('a request with no listener times out', async t => {
  const { client } = await join(t, { client: { requestTimeout: 60 } })
  await assert.rejects(client.request({}), { message: 'request timeout' })
})

test('before login a request is rejected, takes no id and leaves the object alone', async t => {
  const { server, port } = await serve(t)
  const client = dial(t, port)
  const value = { a: 1 }
  const refused = { name: 'Error', message: 'not connected or not authenticated' }
  await assert.rejects(client.request(value), refused)
  await assert.rejects(server.request(99, value), refused)
  assert.deepEqual(value, { a: 1 })
  await next(client, 'authenticated')
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
    res.send({}),
  )
  void (await client.request(value))
  assert.equal(client.requests.requestId, 2)
  assert.equal(server.requests.requestId, 1)
})

test('what cannot be serialised rejects', async t => {
  const { stdout } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    // The original also leaves a promise behind that rejects later: a difference, tested elsewhere.
    process.on('unhandledRejection', () => {})
    const server = new Server(serverConfig())
    server.listen(0, () => {
      const client = new Client(
        clientConfig(server.tlsServer.address().port, { requestTimeout: 50 }),
      )
      client.on('authenticated', async () => {
        const own = new Error('own')
        /** @type {any} */
        const circular = {}
        circular.self = circular
        const getter = Object.defineProperty({}, 'a', {
          enumerable: true,
          get() {
            throw own
          },
        })
        for (const bad of [circular, { n: 1n }, getter]) {
          await client
            .request(bad)
            .catch((/** @type {Error} */ error) => console.log(error === own ? 'own' : error.name))
        }
        client.disconnect()
        server.close()
      })
    })
  })
  assert.equal(stdout, 'TypeError\nTypeError\nown\n')
})

test('a lost connection rejects what was pending, after the close listeners', async t => {
  const { server, client, socket } = await join(t)
  const asked = new Log(server, ['request'])
  /** @type {string[]} */
  const order = []
  const rejected = [1, 2].map(n =>
    client.request({ n }).catch((/** @type {Error} */ error) => order.push(error.message)),
  )
  client.on('close', () => order.push('close'))
  await asked.reach('request', 2)
  socket.destroy()
  await Promise.all(rejected)
  assert.deepEqual(order, ['close', 'connection lost', 'connection lost'])
  await assert.rejects(client.request({}), { message: 'not connected or not authenticated' })
})

test('a request between disconnect and close is rejected at close', async t => {
  const { client } = await join(t)
  client.disconnect()
  await assert.rejects(client.request({}), { message: 'connection lost' })
})

test('an answer after the asker has gone is an error event', async t => {
  const { server, client, id } = await join(t)
  const asked = next(server, 'request')
  client.request({}).catch(() => {})
  const [, , res] = await asked
  const closed = next(server, 'close')
  client.disconnect()
  await closed
  await turn()
  const log = new Log(server, ['error'])
  assert.equal(res.send({ late: true }), undefined)
  assert.equal(log.entries.length, 1)
  assert.equal(log.entries[0]?.at(-1).message, 'not connected')
  assert.equal(id, 0)
})

test('all clients of a server share one sequence of request ids', async t => {
  const { server, client } = await join(t)
  const { client: other } = await enter(t, server)
  for (const one of [client, other]) {
    one.on('request', (/** @type {any} */ req, /** @type {any} */ res) => res.send(req))
  }
  await server.request(0, {})
  await server.request(1, {})
  await server.request(0, {})
  assert.equal(server.requests.requestId, 4)
})
