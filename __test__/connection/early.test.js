'use strict'

// What a program does with a client's socket before it is connected: while the name is looked up, and up to the login.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { dial, enter, password, serve } = require('../helpers/ends')
const { Log, bounded, next } = require('../helpers/events')
const { referenceServer } = require('../helpers/reference-peer')

test('what is written before the name is looked up arrives first, in order', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const written = []
  const first = bounded(
    new Promise(resolve => client.socket.write('1\n', () => resolve(written.push(1)))),
    'the first',
  )
  client.socket.write(Buffer.from('2\n'))
  client.socket.write('"last"\n')
  assert.ok(client.socket.writableLength > 0)
  const peer = await server.accept()
  assert.deepEqual(
    [await peer.value(), await peer.value(), await peer.value(), await peer.value()],
    [1, 2, 'last', { password }],
  )
  await first
  const entered = next(client, 'authenticated')
  await peer.send({ authenticated: true })
  await entered
  assert.equal(client.socket.writableLength, 0)
})

test('what is too much to be taken at once is followed by drain', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const drained = next(client.socket, 'drain')
  assert.equal(client.socket.write(`"${'x'.repeat(100_000)}"\n`), false)
  const peer = await server.accept()
  assert.equal((await peer.value()).length, 100_000)
  await drained
})

test('a client that never connects tells whoever wrote', async t => {
  const client = dial(t, 1, { host: 'localhost' })
  client.on('error', () => {})
  const told = new Promise(resolve => client.socket.write('1\n', resolve))
  await next(client, 'close')
  assert.ok((await bounded(told, 'the callback')) instanceof Error)
})

test('pausing a socket at once holds back no more than what the peer says', async t => {
  const { server, port } = await serve(t)
  const client = dial(t, port)
  client.socket.pause()
  const log = new Log(client.socket, ['connect', 'secureConnect'])
  const inside = new Log(client, ['authenticated', 'message'])
  const arrived = next(server, 'authenticated')
  await log.reach('secureConnect')
  assert.deepEqual(log.names, ['connect', 'secureConnect'])
  const [id] = await arrived
  server.send(id, { n: 1 })
  // Another one goes all the way meanwhile.
  const { client: other, id: second } = await enter(t, server)
  const heard = next(other, 'message')
  server.send(second, { n: 2 })
  await heard
  assert.deepEqual(inside.names, [])
  client.socket.resume()
  await inside.reach('message')
  assert.deepEqual(inside.names, ['authenticated', 'message'])
})
