'use strict'

// What listeners do that they should not: throw, reject, close, destroy and send in the middle of a batch.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { difference, isOriginal } = require('../helpers/subject')
const { enter, join, serve } = require('../helpers/ends')
const { Log, bounded, next, turn } = require('../helpers/events')
const { run } = require('../helpers/program')

for (const end of /** @type {const} */ (['server', 'client'])) {
  difference(`a ${end}'s listener that throws at every third message misses none`, async t => {
    const { code, stdout } = await run(
      t,
      ({ Server, Client, serverConfig, clientConfig, given }) => {
        let thrown = 0
        process.on('uncaughtException', () => thrown++)
        const server = new Server(serverConfig())
        server.listen(0, () => {
          const client = new Client(clientConfig(server.tlsServer.address().port))
          const [from, to] = given === 'server' ? [client, server] : [server, client]
          /** @type {number[]} */
          const seen = []
          to.on('message', (/** @type {any[]} */ ...args) => {
            const { n } = args.at(-1)
            seen.push(n)
            if (n === 299) {
              const inOrder = seen.every((value, at) => value === at)
              setImmediate(() => {
                console.log(JSON.stringify({ inOrder, count: seen.length, thrown }))
                client.disconnect()
                server.close()
              })
            } else if (n % 3 === 0) throw new Error(`at ${n}`)
          })
          client.on('authenticated', () => {
            for (let n = 0; n < 300; n++) {
              if (from === client) client.send({ n })
              else server.send(0, { n })
            }
          })
        })
      },
      { given: end },
    )
    assert.equal(code, 0)
    assert.deepEqual(JSON.parse(stdout), { inOrder: true, count: 300, thrown: 100 })
  })
}

test('async listeners that reject end nothing but what the process says', async t => {
  const { code, stdout } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    let rejected = 0
    process.on('unhandledRejection', () => rejected++)
    const server = new Server(serverConfig())
    server.on('message', async (/** @type {any} */ _id, /** @type {any} */ { n }) => {
      if (n % 3 === 0) throw new Error(`at ${n}`)
    })
    server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
      res.send(req),
    )
    server.listen(0, () => {
      const client = new Client(clientConfig(server.tlsServer.address().port))
      client.on('authenticated', async () => {
        for (let n = 0; n < 30; n++) client.send({ n })
        await client.request({})
        console.log(rejected)
        client.disconnect()
        server.close()
      })
    })
  })
  assert.deepEqual([code, stdout], [0, '10\n'])
})

/**
 * What a listener does at the third of ten messages that came together.
 *
 * @type {Record<string, (ends: any) => void>}
 */
const ACTS = {
  'destroys the peer': ({ socket }) => socket.destroy(),
  'ends the peer': ({ socket }) => socket.end(),
  'closes the server': ({ server }) => server.close(),
  'removes every listener': ({ server }) => server.removeAllListeners(),
  'sends to the peer': ({ server, id }) => server.send(id, { from: 'inside' }),
  'destroys another peer': ({ server, otherId }) => server.sockets.get(otherId).destroy(),
  'pauses and resumes': ({ socket }) => socket.pause().resume(),
}

for (const [name, act] of Object.entries(ACTS)) {
  test(`a listener that ${name} in the middle of a batch`, async t => {
    const { server, port } = await serve(t)
    const { client: other, id: otherId } = await enter(t, server)
    const { client, id, socket } = await enter(t, server)
    const heard = new Log(client, ['message', 'close'])
    const gone = new Log(other, ['close'])
    server.on('error', () => {})
    /** @type {number[]} */
    const seen = []
    const all = new Promise(resolve => {
      server.on('message', (/** @type {number} */ _id, /** @type {any} */ { n }) => {
        seen.push(n)
        if (n === 2) {
          act({ server, socket, id, otherId })
          setImmediate(() => setImmediate(resolve, undefined))
        }
      })
    })
    for (let n = 0; n < 10; n++) client.send({ n })
    await bounded(all, 'the third message')
    if (name === 'destroys the peer') await heard.reach('close')
    else if (name === 'ends the peer') await heard.reach('close')
    else if (name === 'sends to the peer') await heard.reach('message')
    else if (name === 'destroys another peer') await gone.reach('close')
    if (/^(closes|sends|destroys another|pauses)/.test(name)) {
      while (seen.length < 10) await turn()
      assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    } else {
      assert.deepEqual(seen, [...seen.keys()])
      assert.ok(seen.length >= 3)
    }
    if (name === 'closes the server') return
    const { client: later } = await enter(t, server)
    server.once(
      'request',
      (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) => res.send(req),
    )
    assert.deepEqual(await later.request({ still: port }), { still: port })
  })
}

test("sending inside 'close', and to one that has closed in the same turn, is an error and no more", async t => {
  const { server } = await serve(t)
  const { client: first, id } = await enter(t, server)
  const { client: second, id: other } = await enter(t, server)
  const log = new Log(server, ['error', 'close'])
  const heard = new Log(second, ['message'])
  first.on('error', () => {})
  first.on('close', () => first.send({ too: 'late' }))
  server.on('close', (/** @type {number} */ gone) => {
    server.send(gone, { too: 'late' })
    server.send(other, { gone })
  })
  server.on('message', (/** @type {number} */ from) => {
    if (from !== other) return
    // The other one ends in this turn.
    server.sockets.get(id).destroy()
    server.send(id, { too: 'late' })
    server.request(id, {}).catch((/** @type {any} */ { message }) => server.emit('told', message))
  })
  const told = next(server, 'told')
  second.send({ now: true })
  await log.reach('close')
  await heard.reach('message')
  if (!isOriginal) assert.deepEqual(await told, ['connection lost'])
  assert.equal(log.of('error').length, 2)
  for (const args of log.of('error')) assert.equal(args.at(-1).message, 'not connected')
  assert.deepEqual(heard.entries, [['message', { gone: id }]])
})

test('a client that answers, disconnects and connects in one listener', async t => {
  const { server, client, id } = await join(t)
  const again = next(server, 'authenticated')
  client.on('request', (/** @type {any} */ req, /** @type {any} */ res) => {
    res.send(req)
    client.disconnect()
    client.connect()
  })
  assert.deepEqual(await server.request(id, { n: 1 }), { n: 1 })
  assert.equal((await again)[0], id + 1)
})
