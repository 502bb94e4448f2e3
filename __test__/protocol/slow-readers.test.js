'use strict'

// A ping stands behind what was sent before it. Who takes that slowly is alive; who takes nothing is not.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { password, serve } = require('../helpers/ends')
const { Log } = require('../helpers/events')
const { admitted } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

/** Between two looks of a client that reads slowly: 3 MB a second. */
const PAUSE = 80
const AT_A_TIME = 240 * 1024

/** Half of what 12 MB take; a busy machine makes pauses of its own. */
const limits = { keepAliveInterval: 400, keepAliveTimeout: 2000 }
const text = 'x'.repeat(100_000)

/**
 * Has a peer read slowly, and answer pings when it comes to them.
 * @param {import('../helpers/reference-peer').Connection} peer
 */
function readSlowly(peer) {
  const { socket } = peer
  let room = AT_A_TIME
  peer.lines.length = 0
  peer.taken = 0
  socket.on('data', chunk => {
    room -= chunk.length
    for (const line of peer.lines.splice(0)) {
      const { __ping } = JSON.parse(String(line))
      if (__ping !== undefined) socket.write(`{"__pong":${__ping}}\n`)
      else peer.taken++
    }
    if (room > 0) return
    socket.pause()
    setTimeout(() => {
      room = AT_A_TIME
      socket.resume()
    }, PAUSE)
  })
}

difference('a client that takes longer than keepAliveTimeout for what waits is alive', async t => {
  const { server, port } = await serve(t, limits)
  const log = new Log(server, ['error', 'timeout', 'close'])
  const peer = await admitted(t, port, password)
  readSlowly(peer)
  for (let n = 0; n < 120; n++) server.send(0, { text })
  await peer.until(() => peer.taken === 120 || peer.closed, 'all messages')
  assert.deepEqual([peer.taken, log.names], [120, []])
  const before = server.stats().pings.answered
  await peer.until(() => server.stats().pings.answered > before || peer.closed, 'another pong')
  assert.deepEqual(log.names, [])
})

difference('what was sent before our end is not lost to such a client', async t => {
  // That is how long it may take nothing then.
  const { server, port } = await serve(t, { ...limits, keepAliveInterval: 2000 })
  const log = new Log(server, ['error', 'timeout', 'close'])
  const peer = await admitted(t, port, password)
  readSlowly(peer)
  for (let n = 0; n < 120; n++) server.send(0, { text })
  server.sockets.get(0).end()
  await log.reach('close', 1)
  await peer.until(() => peer.closed, 'the end')
  assert.deepEqual([peer.taken, log.names], [120, ['close']])
})

test('a client that takes nothing is disconnected, whatever waits for it', async t => {
  const { server, port } = await serve(t, limits)
  const log = new Log(server, ['timeout', 'close'])
  const peer = await admitted(t, port, password)
  // The original may write a ping to the socket it has just destroyed.
  server.on('error', () => {})
  peer.socket.pause()
  const began = Date.now()
  // What the system takes meanwhile is no sign of the client.
  const chatter = setInterval(() => void server.send(0, { text }), 20)
  await log.reach('close')
  clearInterval(chatter)
  assert.deepEqual(log.names, ['timeout', 'close'])
  assert.ok(Date.now() - began < 8000)
})
