'use strict'

// When requests are given up: by whose clock, how many at a time, and what is left behind.

const assert = require('node:assert/strict')
const { mock, test } = require('node:test')

const { join, serve } = require('../helpers/ends')
const { Log, bounded, elapsed, turn } = require('../helpers/events')
const { run } = require('../helpers/program')
const { bothRoles } = require('../helpers/roles')
const { difference } = require('../helpers/subject')

const timeout = { name: 'Error', message: 'request timeout' }

/**
 * @param {Promise<any>} promise
 * @returns {() => Promise<string>} what has come of it by then
 */
function watch(promise) {
  let state = 'pending'
  promise.then(
    () => (state = 'answered'),
    ({ message }) => (state = message),
  )
  return async () => {
    await turn()
    return state
  }
}

bothRoles(
  test,
  'a mocked setTimeout alone decides, request by request',
  async ({ request, peer, node }) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const early = watch(request({ n: 1 }))
      mock.timers.tick(600)
      // In the same millisecond of any real clock.
      const late = watch(request({ n: 2 }))
      const answered = request({ n: 3 })
      await peer.line()
      await peer.line()
      await peer.line()
      await peer.send({ responseId: 3, n: 3 })
      assert.deepEqual(await answered, { n: 3 })
      mock.timers.tick(399)
      assert.equal(await early(), 'pending')
      mock.timers.tick(1)
      assert.equal(await early(), 'request timeout')
      assert.equal(await late(), 'pending')
      mock.timers.tick(600)
      assert.equal(await late(), 'request timeout')
      assert.equal(node.requests.requests.size, 0)
    } finally {
      mock.timers.reset()
    }
  },
  { requestTimeout: 1000 },
)

bothRoles(test, 'a clock that is mocked while requests wait, and restored', async end => {
  const { request, peer, node } = end
  node.requests.requestTimeout = 200
  const before = request({ n: 1 })
  mock.timers.enable({ apis: ['setTimeout'] })
  const mocked = request({ n: 2 })
  mock.timers.reset()
  const after = request({ n: 3 })
  for (let n = 0; n < 3; n++) await peer.line()
  await assert.rejects(bounded(before, 'the first given up'), timeout)
  await assert.rejects(bounded(after, 'the last given up'), timeout)
  // Its clock is gone: only an answer can settle it.
  await peer.send({ responseId: 2, n: 2 })
  assert.deepEqual(await bounded(mocked, 'the answer'), { n: 2 })
})

bothRoles(test, 'no request is given up before its time, whoever asked before it', async end => {
  const { request, node } = end
  node.requests.requestTimeout = 120
  const asked = []
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 3; n++) {
      const began = performance.now()
      asked.push(request({ n }).catch(({ message }) => [message, performance.now() - began]))
    }
    await elapsed(25)
  }
  for (const outcome of await Promise.all(asked)) {
    assert.equal(outcome[0], 'request timeout')
    // Node's timers count whole milliseconds.
    assert.ok(outcome[1] > 119, `${outcome[1]} ms`)
  }
})

bothRoles(test, 'requests with several time-outs, each given up in its time', async end => {
  const { request, node } = end
  /** @type {number[]} */
  const order = []
  const ask = (/** @type {any} */ time, /** @type {number} */ n) => {
    node.requests.requestTimeout = time
    return request({ n }).catch(() => order.push(n))
  }
  const never = Symbol('never')
  node.requests.requestTimeout = 60_000
  const long = request({}).catch(() => never)
  // What is no time is 1 ms for Node's timers.
  await Promise.all([ask(300, 1), ask('150', 2), ask(NaN, 3), ask(300, 4), ask(-7, 5)])
  assert.deepEqual(order, [3, 5, 2, 1, 4])
  assert.equal(await Promise.race([long, elapsed(1)]), undefined)
})

test('a request that is made as another one is given up gets its whole time', async t => {
  const { client } = await join(t)
  client.requests.requestTimeout = 50
  await assert.rejects(client.request({}), timeout)
  const began = performance.now()
  await assert.rejects(client.request({}), timeout)
  assert.ok(performance.now() - began > 49)
})

test('requests that wait hold the process; those that are settled do not', async t => {
  const { server, port } = await serve(t)
  server.on(
    'request',
    (/** @type {any} */ _id, /** @type {any} */ { n }, /** @type {any} */ res) => {
      if (n !== 2) res.send({ n })
    },
  )
  const { code, stdout } = await run(
    t,
    ({ Client, clientConfig, given }) => {
      const client = new Client(clientConfig(given, { requestTimeout: 150 }))
      client.on('authenticated', async () => {
        await client.request({ n: 1 })
        // Nothing else is left.
        client.socket.unref()
        client.request({ n: 2 }).catch((/** @type {Error} */ error) => {
          console.log(error.message)
        })
      })
    },
    { given: port },
  )
  assert.equal(code, 0)
  assert.equal(stdout, 'request timeout\n')
})

difference('what is lost with one of many connections is found without looking at all', async t => {
  const { server, client, id } = await join(t)
  server.requests.requestTimeout = 60_000
  const asked = new Log(client, ['request'])
  const lost = server.request(id, { n: 1 })
  await asked.reach('request')
  const { requests } = server.requests
  // Whoever lists all that wait would come here.
  for (const method of ['values', 'entries', 'forEach', Symbol.iterator]) {
    Object.defineProperty(requests, method, {
      value: () => {
        throw new Error('all that wait were looked at')
      },
    })
  }
  client.disconnect()
  await assert.rejects(bounded(lost, 'the rejection'), { message: 'connection lost' })
})
