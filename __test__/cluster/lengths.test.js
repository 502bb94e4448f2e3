'use strict'

// How much a broker takes at once, and what a node does with what is longer.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { memoryBroker } = require('../../cluster')
const { Pages } = require('../../lib/cluster/pages')
const { Log } = require('../helpers/events')
const { clientOf, nodes } = require('../helpers/nodes')

/** Less than a page would have by itself. */
const LITTLE = 1500

/** @param {any} cluster @param {any} [options] */
async function listed(cluster, options) {
  const list = cluster.clients(options)
  const found = []
  for await (const client of list) found.push(client)
  return { found, missing: list.missing }
}

test('pages of a list are as long as the broker takes, in bytes', async t => {
  const hub = memoryBroker({ maxMessageBytes: LITTLE })
  // Three bytes each character.
  const describe = (/** @type {any} */ { id }) => ({ id, text: '€'.repeat(100) })
  const [a, b] = (await nodes(t, 2, { hub, options: { describe } })).nodes
  const there = []
  for (let n = 0; n < 12; n++) there.push(await clientOf(t, b))
  const before = b.cluster.stats().published.messages
  const { found, missing } = await listed(a.cluster)
  assert.deepEqual(missing, [])
  assert.deepEqual(
    found.map(({ id }) => id),
    there.map(({ id }) => id),
  )
  assert.ok(found.every(({ info }) => info.text.length === 100))
  assert.equal(b.cluster.stats().dropped.tooLong, 0)
  assert.ok(b.cluster.stats().published.messages - before <= 8, 'not one by one')
})

test('one client of whom there is too much to tell is told of where it is', async t => {
  const hub = memoryBroker({ maxMessageBytes: LITTLE })
  const describe = (/** @type {any} */ { id }) => 'x'.repeat(id === 1 ? LITTLE : 10)
  const [a, b] = (await nodes(t, 2, { hub, options: { describe } })).nodes
  for (let n = 0; n < 4; n++) await clientOf(t, b)
  const log = new Log(b.cluster, ['error'])
  const { found, missing } = await listed(a.cluster)
  assert.deepEqual(
    found.map(({ id }) => id),
    [b.cluster.idOf(0)],
  )
  assert.deepEqual(missing, [b.cluster.id])
  const [[id, { code, message }], ...more] = log.of('error')
  assert.deepEqual([id, code, more], [undefined, 'TLSJSON_MESSAGE_TOO_LONG', []])
  assert.match(message, /The answer is too long/)
})

test('whom a room has asked is told in as many messages as it takes', async t => {
  const hub = memoryBroker({ maxMessageBytes: 300 })
  const [a, b] = (await nodes(t, 2, { hub })).nodes
  const ids = []
  for (let n = 0; n < 90; n++) {
    const { client, local, id } = await clientOf(t, b)
    client.on('request', (/** @type {any} */ _, /** @type {any} */ res) => res.send({ n }))
    b.server.join(local, 'lobby')
    ids.push(id)
  }
  const answers = []
  for await (const { id, answer } of a.cluster.to('lobby').request({}))
    answers.push([id, answer?.n])
  assert.deepEqual(
    answers.sort(([, x], [, y]) => x - y),
    ids.map((id, n) => [id, n]),
  )
  assert.equal(b.cluster.stats().dropped.tooLong, 0)
})

test('an error of a client that is longer than the broker takes is one all the same', async t => {
  const hub = memoryBroker({ maxMessageBytes: LITTLE })
  const config = { extensions: true }
  const [a, b] = (await nodes(t, 2, { hub, config })).nodes
  const { client, id, local } = await clientOf(t, b, config)
  client.on('request', (/** @type {any} */ _, /** @type {any} */ res) =>
    res.error(new Error('x'.repeat(LITTLE))),
  )
  const tooLong = { code: 'TLSJSON_MESSAGE_TOO_LONG', sent: true }
  await assert.rejects(a.cluster.request(id, {}, { timeout: 5000 }), tooLong)
  b.server.join(local, 'lobby')
  for await (const { error } of a.cluster.to('lobby').request({}, { timeout: 5000 })) {
    assert.deepEqual({ code: error.code, sent: error.sent }, tooLong)
  }
})

test('what a broker takes may change', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const { id } = await clientOf(t, b)
  const log = new Log(a.cluster, ['error'])
  let most = 500
  Object.defineProperty(a.broker, 'maxMessageBytes', { get: () => most })
  const message = { text: 'x'.repeat(1000) }
  await assert.rejects(a.cluster.request(id, message, { timeout: 1000 }), {
    code: 'TLSJSON_MESSAGE_TOO_LONG',
    sent: false,
  })
  assert.equal(a.cluster.broadcast(message), 0)
  most = 5000
  assert.equal(a.cluster.broadcast(message), 0)
  assert.deepEqual(
    log.of('error').map(([, { code, message: text }]) => [code, text]),
    [['TLSJSON_MESSAGE_TOO_LONG', 'The broker takes 500 bytes at once']],
  )
  await a.cluster.flush()
})

test('a message as long as the broker takes goes, and none that is one byte longer', async t => {
  const most = 1000
  const [a] = (await nodes(t, 1, { hub: memoryBroker({ maxMessageBytes: most }) })).nodes
  const log = new Log(a.cluster, ['error'])
  const { characters } = a.cluster.stats().published
  a.cluster.broadcast('')
  const header = a.cluster.stats().published.characters - characters
  a.cluster.broadcast('x'.repeat(most - header))
  assert.deepEqual(log.names, [])
  assert.equal(a.cluster.stats().published.characters - characters, header + most)
  a.cluster.broadcast('x'.repeat(most - header + 1))
  assert.deepEqual(log.names, ['error'])
})

test('a page has as many texts as there is room for, and 500 at most', () => {
  const read = (/** @type {string[]} */ texts, /** @type {number} */ room) => {
    const pages = new Pages(texts[Symbol.iterator]())
    const found = []
    for (;;) {
      const { clients, more } = pages.next(room)
      found.push(clients.length)
      assert.ok(clients.length <= 1 || Buffer.byteLength(clients.join(',')) < room)
      if (!more) return found
    }
  }
  assert.deepEqual(read([], 100), [0])
  assert.deepEqual(read(['a'.repeat(9)], 10), [1])
  assert.deepEqual(read(Array(5).fill('a'.repeat(9)), 20), [2, 2, 1])
  assert.deepEqual(read(Array(5).fill('a'.repeat(9)), 19), [1, 1, 1, 1, 1])
  assert.deepEqual(read(Array(4).fill('a'.repeat(9)), 20), [2, 2])
  assert.deepEqual(read(Array(3).fill('€'.repeat(3)), 20), [2, 1])
  assert.deepEqual(read(['a', 'x'.repeat(50), 'b'], 10), [1, 1, 1])
  assert.deepEqual(read(Array(1001).fill('a'), Infinity), [500, 500, 1])
  assert.deepEqual(read(Array(3).fill('x'.repeat(40_000)), Infinity), [1, 1, 1])
  assert.deepEqual(read(Array(4).fill('x'.repeat(32 * 1024 - 1)), Infinity), [2, 2])
})
