'use strict'

// Lists that other nodes read half, and leave.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { clock, kClock } = require('../../lib/cluster/clock')
const { clientOf, nodes } = require('../helpers/nodes')
const { Writer } = require('../helpers/writer')

/** @typedef {import('node:test').TestContext} TestContext */

/** Lists that a node keeps for others, and for how long. */
const LISTS = 256
const LIST_TIME = 60_000

/**
 * A node with two clients, of whom only one fits on a page, and somebody by hand who asks it for pages.
 *
 * @param {TestContext} t
 */
async function reading(t) {
  const writer = new Writer()
  await writer.open()
  /** What was to happen after the time of a list. @type {Set<() => void>} */
  const due = new Set()
  const slow = {
    ...clock,
    setTimeout: (/** @type {() => void} */ act, /** @type {number} */ ms) => {
      if (ms !== LIST_TIME) return clock.setTimeout(act, ms)
      due.add(act)
      return act
    },
    clearTimeout: (/** @type {any} */ timer) => {
      if (!due.delete(timer)) clock.clearTimeout(timer)
    },
  }
  const options = { [kClock]: slow, describe: () => 'x'.repeat(40_000) }
  const [a] = (await nodes(t, 1, { hub: writer.hub, options })).nodes
  for (let n = 0; n < 2; n++) await clientOf(t, a)
  const toA = writer.channels.node(a.cluster.id)
  let last = 0
  const tell = async (/** @type {any} */ header) => {
    await writer.write(toA, header)
    await writer.broker.flush()
  }
  /** @param {number} [list] @returns {Promise<any>} the answer */
  const page = async list => {
    const id = ++last
    await tell({ kind: 'call', id, act: 'page', page: list })
    const { kind, more, error } = writer.heard.find(heard => heard.id === id)
    return { id, said: kind === 'fail' ? error.code : more === true ? 'more' : 'end' }
  }
  return { a, due, page, tell, writer }
}

test('what is left half read is forgotten when it is said so, or the node goes', async t => {
  const { due, page, tell, writer } = await reading(t)
  const { id, said } = await page()
  assert.deepEqual([said, due.size], ['more', 1])
  await tell({ kind: 'drop', id })
  assert.equal(due.size, 0)
  assert.equal((await page(id)).said, 'TLSJSON_NODE_LOST')
  await writer.write(writer.channels.beats, { kind: 'beat', clients: 1, every: 60_000 })
  const next = await page()
  await writer.write(writer.channels.beats, { kind: 'left' })
  assert.equal(due.size, 0)
  assert.equal((await page(next.id)).said, 'TLSJSON_NODE_LOST')
})

test('a list that is read to its end is kept no longer', async t => {
  const { due, page } = await reading(t)
  const { id } = await page()
  assert.equal((await page(id)).said, 'end')
  assert.equal(due.size, 0)
  assert.equal((await page(id)).said, 'TLSJSON_NODE_LOST')
})

test('of too many lists the oldest is forgotten, and each after its time', async t => {
  const { a, due, page } = await reading(t)
  const first = await page()
  const second = await page()
  for (let n = 2; n < LISTS; n++) await page()
  assert.equal(due.size, LISTS)
  await page()
  assert.equal(due.size, LISTS)
  assert.equal((await page(first.id)).said, 'TLSJSON_NODE_LOST')
  assert.equal((await page(second.id)).said, 'end')
  for (const act of [...due]) {
    due.delete(act)
    act()
  }
  assert.equal((await page(LISTS)).said, 'TLSJSON_NODE_LOST')
  await page()
  assert.equal(due.size, 1)
  await a.cluster.close()
  assert.equal(due.size, 0)
})
