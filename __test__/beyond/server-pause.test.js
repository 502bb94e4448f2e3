'use strict'

// `server.pause(id)`: a client is held back for as long as one likes, and not cut for it.

const assert = require('node:assert/strict')

const { join, password, serve } = require('../helpers/ends')
const { Log, next, turn } = require('../helpers/events')
const { admitted } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

// Pings come often; the time for an answer leaves a busy machine some, in which an answer stands behind 2.5 MB.
const often = { keepAliveInterval: 100, keepAliveTimeout: 1500 }

/** Pings in a time in which a client that does not answer would be cut. */
const LONG = 18

/**
 * @param {any} server
 * @param {number} count
 */
async function pinged(server, count) {
  const enough = server.stats().pings.sent + count
  while (server.stats().pings.sent < enough) await turn()
}

difference('a client that is held back is not cut, and nothing of it is lost', async t => {
  const { server, client, id } = await join(t, { server: often })
  const log = new Log(server, ['message', 'timeout', 'close'])
  for (let round = 0; round < 2; round++) {
    assert.equal(server.pause(id), true)
    for (let at = 0; at < 500; at++) client.send({ round, at, filler: 'x'.repeat(5000) })
    await pinged(server, LONG)
    assert.equal(log.of('message').length, 500 * round)
    assert.equal(server.resume(id), true)
    await log.reach('message', 500 * (round + 1))
  }
  const expected = Array.from({ length: 1000 }, (_, at) => [Math.floor(at / 500), at % 500])
  assert.deepEqual(
    log.of('message').map(([, { round, at }]) => [round, at]),
    expected,
  )
  await pinged(server, 3)
  assert.deepEqual(new Set(log.names), new Set(['message']))
  assert.equal(server.stats().pings.missed, 0)
})

difference('it goes on from socket.pause, too', async t => {
  const { server, client, id, socket } = await join(t, { server: often })
  const log = new Log(server, ['message', 'timeout', 'close'])
  socket.pause()
  server.pause(id)
  client.send({ any: 'thing' })
  await pinged(server, LONG)
  assert.deepEqual(log.names, [])
  server.resume(id)
  await turn()
  assert.deepEqual(log.names, [])
  socket.resume()
  assert.deepEqual(await log.reach('message'), [[id, { any: 'thing' }]])
})

difference('who does not answer is cut, at the latest when it is over', async t => {
  const { server, port } = await serve(t, often)
  for (const filler of ['', 'x'.repeat(2 * 1024 * 1024)]) {
    const arrived = next(server, 'authenticated')
    const peer = await admitted(t, port, password)
    const [id] = await arrived
    const timeout = next(server, 'timeout')
    server.pause(id)
    if (filler !== '') {
      await peer.send({ filler })
      await pinged(server, LONG)
      assert.equal(peer.closed, false)
      server.resume(id)
    }
    assert.deepEqual(await timeout, [id])
    await peer.gone()
  }
})

difference('nobody is there to be held back', async t => {
  const { server, client, id } = await join(t)
  const closed = next(server, 'close')
  server.pause(id)
  client.disconnect()
  // The end waits behind what is held back.
  server.resume(id)
  await closed
  assert.equal(server.pause(id), false)
  assert.equal(server.resume(id), false)
})
