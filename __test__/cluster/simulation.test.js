'use strict'

// 100 nodes with a million clients, over a broker that loses one message of a hundred, in virtual time. What it finds is what
// docs/reference/cluster.md says of sizing.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { simulate } = require('../helpers/simulated-nodes')

const NODES = 100
const CLIENTS = 10_000

/** Minutes of virtual time in which nothing happens. */
const QUIET = 4

/**
 * @param {any[]} nodes
 * @returns {{ messages: number, characters: number, beats: number }} received by all of them
 */
function received(nodes) {
  const all = nodes.map(({ cluster }) => cluster.stats())
  const sum = (/** @type {(stats: any) => number} */ of) =>
    all.reduce((total, stats) => total + of(stats), 0)
  return {
    messages: sum(stats => stats.received.messages),
    characters: sum(stats => stats.received.characters),
    beats: sum(stats => stats.beats.received),
  }
}

/** @param {any[]} nodes @returns {any[][]} all that was told of nodes that went, with the node that was told */
const downs = nodes => nodes.flatMap(({ log }) => log.filter(([, event]) => event === 'nodeDown'))

test('100 nodes with a million clients, one message of a hundred lost', async t => {
  const { time, hub, nodes } = simulate(NODES, { clients: CLIENTS, loss: 0.01, seed: 17 })

  // All start at once.
  await time.run(10_000)
  for (const { cluster } of nodes) assert.equal(cluster.nodes.size, NODES - 1)
  const [first] = nodes
  const counted = first.cluster.count(undefined, { timeout: 1000 })
  await time.run(1000)
  const { clients, missing } = await counted
  assert.equal(clients, (NODES - missing.length) * CLIENTS)
  // Lost on the way there or back.
  assert.ok(missing.length < 10, `${missing.length} missing`)

  // Nothing happens.
  const before = received(nodes)
  await time.run(QUIET * 60_000)
  const after = received(nodes)
  const seconds = QUIET * 60 * NODES
  const perNode = {
    messages: (after.messages - before.messages) / seconds,
    characters: (after.characters - before.characters) / seconds,
  }
  t.diagnostic(
    `a node receives ${perNode.messages.toFixed(1)} messages and ${Math.round(perNode.characters)} characters a second`,
  )
  assert.ok(perNode.messages > 20 && perNode.messages < 30, `${perNode.messages} messages/s`)
  assert.ok(perNode.characters < 5000, `${perNode.characters} characters/s`)
  assert.deepEqual(downs(nodes), [], 'nobody was taken for dead')

  // One is killed, one hangs, one leaves.
  const [killed, hung, left, ...others] = nodes
  killed.kill()
  hung.stop()
  const began = time.now
  await Promise.all([left.cluster.close(), time.run(60_000)])
  /** @param {any} node @returns {number[]} after how many milliseconds the others knew */
  const knownAfter = node =>
    others.map(({ log }) => {
      const [at] = log.find(([, event, id]) => event === 'nodeDown' && id === node.cluster.id) ?? []
      return at - began
    })
  for (const [name, node, most] of /** @type {[string, any, number][]} */ ([
    ['killed', killed, 20_000],
    ['hung', hung, 30_000],
    ['left', left, 20_000],
  ])) {
    const times = knownAfter(node).sort((a, b) => a - b)
    const [least = NaN, median = NaN, last = NaN] = [times[0], times[50], times.at(-1)]
    t.diagnostic(`${name}: known after ${least} to ${last} ms, half of the nodes by ${median} ms`)
    assert.ok(last < most, `${name}: ${last} ms`)
  }
  assert.equal(downs(others).length, 3 * others.length, 'and nobody else')

  // The broker is away for a minute.
  hub.stop()
  await time.run(60_000)
  hub.start()
  await time.run(60_000)
  assert.equal(downs(others).length, 3 * others.length)
  for (const { cluster } of others) assert.equal(cluster.nodes.size, NODES - 4)
})

test('the same for one node that hangs for a while: it buries nobody', async () => {
  const { time, nodes } = simulate(NODES, { clients: CLIENTS, loss: 0.01, seed: 18 })
  await time.run(10_000)
  const [hung, ...others] = nodes
  hung.stop()
  await time.run(120_000)
  hung.resume()
  await time.run(30_000)
  assert.deepEqual(downs([hung]), [])
  assert.equal(hung.cluster.nodes.size, NODES - 1)
  for (const { cluster, log } of others) {
    const about = log.filter(([, , id]) => id === hung.cluster.id)
    assert.deepEqual(
      about.map(([, event]) => event),
      ['nodeUp', 'nodeDown', 'nodeUp'],
    )
    assert.equal(cluster.nodes.size, NODES - 1)
  }
})
