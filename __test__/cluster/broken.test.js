'use strict'

// A node that is broken: what it says ends no other, and lets nobody wait for ever.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Log, next } = require('../helpers/events')
const { clientOf, nodes } = require('../helpers/nodes')
const { Writer } = require('../helpers/writer')

/** @typedef {import('node:test').TestContext} TestContext */

/**
 * A node, and somebody by hand whom it takes for another.
 *
 * @param {TestContext} t
 */
async function beside(t) {
  const writer = new Writer()
  await writer.open()
  const [a] = (await nodes(t, 1, { hub: writer.hub })).nodes
  const up = next(a.cluster, 'nodeUp')
  await writer.write(writer.channels.beats, { kind: 'beat', clients: 1, every: 60_000 })
  await up
  const toA = writer.channels.node(a.cluster.id)
  return { writer, a, toA }
}

const broken = ['', 'no JSON', '{"half":', '[']

test('an answer that cannot be read rejects the request', async t => {
  const { writer, a, toA } = await beside(t)
  for (const payload of broken) {
    writer.answer = ({ kind, id }) => {
      if (kind === 'call') writer.write(toA, { kind: 'reply', id }, payload)
    }
    await assert.rejects(a.cluster.request(`${writer.id}:1`, {}), {
      code: 'TLSJSON_INTERNAL',
      sent: true,
    })
  }
  const { answered, failed, lost, pending } = a.cluster.stats().requests
  assert.deepEqual(
    { answered, failed, lost, pending },
    { answered: 0, failed: 0, lost: broken.length, pending: 0 },
  )
  await a.cluster.flush()
})

test('to a room, it is the result of that client', async t => {
  const { writer, a, toA } = await beside(t)
  await writer.broker.subscribe(writer.channels.all)
  writer.answer = ({ kind, id }) => {
    if (kind !== 'call') return
    writer.write(toA, { kind: 'reply', id, who: [1, 2] })
    writer.write(toA, { kind: 'reply', id, of: 1 }, 'no JSON')
    writer.write(toA, { kind: 'reply', id, of: 2 }, '{"ok":true}')
  }
  const results = []
  for await (const { id, answer, error } of a.cluster.to('lobby').request({}))
    results.push([id, answer, error?.code])
  assert.deepEqual(results, [
    [`${writer.id}:1`, undefined, 'TLSJSON_INTERNAL'],
    [`${writer.id}:2`, { ok: true }, undefined],
  ])
})

test('a node whose pages cannot be read, or never end, is missing from the list', async t => {
  const { writer, a, toA } = await beside(t)
  const { id: own } = await clientOf(t, a)
  const pages = [...broken, '7', 'null', '{}', '[]']
  for (const payload of pages) {
    let asked = 0
    writer.answer = ({ kind, id }) => {
      if (kind !== 'call' || ++asked > 20) return
      writer.write(toA, { kind: 'reply', id, more: payload === '[]' || undefined }, payload)
    }
    const list = a.cluster.clients()
    const ids = []
    for await (const { id } of list) ids.push(id)
    assert.deepEqual([ids, list.missing, asked], [[own], [writer.id], 1], payload)
  }
})

/**
 * A node that asks, and two by hand whom it takes for others.
 *
 * @param {TestContext} t
 */
async function besideTwo(t) {
  const { writer, a, toA } = await beside(t)
  await writer.broker.subscribe(writer.channels.all)
  const [x, y] = [writer.id, 'other-00000000']
  const up = next(a.cluster, 'nodeUp')
  await writer.write(writer.channels.beats, { kind: 'beat', clients: 1, every: 60_000, from: y })
  await up
  const leave = (/** @type {string} */ from) =>
    writer.write(writer.channels.beats, { kind: 'left', from })
  const answer = (/** @type {any} */ fields, /** @type {string} */ payload = '') =>
    writer.write(toA, { kind: 'reply', ...fields }, payload)
  /** @type {Promise<number>} */
  const asked = new Promise(resolve => {
    writer.answer = ({ kind, id }) => kind === 'call' && resolve(id)
  })
  return { a, x, y, asked, leave, answer }
}

