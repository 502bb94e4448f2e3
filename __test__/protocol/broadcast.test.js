'use strict'

// server.broadcast: one message for many clients. Each gets it as by `send`, in order with everything else.

const assert = require('node:assert/strict')
const net = require('node:net')
const { Worker } = require('node:worker_threads')

const { cleanup } = require('../helpers/cleanup')
const { dial, enter, join, taken } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log, bounded, next } = require('../helpers/events')
const { plainStream } = require('../helpers/plain-stream')
const { prelude, run } = require('../helpers/program')
const { Random } = require('../helpers/random')
const { referenceClient } = require('../helpers/reference-peer')
const { difference, overNode } = require('../helpers/subject')
const { crowd, received } = require('../helpers/crowd')

difference('everybody who is logged in gets a broadcast once, and nobody else', async t => {
  const { server, port, clients } = await crowd(t, 3)
  const unauthenticated = await referenceClient(t, port)
  await taken(server, 4)
  assert.equal(server.broadcast({ text: 'ä€𝄞\n"' }), 3)
  assert.deepEqual(await received(server, clients), Array(3).fill([{ text: 'ä€𝄞\n"' }]))
  assert.deepEqual(unauthenticated.chunks, [])
})

difference('a broadcast is for the ids that are given, for each once', async t => {
  const { server, clients } = await crowd(t, 4)
  const [a, b, c] = clients.map(({ id }) => id)
  assert.equal(server.broadcast({ n: 1 }, [a, b]), 2)
  assert.equal(server.broadcast({ n: 2 }, new Set([c])), 1)
  const listed = (function* () {
    yield* [b, b, a, b]
  })()
  assert.equal(server.broadcast({ n: 3 }, listed), 2)
  assert.equal(server.broadcast({ n: 4 }, new Map([[c, 'value']]).keys()), 1)
  assert.equal(server.broadcast({ n: 5 }, []), 0)
  const expected = [[1, 3], [1, 3], [2, 4], []]
  const got = await received(server, clients)
  assert.deepEqual(
    got.map(messages => messages.map(({ n }) => n)),
    expected,
  )
})

difference('a list of 5,000 ids', async t => {
  const { server, clients } = await crowd(t, 2)
  const log = new Log(server, ['error'])
  const ids = Array.from({ length: 5000 }, (_, n) => n)
  assert.equal(server.broadcast({ n: 1 }, ids), 2)
  assert.deepEqual(await received(server, clients), [[{ n: 1 }], [{ n: 1 }]])
  assert.deepEqual(
    log.of('error').map(([id]) => id),
    ids.slice(2),
  )
})

