'use strict'

// What a user writes to a socket: when it has left, and how one learns that.

const assert = require('node:assert/strict')
const { AsyncLocalStorage } = require('node:async_hooks')
const { once } = require('node:events')
const { test } = require('node:test')

const { serve, password } = require('../helpers/ends')
const { Log, bounded, next, turn } = require('../helpers/events')
const { run } = require('../helpers/program')
const { admitted } = require('../helpers/reference-peer')
const { bothRoles, roles } = require('../helpers/roles')
const { difference, isOriginal } = require('../helpers/subject')

const MIB = 1024 * 1024

/** Of the end that is looked at. @param {any} node @returns {any} */
const socketOf = node => node.socket ?? node.sockets.get(0)

/** What a callback is given. @param {(callback: (...args: any[]) => void) => void} act */
const called = act => bounded(new Promise(resolve => act((...args) => resolve(args))), 'a callback')

const LINE = `${JSON.stringify('x'.repeat(1021))}\n`
const lines = (20 * MIB) / LINE.length

test('a client that ends its process in the callback of end() has sent all', async t => {
  const { server, port } = await serve(t)
  let received = 0
  server.on('message', () => received++)
  const closed = next(server, 'close')
  const { code } = await run(
    t,
    ({ Client, clientConfig, given }) => {
      const client = new Client(clientConfig(given.port))
      client.on('authenticated', () => {
        client.socket.write(given.LINE.repeat(given.lines))
        client.socket.end(() => process.exit(7))
      })
    },
    { given: { port, LINE, lines } },
  )
  assert.equal(code, 7)
  await closed
  assert.equal(received, lines)
})

test("a server that ends its process in 'finish' has sent all", async t => {
  /** @type {Promise<any> | undefined} */
  let visit
  const { code } = await run(
    t,
    ({ Server, serverConfig, given }) => {
      const server = new Server(serverConfig())
      server.on('authenticated', (/** @type {number} */ _, /** @type {any} */ socket) => {
        socket.write(given.LINE.repeat(given.lines))
        socket.end()
        socket.on('finish', () => process.exit(7))
      })
      server.listen(0, () => process.stderr.write(`${server.tlsServer.address().port}\n`))
    },
    { given: { LINE, lines }, onStderr: port => (visit = admitted(t, Number(port), password)) },
  )
  assert.equal(code, 7)
  const peer = await visit
  await peer.until(() => peer.ended, 'the end')
  assert.equal(peer.lines.length, 1 + lines)
})

bothRoles(
  test,
  "'finish' and the callback of end() wait for a peer that does not read",
  async end => {
    const { node, peer } = end
    const socket = socketOf(node)
    const log = new Log(socket, ['finish', 'close'])
    peer.socket.pause()
    socket.write(Buffer.alloc(16 * MIB, ' '))
    const ended = called(callback => void socket.end(callback))
    const another = called(callback => void socket.end(callback))
    await new Promise(resolve => setTimeout(resolve, 100))
    assert.deepEqual(log.names, [])
    peer.socket.resume()
    for (const [error] of [await ended, await another]) assert.equal(error ?? undefined, undefined)
    const [late] = await called(callback => void socket.end(callback))
    assert.equal(late.code, 'ERR_STREAM_ALREADY_FINISHED')
    await log.reach('close')
    assert.deepEqual(log.names, ['finish', 'close'])
  },
)

bothRoles(test, "the answer to the peer's end is an end, with 'finish'", async ({ node, peer }) => {
  const socket = socketOf(node)
  const log = new Log(socket, ['end', 'finish', 'close'])
  peer.socket.end()
  await log.reach('close')
  assert.deepEqual(log.names, ['end', 'finish', 'close'])
})

bothRoles(test, 'what is destroyed calls back with an error', async ({ node, peer }) => {
  const socket = socketOf(node)
  peer.socket.pause()
  const written = called(callback => void socket.write(Buffer.alloc(32 * MIB, ' '), callback))
  const ended = called(callback => void socket.end(callback))
  socket.on('finish', () => assert.fail("'finish' of a destroyed socket"))
  const closed = next(socket, 'close')
  socket.destroy()
  await closed
  peer.socket.resume()
  const [[unwritten], [unended]] = [await written, await ended]
  if (!isOriginal) assert.ok(unwritten instanceof Error)
  assert.ok(unended instanceof Error)
  const [late] = await called(callback => void socket.end(callback))
  assert.equal(late.code, 'ERR_STREAM_DESTROYED')
})

