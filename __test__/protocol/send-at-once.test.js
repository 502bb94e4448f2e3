'use strict'

// What is sent leaves before the thread does anything else that takes long, and before the process ends.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { dial, password, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { next, turn } = require('../helpers/events')
const { ObserverThread, work } = require('../helpers/observer-thread')
const { run } = require('../helpers/program')
const { referenceServer } = require('../helpers/reference-peer')
const { difference, isOriginal, overNode } = require('../helpers/subject')

/** Longer than what a tick may last before what waits leaves. */
const A_WHILE = 3

/**
 * The answers to the logins are out, as this thread has been told: over Node's own TLS, and in the original, what is sent
 * before that waits for it.
 *
 * @param {any} server
 */
async function answersAreOut(server) {
  const waits = () => [...server.sockets.keys()].some(id => server.bufferedAmount(id) > 0)
  while (!isOriginal && waits()) await turn()
}

test('client: what is sent before long work arrives during it', async t => {
  const thread = new ObserverThread(t)
  const client = dial(t, await thread.listen())
  await next(client, 'authenticated')
  client.send({ state: 'started' })
  assert.equal(thread.waitFor(1), 1)
})

test('server: what is sent before long work arrives during it', async t => {
  const thread = new ObserverThread(t)
  const { server, port } = await serve(t)
  await thread.connect({ port, password, clients: 3 })
  await answersAreOut(server)
  for (let id = 0; id < 3; id++) server.send(id, { state: 'started' })
  assert.equal(thread.waitFor(3), 3)
})

test('server: so it is in the middle of requests that came together', async t => {
  const thread = new ObserverThread(t)
  const { server, port } = await serve(t)
  await thread.connect({ port, password, clients: 1 })
  const answered = new Promise(resolve => {
    server.on(
      'request',
      (/** @type {number} */ _id, /** @type {any} */ { n }, /** @type {any} */ res) => {
        res.send({ n })
        if (n === 1) assert.equal(thread.waitFor(1), 1)
        else resolve(undefined)
      },
    )
  })
  thread.write(['{"n":1,"requestId":1}\n{"n":2,"requestId":2}\n'])
  await answered
})

difference('server: a broadcast before long work arrives during it', async t => {
  const thread = new ObserverThread(t)
  const { server, port } = await serve(t)
  await thread.connect({ port, password, clients: 20 })
  await answersAreOut(server)
  server.broadcast({ state: 'started' })
  assert.equal(thread.waitFor(20), 20)
})

difference(
  'progress that is sent from inside a long loop arrives in it',
  async t => {
    const thread = new ObserverThread(t)
    const client = dial(t, await thread.listen())
    await next(client, 'authenticated')
    for (let n = 1; n <= 20; n++) {
      work(A_WHILE)
      client.send({ n })
      assert.equal(thread.waitFor(n), n)
    }
  },
  {
    skip: overNode && 'Node writes the next only when the event loop has told that the last is out',
  },
)

for (const { clients, requests } of [
  { clients: 12, requests: 1 },
  { clients: 1, requests: 12 },
]) {
  const name = `${clients} client(s) with ${requests} request(s) each: who is answered has the answer before the next is worked on`
  /** @param {import('node:test').TestContext} t */
  const body = async t => {
    const thread = new ObserverThread(t)
    const { server, port } = await serve(t)
    await thread.connect({ port, password, clients })
    let answered = 0
    /** @type {number[]} */
    const seen = []
    server.on(
      'request',
      (/** @type {number} */ _id, /** @type {any} */ _, /** @type {any} */ res) => {
        // Only of those before: with what was sent in between nothing but time has passed.
        if (answered > 0) seen.push(thread.waitFor(answered))
        work(A_WHILE)
        res.send({ answered: ++answered })
      },
    )
    const lines = Array.from({ length: requests }, (_, at) => `{"requestId":${at + 1}}\n`).join('')
    const done = new Promise(resolve => {
      server.on('request', () => answered === 12 && resolve(undefined))
    })
    thread.write(Array.from({ length: clients }, () => lines))
    await done
    assert.deepEqual(
      seen,
      Array.from({ length: 11 }, (_, at) => at + 1),
    )
  }
  const skip = overNode && requests > 1 && 'Node writes the next only when the last is out'
  if (requests === 1) test(name, body)
  else difference(name, body, { skip })
}

for (const end of ['SIGKILL', 'abort', 'reallyExit', 'later exit listener']) {
  test(`client: one send directly before the process ends by ${end} arrives`, async t => {
    const server = await referenceServer(t)
    const ended = run(
      t,
      ({ Client, clientConfig, given }) => {
        const client = new Client(clientConfig(given.port))
        client.on('error', () => {})
        client.on('authenticated', () => {
          if (given.end === 'later exit listener') {
            process.on('exit', () => client.send({ last: 'words' }))
            process.exit(7)
          }
          client.send({ last: 'words' })
          if (given.end === 'SIGKILL') process.kill(process.pid, 'SIGKILL')
          else if (given.end === 'abort') process.abort()
          else /** @type {any} */ (process).reallyExit(7)
        })
      },
      { given: { port: server.port, end } },
    )
    const peer = await server.admit()
    assert.equal(await peer.line('the last words'), '{"last":"words"}')
    await peer.gone()
    const { code, signal } = await ended
    // On Windows a process has a code, whatever ended it.
    if (end === 'SIGKILL' || end === 'abort') assert.ok(signal ?? code, `ended by ${code}`)
    else assert.equal(code, 7)
  })
}

difference(
  'everything that is sent in listeners of exit arrives, to everyone',
  async t => {
    const port = await freePort()
    const ended = run(
      t,
      ({ Server, serverConfig, given }) => {
        const server = new Server(serverConfig())
        let count = 0
        server.on('authenticated', () => {
          if (++count < 8) return
          process.on('exit', () => {
            for (let id = 0; id < 8; id++) for (let n = 1; n <= 3; n++) server.send(id, { n })
            server.broadcast({ n: 4 })
            server.broadcast({ n: 5 })
          })
          process.exit(7)
        })
        server.listen(given, () => {})
      },
      { given: port },
    )
    const clients = Array.from({ length: 8 }, () => dial(t, port, { reconnectInterval: 250 }))
    const received = clients.map(client => {
      /** @type {number[]} */
      const seen = []
      client.on('error', () => {})
      client.on('message', (/** @type {any} */ { n }) => void seen.push(n))
      // The server may come after the first attempt.
      const closed = next(client, 'authenticated').then(() => next(client, 'close'))
      return { seen, closed }
    })
    assert.equal((await ended).code, 7)
    for (const { seen, closed } of received) {
      await closed
      assert.deepEqual(seen, [1, 2, 3, 4, 5])
    }
  },
  {
    skip: overNode && 'Node writes the next only when the event loop has told that the last is out',
  },
)
