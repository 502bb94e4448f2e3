'use strict'

// Rooms of a server: who is in them, and what is sent to them.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { join, enter, password, serve } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { admitted, referenceClient } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

/**
 * A server and some clients that have logged in, each with the id of its place.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} count
 */
async function crowd(t, count) {
  const { server, port } = await serve(t)
  const peers = []
  for (let at = 0; at < count; at++) {
    const arrived = next(server, 'authenticated')
    peers.push(await admitted(t, port, password))
    assert.equal((await arrived)[0], at)
  }
  return { server, port, peers }
}

/**
 * Who has got a message, of all: each is sent a last one behind it.
 *
 * @param {any} server
 * @param {any[]} peers
 * @returns {Promise<number[]>}
 */
async function reached(server, peers) {
  const got = []
  for (const [id, peer] of peers.entries()) {
    server.send(id, { last: true })
    let count = 0
    while (!('last' in (await peer.value()))) count++
    assert.ok(count < 2, 'once')
    if (count === 1) got.push(id)
  }
  return got
}

difference(
  'a message to rooms reaches those who are in one of them, once, and nobody else',
  async t => {
    const { server, peers } = await crowd(t, 5)
    for (const id of [0, 1, 2]) assert.equal(server.join(id, 'red'), true)
    for (const id of [2, 3]) assert.equal(server.join(id, 'blue'), true)
    const tries = /** @type {[any, number[]][]} */ ([
      [server.to('red'), [0, 1, 2]],
      [server.to(['red', 'blue', 'red']), [0, 1, 2, 3]],
      [server.to(new Set(['blue', 'green'])), [2, 3]],
      [server.to('green'), []],
      [server.to([]), []],
      [server.to('red').except(1), [0, 2]],
      [server.to('red').except(0, 4).except(1), [2]],
    ])
    for (const [audience, ids] of tries) {
      assert.equal(audience.send({ any: 'thing' }), ids.length)
      assert.deepEqual(await reached(server, peers), ids)
    }
    const red = server.to('red')
    red.except(0, 1, 2)
    assert.equal(red.send({}), 3, 'the first one stays as it is')
    assert.deepEqual([...server.rooms.keys()], ['red', 'blue'])
    assert.deepEqual([...server.rooms.get('red')], [0, 1, 2])
    assert.deepEqual([...server.clients.get(2).rooms], ['red', 'blue'])
  },
)

difference('who leaves a room gets nothing more, and empty rooms are gone', async t => {
  const { server, peers } = await crowd(t, 2)
  server.join(0, 'room')
  server.join(1, 'room')
  server.join(1, 'room')
  const audience = server.to('room')
  assert.equal(server.leave(0, 'room'), true)
  assert.equal(server.leave(0, 'room'), false)
  assert.equal(server.leave(0, 'another'), false)
  assert.equal(audience.send({}), 1)
  assert.deepEqual(await reached(server, peers), [1])
  server.leave(1, 'room')
  assert.equal(server.rooms.size, 0)
  assert.equal(server.clients.get(1).rooms.size, 0)
  assert.equal(audience.send({}), 0)
})

difference("rooms are joined inside 'authenticated' and left by 'close'", async t => {
  const { server, port } = await serve(t)
  server.on('authenticated', (/** @type {number} */ id) => server.join(id, 'lobby'))
  const [first, second] = [await admitted(t, port, password), await admitted(t, port, password)]
  assert.deepEqual([...server.rooms.get('lobby')], [0, 1])
  /** @type {any} */
  let seen
  server.once('close', (/** @type {number} */ id) => {
    const { rooms, user } = server.clients.get(id)
    seen = {
      id,
      rooms: [...rooms],
      user,
      joined: server.join(id, 'afterwards'),
      left: server.leave(id, 'lobby'),
      sent: server.to('lobby').send({ gone: id }),
      inLobby: [...server.rooms.get('lobby')],
    }
  })
  const closed = next(server, 'close')
  first.socket.destroy()
  await closed
  await second.value()
  assert.deepEqual(seen, {
    id: 0,
    rooms: ['lobby'],
    user: undefined,
    joined: false,
    left: false,
    sent: 1,
    inLobby: [1],
  })
  assert.deepEqual([...server.clients.keys()], [1])
  assert.deepEqual([...server.rooms.keys()], ['lobby'])
})