test('a node that is lost and answers all the same, or twice, is counted once', async t => {
  const { a, x, y, asked, leave, answer } = await besideTwo(t)
  const counted = a.cluster.count()
  const id = await asked
  await leave(x)
  await answer({ id, from: x, count: 5 })
  // Somebody whom nobody knew of, twice.
  const z = 'new-00000000'
  await answer({ id, from: z, count: 7 })
  await answer({ id, from: z, count: 7 })
  await answer({ id, from: y, count: 1 })
  assert.deepEqual(await counted, { clients: 8, missing: [x] })
})

test('a node that has answered and is lost then is not missing', async t => {
  const { a, x, y, asked, leave, answer } = await besideTwo(t)
  const counted = a.cluster.count()
  const id = await asked
  await answer({ id, from: x, count: 5 })
  await leave(x)
  await answer({ id, from: y, count: 1 })
  assert.deepEqual(await counted, { clients: 6, missing: [] })
})

test('a room is asked once: who is lost, or has said all, says nothing more', async t => {
  const { a, x, y, asked, leave, answer } = await besideTwo(t)
  const found = (async () => {
    const results = []
    for await (const { id, node, answer: said, error } of a.cluster.to('lobby').request({}))
      results.push([id ?? node, said ?? error.code])
    return results
  })()
  const id = await asked
  await answer({ id, from: x, who: [1, 2] })
  await answer({ id, from: x, of: 1 }, '"first"')
  await answer({ id, from: x, of: 1 }, '"again"')
  await leave(x)
  await answer({ id, from: x, of: 2 }, '"late"')
  await answer({ id, from: x, who: [1, 3] })
  await answer({ id, from: x, of: 3 }, '"late"')
  await answer({ id, from: y, who: [4] })
  await answer({ id, from: y, of: 4 }, '"last"')
  assert.deepEqual(await found, [
    [`${x}:1`, 'first'],
    [`${x}:2`, 'TLSJSON_NODE_LOST'],
    [`${y}:4`, 'last'],
  ])
})

test('whom a message leaves out is looked at like all else', async t => {
  const { writer, a, toA } = await beside(t)
  const { client, id } = await clientOf(t, a)
  await a.cluster.join(id, 'lobby')
  const log = new Log(client, ['message'])
  const to = writer.channels.room('lobby')
  const before = a.cluster.stats().malformed
  const odd = ['x', ':', `${a.cluster.id}:`, `${a.cluster.id}:x`, `${a.cluster.id}:-1`]
  for (const one of odd) {
    await writer.write(to, { kind: 'room', rooms: ['lobby'], except: [one] }, '{}')
    await writer.write(toA, { kind: 'call', id: 1, act: 'ask', rooms: ['lobby'], except: [one] })
  }
  await writer.write(
    to,
    { kind: 'room', rooms: ['lobby'], except: [`${a.cluster.id}:77`] },
    '{"end":true}',
  )
  await log.reach('message')
  assert.deepEqual(log.of('message'), [[{ end: true }]])
  assert.equal(a.cluster.stats().malformed - before, 2 * odd.length)
})

test('what describe throws ends no process, whatever it is', async t => {
  const { hub } = new Writer()
  for (const thrown of [new DOMException('x', 'AbortError'), undefined, null, 'text', 7]) {
    const describe = () => {
      throw thrown
    }
    const [a, b] = (await nodes(t, 2, { hub, options: { describe, prefix: 'describe' } })).nodes
    await clientOf(t, b)
    const list = a.cluster.clients()
    for await (const client of list) assert.fail(client)
    assert.deepEqual(list.missing, [b.cluster.id])
    assert.deepEqual(b.cluster.stats().errors, { total: 1, unheard: 1 })
    await Promise.all([a.cluster.close(), b.cluster.close()])
  }
})
