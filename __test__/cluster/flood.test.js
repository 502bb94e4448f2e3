'use strict'

// Somebody at the broker who makes up nodes: what one keeps of others has a bound, and those who are there are seen.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Log, next } = require('../helpers/events')
const { clientOf, nodes } = require('../helpers/nodes')
const { SimulatedNode, simulate } = require('../helpers/simulated-nodes')
const { Writer } = require('../helpers/writer')

const MADE_UP = 100_000
const MOST = 1000

/** @param {number} at @returns {string} the id of a node that does not exist */
const madeUp = at => `made-up-${at.toString(16).padStart(8, '0')}`

/** @param {any} header @param {string} [payload] */
const text = (header, payload) => JSON.stringify({ v: 1, ...header }) + `\n${payload ?? ''}`

/**
 * Three nodes in virtual time, and somebody who says for nodes that do not exist that they are there.
 *
 * @param {number} count
 * @param {any} [fields] of the beats
 */
async function flooded(count, fields) {
  const { time, hub, nodes: real } = simulate(3)
  await time.run(5000)
  const broker = hub.connect()
  const opened = broker.open(
    { message() {}, up() {}, down() {}, undelivered() {}, drain() {} },
    { maxBufferedBytes: Infinity },
  )
  await time.run(5)
  await opened
  for (let at = 0; at < count; at++) {
    const beat = { kind: 'beat', from: madeUp(at), clients: 1, every: 3_600_000, ...fields }
    broker.publish('tls-json.beats', text(beat))
  }
  await time.run(5)
  return { time, hub, real }
}

/** @param {any} node @returns {string[]} the nodes that it knows and that exist */
const known = node => [...node.cluster.nodes.keys()].filter(id => !id.startsWith('made-up')).sort()

test('of 100,000 made-up nodes a bounded number is kept, and made to go, and real ones are seen', async () => {
  const { time, hub, real } = await flooded(MADE_UP)
  const others = (/** @type {any} */ node) =>
    real
      .filter(other => other !== node)
      .map(({ cluster }) => cluster.id)
      .sort()
  for (const node of real) {
    const { nodes: counts, beats } = node.cluster.stats()
    assert.equal(counts.known, MOST)
    assert.equal(beats.refused, MADE_UP - (MOST - 2))
    assert.deepEqual(known(node), others(node))
  }
  const late = new SimulatedNode(time, hub, { name: 'late' }, 0)
  await time.run(200_000)
  real.push(late)
  for (const node of real) {
    assert.deepEqual([...node.cluster.nodes.keys()].sort(), others(node))
    const ofReal = node.log.filter(
      ([, event, id]) => event === 'nodeDown' && !id.startsWith('made'),
    )
    assert.deepEqual(ofReal, [])
  }
  const [{ cluster }] = /** @type {[any]} */ (/** @type {any} */ (real))
  const { gone, silent, left } = cluster.stats().nodes
  assert.deepEqual({ gone, silent, left }, { gone: MOST - 2, silent: 0, left: 0 })
})

test('who says hello is answered once at a time, and who is not taken notice of not at all', async () => {
  const { real, time } = await flooded(5 * MOST, { hello: true })
  const [a] = real
  const before = a?.cluster.stats().beats.sent
  await time.run(1900)
  const answers = a?.cluster.stats().beats.sent - before
  assert.ok(answers <= MOST + 2, `${answers} answers`)
})

test('a node that says hello again and again is answered once at a time', async t => {
  const writer = new Writer()
  await writer.open()
  const [a] = (await nodes(t, 1, { hub: writer.hub })).nodes
  const up = next(a.cluster, 'nodeUp')
  const hello = { kind: 'beat', clients: 1, every: 60_000, hello: true }
  for (let at = 0; at < 1000; at++) writer.write(writer.channels.beats, hello)
  await up
  await writer.broker.flush()
  while (writer.heard.length === 0) await a.cluster.flush()
  assert.ok(writer.heard.length < 10, `${writer.heard.length} answers`)
})