difference('only who is logged in is a client, and can be in a room', async t => {
  const { server, port } = await serve(t)
  const unauthenticated = await referenceClient(t, port)
  assert.equal(server.clients.size, 0)
  for (const id of [0, 7, -1, NaN, undefined, '0']) assert.equal(server.join(id, 'room'), false)
  assert.equal(server.rooms.size, 0)
  const arrived = next(server, 'authenticated')
  await unauthenticated.send({ password })
  const [id] = await arrived
  assert.equal(server.join(id, 'room'), true)
})

difference('who is on the way out is skipped', async t => {
  const { server, peers } = await crowd(t, 3)
  for (const id of [0, 1, 2]) server.join(id, 'room')
  const log = new Log(server, ['error'])
  server.sockets.get(0).destroy()
  server.sockets.get(1).end()
  assert.equal(server.to('room').send({ any: 'thing' }), 1)
  assert.deepEqual(await peers[2].value(), { any: 'thing' })
  assert.deepEqual(log.names, [])
  assert.equal(server.stats().messages.sent, 1)
})

difference('what is no name of a room, or no client, is refused', async t => {
  const { server } = await crowd(t, 1)
  const odd = [Symbol('room'), 7, '', null, undefined, {}, true, () => {}]
  for (const room of odd) {
    for (const use of [
      () => server.join(0, room),
      () => server.leave(0, room),
      () => server.to(room),
    ]) {
      assert.throws(use, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }, String(room))
    }
    assert.throws(() => server.to(['room', room]), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const id of ['0', [0], null, undefined]) {
    assert.throws(() => server.to('room').except(id), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  assert.equal(server.rooms.size, 0)
  // Names that something might take for another.
  for (const room of ['__proto__', 'constructor', '*', '>', ' ', '0']) {
    assert.equal(server.join(0, room), true)
    assert.equal(server.to(room).send({ room }), 1)
  }
})

difference(
  'a message is serialised once, in the call, before it is looked who is there',
  async t => {
    const { server, peers } = await crowd(t, 3)
    for (const id of [0, 1]) server.join(id, 'room')
    let count = 0
    const message = {
      toJSON() {
        count++
        server.join(2, 'room')
        return { any: 'thing' }
      },
    }
    assert.equal(server.to('room').send(message), 3)
    assert.equal(count, 1)
    assert.deepEqual(await reached(server, peers), [0, 1, 2])
    const circular = /** @type {any} */ ({})
    circular.self = circular
    assert.throws(() => server.to('room').send(circular), TypeError)
    assert.equal(server.to('room').send(undefined), 0)
  },
)

difference('what is sent to a room keeps its place among what else is sent', async t => {
  const { server, peers } = await crowd(t, 2)
  for (const id of [0, 1]) server.join(id, 'room')
  for (let at = 0; at < 300; at += 3) {
    server.send(0, { at })
    server.to('room').send({ at: at + 1 })
    server.broadcast({ at: at + 2 })
  }
  for (let at = 0; at < 300; at++) assert.deepEqual(await peers[0].value(), { at })
})

test('a program whose server has names of its own keeps them', async t => {
  const { Server } = require('../helpers/subject')
  const { serverConfig } = require('../helpers/ends')
  const { closeServer } = require('../helpers/cleanup')
  class Lobby extends Server {
    constructor() {
      super(serverConfig())
      Object.assign(this, { rooms: 'mine', clients: 7, join: 1, leave: 2, to: 3, authenticate: 4 })
    }
  }
  const server = /** @type {any} */ (new Lobby())
  closeServer(t, server)
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const { client, id } = await enter(t, server)
  const heard = next(client, 'message')
  server.send(id, { still: 'here' })
  await heard
  const { rooms, clients, to } = server
  assert.deepEqual({ rooms, clients, to }, { rooms: 'mine', clients: 7, to: 3 })
  const closed = next(server, 'close')
  client.disconnect()
  await closed
})

difference('a Proxy around a server does the same', async t => {
  const { server, id, client } = await join(t)
  const proxy = new Proxy(server, {})
  assert.equal(proxy.join(id, 'room'), true)
  const heard = next(client, 'message')
  assert.equal(proxy.to('room').send({ any: 'thing' }), 1)
  assert.deepEqual(await heard, [{ any: 'thing' }])
  assert.equal(proxy.clients.get(id).id, id)
})
