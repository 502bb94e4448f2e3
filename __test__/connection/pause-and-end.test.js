'use strict'

// What ends a connection passes whatever is paused, behind what was received before; and what has nothing to do with
// receiving is not held back either.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { serve, enter, password } = require('../helpers/ends')
const { Log, bounded, next, turn } = require('../helpers/events')
const { bothRoles } = require('../helpers/roles')
const { admitted } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

/** Of the end that is looked at. @param {any} node @returns {any} */
const socketOf = node => node.socket ?? node.sockets.get(0)

for (const then of ['pause', 'pause and resume', 'pause, and resume later']) {
  bothRoles(test, `destroy, then ${then}: 'close' comes`, async ({ node, log }) => {
    const socket = socketOf(node)
    for (let turns = 0; turns < 20 && !log.names.includes('close'); turns++) {
      if (turns === 0) socket.destroy()
      socket.pause()
      if (then === 'pause and resume') socket.resume()
      if (then === 'pause, and resume later') setImmediate(() => socket.resume())
      await turn()
    }
    await log.reach('close')
  })
}

test('a program that pauses and resumes its sockets in every turn gets all messages, and every end', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['message', 'close', 'error'])
  let running = true
  t.after(() => (running = false))
  const unsteady = () => {
    for (const socket of server.sockets.values()) socket.pause().resume()
    if (running) setImmediate(unsteady)
  }
  const peers = []
  for (let n = 0; n < 20; n++) peers.push(await admitted(t, port, password))
  unsteady()
  for (const peer of peers) {
    await peer.send({ n: 1 }, { n: 2 })
    peer.socket.end()
  }
  await log.reach('close', peers.length)
  running = false
  assert.equal(log.of('message').length, 2 * peers.length)
  assert.deepEqual(log.of('error'), [])
})

bothRoles(difference, 'messages before the end of both sides outlast a pause', async end => {
  const { node, peer, log } = end
  const socket = socketOf(node)
  // Pauses inside a batch, so that messages and end have been taken already, and in front of them.
  node.once('message', () => socket.pause())
  socket.end()
  await peer.send({ n: 1 }, { n: 2 }, { n: 3 })
  await log.reach('message')
  await peer.gone()
  await turn()
  assert.deepEqual(log.names, ['message'])
  socket.resume()
  await log.reach('close')
  assert.deepEqual(log.of('message'), [[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]])
  assert.deepEqual(log.of('error'), [])
})

bothRoles(
  test,
  "'drain' and the callback of a write come although the socket is paused",
  async end => {
    const { node, peer } = end
    const socket = socketOf(node)
    socket.pause()
    peer.socket.pause()
    const drained = next(socket, 'drain')
    const written = new Promise(resolve => {
      assert.equal(socket.write(Buffer.alloc(16 * 1024 * 1024, ' '), resolve), false)
    })
    peer.socket.resume()
    await drained
    await bounded(written, 'the callback')
  },
)

test('a user who never resumes a socket that is written to sees it closed', async t => {
  const { server } = await serve(t)
  const { client, id, socket } = await enter(t, server)
  const log = new Log(server, ['close', 'error'])
  socket.pause()
  client.socket.destroy()
  await next(client, 'close')
  const write = () => {
    if (log.names.includes('close')) return
    if (!socket.destroyed) socket.write('1\n')
    setImmediate(write)
  }
  write()
  await log.reach('close')
  assert.deepEqual(log.of('close'), [[id]])
})