difference('what is no list of ids is refused, undefined too', async t => {
  const { server, clients } = await crowd(t, 1)
  for (const ids of [undefined, null, 0, {}]) {
    assert.throws(() => server.broadcast({ n: 1 }, ids), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  assert.deepEqual(await received(server, clients), [[]])
})

difference('given ids that cannot be served are told as by send, after the others are', async t => {
  const { server, port, clients } = await crowd(t, 2)
  await referenceClient(t, port)
  await taken(server, 3)
  const { socket, id: gone } = await enter(t, server)
  socket.destroy()
  const ids = [7, 0, 2, gone, 1, 7]
  const log = new Log(server, ['error'])
  for (const id of [7, 2, gone]) server.send(id, { n: 0 })
  const bySend = log.of('error').splice(0)
  server.once('error', (/** @type {number} */ id) => server.send(0, { after: id }))
  assert.equal(server.broadcast({ n: 1 }, ids), 2)
  const byBroadcast = log.of('error').slice(3)
  const told = (/** @type {any[][]} */ errors) =>
    errors.map(([id, { code, message }]) => [id, code, message])
  assert.equal(byBroadcast.length, 3)
  assert.deepEqual(told(byBroadcast), told(bySend))
  assert.equal(server.broadcast({ n: 2 }), 2)
  assert.equal(log.of('error').length, 6, 'without ids nobody is missed')
  assert.deepEqual(await received(server, clients), [
    [{ n: 1 }, { after: 7 }, { n: 2 }],
    [{ n: 1 }, { n: 2 }],
  ])
})

difference(
  'a missing client throws if nobody listens, and the others have the message',
  async t => {
    const { server, clients } = await crowd(t, 2)
    assert.throws(() => server.broadcast({ n: 1 }, [7, 0, 1]), { code: 'TLSJSON_NOT_CONNECTED' })
    assert.deepEqual(await received(server, clients), [[{ n: 1 }], [{ n: 1 }]])
  },
)

difference('a broadcast is serialised once, in the call', async t => {
  const { server, port, clients } = await crowd(t, 3)
  await referenceClient(t, port)
  await taken(server, 4)
  let times = 0
  const message = { n: 1, toJSON: () => ({ n: message.n, times: ++times }) }
  server.on('error', () => {})
  server.broadcast(message, [0, 1, 2, 3])
  message.n = 2
  const circular = {}
  Object.assign(circular, { circular })
  assert.throws(() => server.broadcast(circular), TypeError)
  assert.throws(() => server.broadcast({ n: 1n }, [0]), TypeError)
  for (const nothing of [undefined, () => {}, Symbol('none')]) {
    assert.equal(server.broadcast(nothing), 0)
    assert.equal(server.broadcast(nothing, [0]), 0)
  }
  assert.deepEqual(await received(server, clients), Array(3).fill([{ n: 1, times: 1 }]))
})

for (const [count, ticks] of [
  [3, 200],
  [70, 20],
]) {
  difference(`whatever ${count} clients are sent in a tick, each gets it in order`, async t => {
    const { server, clients } = await crowd(t, Number(count))
    const random = new Random(Number(count))
    /** @type {number[][]} */
    const expected = clients.map(() => [])
    let n = 0
    const message = () => {
      const length = random.pick([1, 1, 1, 100, 3000, 20_000])
      return { n: ++n, text: random.pick(['x', 'ä', '𝄞']).repeat(length) }
    }
    const someOf = () => clients.filter(() => random.chance(0.5)).map(({ id }) => id)
    const rooms = [0, 1].map(parity => clients.map(({ id }) => id).filter(id => id % 2 === parity))
    for (let tick = 0; tick < Number(ticks); tick++) {
      for (let step = random.below(12); step > 0; step--) {
        const { id, socket } = random.pick(clients)
        const ids = random.pick([undefined, rooms[0] ?? [], rooms[1] ?? [], someOf()])
        const sent = message()
        let to = [id]
        const way = random.pick(['broadcast', 'broadcast', 'broadcast', 'send', 'text', 'bytes'])
        const line = `${JSON.stringify(sent)}\n`
        if (way === 'broadcast') {
          to = ids ?? clients.map(one => one.id)
          const served = ids === undefined ? server.broadcast(sent) : server.broadcast(sent, ids)
          assert.equal(served, to.length)
        } else if (way === 'send') {
          server.send(id, sent)
        } else {
          socket.write(way === 'text' ? line : Buffer.from(line))
        }
        for (const one of to) expected[one]?.push(sent.n)
      }
      await new Promise(setImmediate)
    }
    const got = await received(server, clients)
    assert.deepEqual(
      got.map(messages => messages.map(one => one.n)),
      expected,
    )
  })
}

difference('who answers one client and tells all of it, message by message', async t => {
  const { server, clients } = await crowd(t, 3)
  const count = 2000
  server.on(
    'request',
    (/** @type {number} */ from, /** @type {any} */ { n }, /** @type {any} */ res) => {
      res.send({ n })
      server.broadcast({ from, n })
    },
  )
  const [talker] = clients
  const asked = Array.from({ length: count }, (_, n) => talker?.client.request({ n }))
  assert.deepEqual(
    (await Promise.all(asked)).map(({ n }) => n),
    [...Array(count).keys()],
  )
  for (const messages of await received(server, clients)) {
    assert.deepEqual(
      messages.map(({ n }) => n),
      [...Array(count).keys()],
    )
  }
})

difference('a broadcast counts as one message to each', async t => {
  const { server, clients } = await crowd(t, 3)
  const before = server.stats()
  server.broadcast({ n: 1 })
  server.broadcast({ n: 2 }, [0, 1])
  const { messages } = server.stats()
  assert.equal(messages.sent - before.messages.sent, 5)
  await received(server, clients)
  const last = '{"last":true}\n'.length
  const { bytes } = server.stats()
  assert.equal(bytes.sent - before.bytes.sent, 5 * '{"n":1}\n'.length + 3 * last)
})

difference(
  'whose connection we have ended gets no broadcast; by its id it is as with send',
  async t => {
    const { server, clients } = await crowd(t, 2)
    const [ending, other] = clients
    const log = new Log(server, ['error', 'close'])
    server.broadcast({ n: 1 })
    ending?.socket.end()
    assert.equal(server.broadcast({ n: 2 }), 1)
    assert.equal(server.broadcast({ n: 3 }, [0, 1]), 1)
    await log.reach('close')
    assert.deepEqual(
      log.of('error').map(([id, { code }]) => [id, code]),
      [[0, 'ERR_STREAM_WRITE_AFTER_END']],
    )
    await ending?.log.reach('close')
    assert.deepEqual(ending?.log.of('message'), [[{ n: 1 }]])
    assert.deepEqual(await received(server, [other ?? assert.fail()]), [
      [{ n: 1 }, { n: 2 }, { n: 3 }],
    ])
  },
)

for (const how of ['end', 'destroy']) {
  difference(`what was broadcast before ${how} of all sockets arrives`, async t => {
    const { server, clients } = await crowd(t, 3)
    server.broadcast({ n: 1 })
    for (const { socket } of clients) socket[how]()
    for (const { log } of clients) {
      await log.reach('close')
      assert.deepEqual(log.entries, [['message', { n: 1 }], ['close']])
    }
  })
}

difference('a paused socket of the server is sent what is broadcast', async t => {
  const { server, socket, client } = await join(t)
  const log = new Log(client, ['message'])
  socket.pause()
  assert.equal(server.broadcast({ n: 1 }), 1)
  assert.deepEqual(await log.reach('message'), [[{ n: 1 }]])
})

difference(
  'connections of both transports of one server',
  async t => {
    const { server, clients } = await crowd(t, 2)
    const front = net.createServer(socket =>
      server.tlsServer.emit('connection', plainStream(socket)),
    )
    cleanup(t, () => void front.close())
    await next(front.listen(0), 'listening')
    const { port } = /** @type {net.AddressInfo} */ (front.address())
    for (let n = 2; n < 4; n++) {
      const arrived = next(server, 'authenticated')
      const client = dial(t, port)
      const log = new Log(client, ['message', 'close'])
      const [id, socket] = await arrived
      clients.push({ client, id, socket, log })
    }
    assert.deepEqual(
      clients.map(({ socket }) => socket.transport),
      ['rustls', 'rustls', 'node', 'node'],
    )
    const long = 'ä'.repeat(100_000)
    server.send(0, { n: 0 })
    server.send(3, { n: 0 })
    assert.equal(server.broadcast({ n: 1 }), 4)
    assert.equal(server.broadcast({ long }), 4)
    assert.equal(server.broadcast({ n: 2 }, [1, 2]), 2)
    assert.deepEqual(await received(server, clients), [
      [{ n: 0 }, { n: 1 }, { long }],
      [{ n: 1 }, { long }, { n: 2 }],
      [{ n: 1 }, { long }, { n: 2 }],
      [{ n: 0 }, { n: 1 }, { long }],
    ])
  },
  { skip: overNode && 'it is about both' },
)

for (const how of ['process.exit', 'an exception']) {
  difference(`a broadcast directly before ${how} arrives`, async t => {
    const port = await freePort()
    const clients = Array.from({ length: 3 }, () => dial(t, port, { reconnectInterval: 250 }))
    const logs = clients.map(client => {
      client.on('error', () => {})
      client.on('authenticated', () => client.send({ here: true }))
      return new Log(client, ['message', 'close'])
    })
    const { code } = await run(
      t,
      ({ Server, serverConfig, given }) => {
        const server = new Server(serverConfig())
        let count = 0
        server.on('message', () => {
          if (++count < 3) return
          server.broadcast({ last: 'words' })
          if (given.how === 'process.exit') process.exit(7)
          throw new Error('the end')
        })
        server.listen(given.port, () => {})
      },
      { given: { port, how } },
    )
    assert.equal(code, how === 'process.exit' ? 7 : 1)
    for (const log of logs) assert.deepEqual(await log.reach('message'), [[{ last: 'words' }]])
  })
}

difference('a server in a worker thread broadcasts', async t => {
  const source = `
    const { parentPort } = require('node:worker_threads')
    ${prelude()}
    const server = new Server(serverConfig())
    server.on('message', () => parentPort.postMessage(server.broadcast({ n: 1 })))
    server.listen(0, () => parentPort.postMessage(server.tlsServer.address().port))`
  const worker = new Worker(source, { eval: true })
  cleanup(t, async () => void (await worker.terminate()))
  const [port] = await next(worker, 'message')
  const clients = [dial(t, port), dial(t, port)]
  await bounded(Promise.all(clients.map(client => next(client, 'authenticated'))), 'both logins')
  const all = Promise.all(clients.map(client => next(client, 'message')))
  const count = next(worker, 'message')
  clients[0].send({ go: true })
  assert.deepEqual(await all, [[{ n: 1 }], [{ n: 1 }]])
  assert.deepEqual(await count, [2])
})
