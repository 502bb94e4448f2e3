'use strict'

// Messages to somebody who is on the way out: sent, or told, or counted.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { join } = require('../helpers/ends')
const { Log, next, turn } = require('../helpers/events')
const { difference, isOriginal } = require('../helpers/subject')

/** @typedef {Awaited<ReturnType<typeof join>>} Ends */

/** @param {any} node */
function dropped(node) {
  return node.stats().messages.dropped
}

/**
 * Waits until the end of the peer has been answered: not so long that the close may come.
 */
async function answered() {
  if (isOriginal) return turn()
  for (let n = 0; n < 5; n++) await new Promise(resolve => process.nextTick(resolve))
}

test('what continuations of the last message answer still arrives behind the end of who asked', async t => {
  const { server, client, socket } = await join(t)
  server.on(
    'request',
    async (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) => {
      await socket.listenerCount('end')
      res.send(req)
    },
  )
  const answer = client.request({ n: 1 })
  client.socket.end()
  assert.deepEqual(await answer, { n: 1 })
})

test('a server is told that a client which has ended can be sent nothing any more', async t => {
  const { server, client, socket, id } = await join(t)
  const log = new Log(server, ['error', 'close'])
  const ended = next(socket, 'end')
  client.socket.end()
  await ended
  await answered()
  assert.deepEqual(log.entries, [])
  server.send(id, { late: 1 })
  assert.equal(log.entries[0]?.at(-1).message, 'not connected')
  await log.reach('close')
  assert.deepEqual(log.names, ['error', 'close'])
  if (!isOriginal) assert.equal(dropped(server), 0)
})

test('a server without an error listener throws it', async t => {
  const { server, client, socket, id } = await join(t)
  const ended = next(socket, 'end')
  client.socket.end()
  await ended
  await answered()
  assert.throws(() => server.send(id, { late: 1 }), { name: 'Error', message: 'not connected' })
})

difference('a broadcast to a list tells the same of one who has ended', async t => {
  const { server, client, socket, id } = await join(t)
  const log = new Log(server, ['error'])
  const ended = next(socket, 'end')
  client.socket.end()
  await ended
  await answered()
  assert.equal(server.broadcast({ late: 1 }, [id]), 0)
  assert.deepEqual(
    log.entries.map(([, who, error]) => [who, error.code]),
    [[id, 'TLSJSON_NOT_CONNECTED']],
  )
})

for (const [how, leave] of /** @type {[string, (ends: Ends) => Promise<any> | void][]} */ ([
  ['after disconnect', ({ client }) => client.disconnect()],
  ['after socket.destroy', ({ client }) => client.socket.destroy()],
  [
    'after the end of its server',
    async ({ client, socket }) => {
      const ended = next(client.socket, 'end')
      socket.end()
      await ended
      await answered()
    },
  ],
])) {
  test(`what a client sends ${how} is lost without an event`, async t => {
    const ends = await join(t)
    const { server, client } = ends
    const log = new Log(client, ['error'])
    const messages = new Log(server, ['message', 'close'])
    await leave(ends)
    assert.equal(client.isAuthenticated, true)
    assert.equal(client.send({ late: 1 }), undefined)
    const lost = assert.rejects(client.request({ late: 2 }), { message: 'connection lost' })
    await messages.reach('close')
    await lost
    assert.deepEqual(log.entries, [])
    assert.deepEqual(messages.names, ['close'])
  })

  difference(`and is counted: ${how}`, async t => {
    const ends = await join(t)
    const { client } = ends
    client.send({ n: 1 })
    await leave(ends)
    const before = dropped(client)
    client.send({ late: 1 })
    client.request({ late: 2 }).catch(() => {})
    const { dropped: counted, sent } = client.stats().messages
    assert.deepEqual([before, counted, sent], [0, 2, 1])
  })
}