test('what a node says of itself is not kept if it is longer than it may be', async t => {
  const writer = new Writer()
  await writer.open()
  const [a] = (await nodes(t, 1, { hub: writer.hub })).nodes
  const beat = { kind: 'beat', clients: 1, every: 60_000 }
  await writer.write(writer.channels.beats, { ...beat, info: { zone: 'x'.repeat(2000) } })
  const peer = a.cluster.nodes.get(writer.id)
  assert.equal(peer.info, undefined)
  await writer.write(writer.channels.beats, { ...beat, info: { zone: 'eu' } })
  assert.deepEqual(peer.info, { zone: 'eu' })
})

test('of messages to rooms the last ones are remembered, so that no copy of them comes twice', async t => {
  const writer = new Writer()
  await writer.open()
  const [a] = (await nodes(t, 1, { hub: writer.hub })).nodes
  const { client, id } = await clientOf(t, a)
  await a.cluster.join(id, 'lobby')
  const log = new Log(client, ['message'])
  const send = (/** @type {string} */ from, /** @type {number} */ seq) =>
    writer.broker.publish(
      writer.channels.room('lobby'),
      text({ kind: 'room', rooms: ['lobby', 'hall'], from, seq }, JSON.stringify({ from, seq })),
    )
  const x = madeUp(0)
  const y = madeUp(1)
  const sent = [x, x, y, x, y]
  // Two copies each; the second of x comes behind something of another node.
  for (const [at, from] of sent.entries()) send(from, [1, 1, 1, 1, 2][at] ?? 0)
  await writer.broker.flush()
  await log.reach('message', 3)
  assert.deepEqual(log.of('message').flat(), [
    { from: x, seq: 1 },
    { from: y, seq: 1 },
    { from: y, seq: 2 },
  ])
  // Nobody there is the more for it.
  await a.cluster.leave(id, 'lobby')
  await a.cluster.join(id, 'hall')
  const { errors } = a.cluster.stats()
  const room = writer.channels.room('hall')
  for (let at = 2; at < MADE_UP; at++) {
    const header = { kind: 'room', rooms: ['x', 'y'], from: madeUp(at), seq: 1 }
    writer.broker.publish(room, text(header, '{}'))
    if (at % 1000 === 0) await writer.broker.flush()
  }
  writer.broker.publish(
    room,
    text({ kind: 'room', rooms: ['hall', 'y'], from: x, seq: 1 }, '{"forgotten":true}'),
  )
  await log.reach('message', 4)
  assert.deepEqual(log.of('message').at(-1), [{ forgotten: true }])
  assert.deepEqual(a.cluster.stats().errors, errors)
})

test('of nodes that are gone the last are remembered', async t => {
  const writer = new Writer()
  await writer.open()
  const [a] = (await nodes(t, 1, { hub: writer.hub })).nodes
  const log = new Log(a.cluster, ['error'])
  for (let at = 0; at <= MOST; at++) {
    writer.broker.publish(writer.channels.beats, text({ kind: 'left', from: madeUp(at) }))
  }
  await writer.broker.flush()
  a.cluster.send(`${madeUp(1)}:0`, {})
  a.cluster.send(`${madeUp(MOST)}:0`, {})
  a.cluster.send(`${madeUp(0)}:0`, {})
  assert.deepEqual(
    log.of('error').map(([id, { code }]) => [id, code]),
    [madeUp(1), madeUp(MOST)].map(id => [`${id}:0`, 'TLSJSON_NOT_CONNECTED']),
  )
})

test('no answers of nodes that nobody has asked are kept beyond a number', async t => {
  const writer = new Writer()
  await writer.open()
  await writer.broker.subscribe(writer.channels.all)
  const [a] = (await nodes(t, 1, { hub: writer.hub })).nodes
  await writer.write(writer.channels.beats, { kind: 'beat', clients: 1, every: 60_000 })
  const toA = writer.channels.node(a.cluster.id)
  writer.answer = ({ kind, id }) => {
    if (kind !== 'call') return
    for (let at = 0; at < 10 * MOST; at++) {
      writer.broker.publish(toA, text({ kind: 'reply', id, from: madeUp(at), count: 1 }))
    }
    writer.write(toA, { kind: 'reply', id, count: 1 })
  }
  const { clients } = await a.cluster.count()
  assert.ok(clients <= MOST + 1, `${clients}`)
})