bothRoles(
  test,
  'callbacks of writes run in the context of their writes',
  async ({ node, peer }) => {
    const socket = socketOf(node)
    const storage = new AsyncLocalStorage()
    for (const bytes of [10, 16 * MIB]) {
      peer.socket.pause()
      const seen = called(callback => {
        const write = () =>
          socket.write(Buffer.alloc(bytes, ' '), () => callback(storage.getStore()))
        storage.run(bytes, write)
      })
      peer.socket.resume()
      assert.deepEqual(await seen, [bytes])
    }
  },
)

bothRoles(test, 'a small write may be followed by more, a large one by none', async end => {
  const { node, peer, log } = end
  const socket = socketOf(node)
  const drains = new Log(socket, ['drain'])
  assert.equal(socket.write(Buffer.from('{}\n\n')), true)
  assert.equal(
    socket.write('{}\n', () => {}),
    true,
  )
  assert.equal(socket.writableNeedDrain, false)
  peer.socket.pause()
  let writes = 0
  while (socket.write(' '.repeat(1000)) && writes < 100_000) writes++
  assert.ok(writes > 10 && writes < 100_000, `${writes}`)
  assert.equal(socket.writableNeedDrain, true)
  peer.socket.resume()
  await drains.reach('drain')
  assert.equal(drains.names.length, 1)
  assert.equal(socket.writableNeedDrain, false)
  assert.equal(socket.writableLength, 0)
  assert.deepEqual(log.names, [])
})

for (const role of /** @type {const} */ (['server', 'client'])) {
  difference(`${role}: needDrain is true when 'drain' is to follow, and not before`, async t => {
    const { node, peer, send } = await roles[role](t)
    const needs = () => (role === 'server' ? node.needDrain(0) : node.needDrain)
    const waits = () => (role === 'server' ? node.bufferedAmount(0) : node.bufferedAmount)
    peer.socket.pause()
    // A busy engine may write late, so that less waits than was counted here: then once more. The
    // system takes no more than some megabytes from a peer that does not read, so this ends.
    for (;;) {
      // Until almost so much waits.
      while (waits() < MIB - 1500) {
        send('x'.repeat((MIB - waits()) / 2))
        await turn()
      }
      assert.equal(needs(), false)
      const began = performance.now()
      send(1)
      send('x'.repeat(1600))
      const full = waits() >= MIB
      // Within the millisecond after which what waits in a tick is handed over.
      const unseen = performance.now() - began < 1
      if (full && unseen) assert.equal(needs(), false, 'the rest may have left before this follows')
      await turn()
      if (needs()) break
      assert.ok(waits() < MIB, 'so much waits, and no drain is to follow')
    }
    const drained = once(node, 'drain')
    peer.socket.resume()
    await bounded(drained, "'drain'")
    assert.equal(needs(), false)
  })
}

for (const role of /** @type {const} */ (['server', 'client'])) {
  test(`${role}: a callback of a write that throws takes nobody's 'drain' away`, async t => {
    const { code, stdout } = await run(
      t,
      ({ Server, Client, serverConfig, clientConfig, given }) => {
        /** @type {string[]} */
        const told = []
        process.on('uncaughtException', ({ message }) => told.push(message))
        const server = new Server(serverConfig())
        server.listen(0, () => {
          const client = new Client(clientConfig(server.tlsServer.address().port))
          client.on('authenticated', () => {
            const node = given === 'server' ? server : client
            const socket = given === 'server' ? server.sockets.get(0) : client.socket
            socket.on('drain', () => told.push("the socket's"))
            node.on('drain', () => {
              console.log(told.join())
              client.disconnect()
              server.close()
            })
            socket.write(`${JSON.stringify('x'.repeat(4 << 20))}\n`, () => {
              throw new Error('mine')
            })
          })
        })
      },
      { given: role },
    )
    assert.deepEqual([code, stdout], [0, "mine,the socket's\n"])
  })
}
