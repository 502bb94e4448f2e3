'use strict'

// Which nodes there are, and when one is taken for dead. In virtual time.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { simulate } = require('../helpers/simulated-nodes')

/** @param {any} node @returns {string[]} whom it knows */
const known = node => [...node.cluster.nodes.keys()].sort()

/** @param {any} node @param {any} other @returns {any[]} what it was told of the other */
const told = (node, other) =>
  node.log.filter(([, , id]) => id === other.cluster.id).map(([, ...rest]) => rest)

/** @param {any[]} nodes @returns {string[]} */
const ids = nodes => nodes.map(({ cluster }) => cluster.id).sort()

test('nodes hear of one another at once, with their number of clients and their info', async () => {
  const { time, nodes } = simulate(3, { clients: 7, options: { info: { zone: 'eu' } } })
  await time.run(50)
  for (const node of nodes)
    assert.deepEqual(known(node), ids(nodes.filter(other => other !== node)))
  const [a, b] = nodes
  assert.equal(b.log.length, 2)
  const { id, clients, draining, info, seen } = b.cluster.nodes.get(a.cluster.id)
  assert.deepEqual(
    { id, clients, draining, info },
    { id: a.cluster.id, clients: 7, draining: false, info: { zone: 'eu' } },
  )
  assert.ok(seen <= time.now && seen > time.now - 50)
  a.link.size = 8
  await time.run(2300)
  assert.equal(b.cluster.nodes.get(a.cluster.id).clients, 8)
})

test('one that comes later knows the others at once, and they it', async () => {
  const { time, hub, nodes } = simulate(2)
  await time.run(10_000)
  const { SimulatedNode } = require('../helpers/simulated-nodes')
  const late = new SimulatedNode(time, hub, { name: 'late' }, 0)
  await time.run(20)
  assert.deepEqual(known(late), ids(nodes))
  assert.deepEqual(told(nodes[0], late), [['nodeUp', late.cluster.id]])
})

test('one that closes is told of at once', async () => {
  const { time, nodes } = simulate(3)
  const [a, b, c] = nodes
  await time.run(50)
  await Promise.all([a.cluster.close(), time.run(10)])
  for (const node of [b, c]) {
    assert.deepEqual(told(node, a).at(-1), ['nodeDown', a.cluster.id, 'left'])
    assert.equal(node.cluster.nodes.size, 1)
  }
  assert.equal(a.log.filter(([, event]) => event === 'nodeDown').length, 0)
})

test('one whose process is killed is gone as soon as two of its beats are missed', async () => {
  const { time, nodes } = simulate(3)
  const [a, b] = nodes
  await time.run(50)
  a.kill()
  const killed = time.now
  await time.run(20_000)
  const [at, event, id, reason] = b.log.at(-1)
  assert.deepEqual([event, id, reason], ['nodeDown', a.cluster.id, 'gone'])
  assert.ok(at - killed > 2000 && at - killed < 8000, `after ${at - killed} ms`)
})

test('one that hangs is silent after the time-out, and there again when it goes on', async () => {
  const { time, nodes } = simulate(3)
  const [a, b, c] = nodes
  await time.run(5000)
  a.stop()
  const stopped = time.now
  await time.run(30_000)
  const [at] = b.log.at(-1)
  assert.deepEqual(told(b, a).at(-1), ['nodeDown', a.cluster.id, 'silent'])
  assert.ok(at - stopped > 7000 && at - stopped < 14_500, `after ${at - stopped} ms`)
  b.cluster.send(a.cluster.idOf(0), { to: 'nobody' })
  a.resume()
  await time.run(20_000)
  assert.deepEqual(told(b, a).at(-1), ['nodeUp', a.cluster.id])
  assert.deepEqual(b.cluster.stats().errors, { total: 1, unheard: 1 })
  b.cluster.send(a.cluster.idOf(0), { there: 'again' })
  assert.equal(b.cluster.stats().errors.total, 1)
  // It hung itself, and took nobody else for dead for that.
  assert.equal(a.log.filter(([, event]) => event === 'nodeDown').length, 0)
  assert.deepEqual(known(a), ids([b, c]))
  assert.equal(a.cluster.stats().lateLooks, 1)
})

test('one that hung takes nobody for dead, though the broker has dropped what was for it', async () => {
  const { time, nodes, network } = simulate(5)
  const [a] = nodes
  await time.run(5000)
  a.stop()
  await time.run(60_000)
  a.resume({ lost: true })
  // Its next look is over before it hears of anybody.
  network.loses = text => text.includes('"beat"')
  await time.run(3000)
  network.loses = () => false
  await time.run(20_000)
  assert.equal(a.log.filter(([, event]) => event === 'nodeDown').length, 0)
  assert.equal(a.cluster.nodes.size, 4)
})

test('a broker that hangs makes nobody dead, though what it had got lost', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { time, hub, nodes, network } = simulate(5, { seed })
    await time.run(5000)
    hub.hang()
    await time.run(60_000)
    network.loss = 1
    hub.resume()
    await time.run(1)
    network.loss = 0
    await time.run(20_000)
    for (const { log } of nodes) {
      assert.equal(log.filter(([, event]) => event === 'nodeDown').length, 0)
    }
  }
})

test('a broker that hangs makes nobody dead', async () => {
  const { time, hub, nodes } = simulate(4)
  await time.run(5000)
  hub.hang()
  await time.run(60_000)
  hub.resume()
  await time.run(30_000)
  for (const node of nodes) {
    assert.equal(node.log.filter(([, event]) => event === 'nodeDown').length, 0)
    assert.equal(node.cluster.nodes.size, 3)
  }
})

test('a broker that was away gives everybody time to come back; who does not is silent', async () => {
  const { time, hub, nodes } = simulate(4)
  const [a, ...others] = nodes
  await time.run(5000)
  hub.stop()
  await time.run(60_000)
  a.kill()
  for (const node of others) assert.equal(node.cluster.nodes.size, 3)
  hub.start()
  const back = time.now
  await time.run(9000)
  for (const node of others) assert.equal(node.cluster.nodes.size, 3)
  await time.run(9000)
  for (const node of others) {
    assert.deepEqual(known(node), ids(others.filter(other => other !== node)))
    assert.ok(node.log.at(-1)[0] - back >= 9000)
    assert.equal(node.log.filter(([, event]) => event === 'nodeDown').length, 1)
  }
})

test('a node that found nobody is asked whether it is there, and gone if it is not', async () => {
  const { time, nodes } = simulate(2, {
    options: { heartbeatInterval: 60_000, heartbeatTimeout: 600_000 },
  })
  const [a, b] = nodes
  await time.run(5000)
  a.kill()
  await time.run(10)
  const asked = b.cluster.request(a.cluster.idOf(1), {}).catch((/** @type {any} */ error) => error)
  await time.run(10)
  const { code, sent } = await asked
  assert.deepEqual({ code, sent }, { code: 'TLSJSON_NOT_CONNECTED', sent: false })
  assert.equal(b.cluster.nodes.size, 1)
  await time.run(70_000)
  assert.deepEqual(told(b, a).at(-1), ['nodeDown', a.cluster.id, 'gone'])
})

test('one that says anything is there, though its beats get lost', async () => {
  const { time, nodes, network } = simulate(2)
  const [a, b] = nodes
  await time.run(5000)
  network.loses = text => text.includes('"beat"') && text.includes(a.cluster.id)
  for (let second = 0; second < 60; second++) {
    a.cluster.send(b.cluster.idOf(0), { second })
    await time.run(1000)
  }
  assert.equal(b.cluster.nodes.size, 1)
  await time.run(20_000)
  assert.deepEqual(told(b, a).at(-1), ['nodeDown', a.cluster.id, 'silent'])
})

test('one whose server is shut down says so, and goes when that is over', async () => {
  const { time, nodes } = simulate(2)
  const [a, b] = nodes
  await time.run(5000)
  let over = () => {}
  a.link.watcher.shutdown(new Promise(resolve => (over = () => resolve(undefined))))
  await time.run(5)
  assert.equal(b.cluster.nodes.get(a.cluster.id).draining, true)
  await time.run(60_000)
  assert.equal(b.cluster.nodes.get(a.cluster.id).draining, true)
  over()
  await time.run(5)
  assert.deepEqual(told(b, a).at(-1), ['nodeDown', a.cluster.id, 'left'])
})

test('nodes with other intervals live together', async () => {
  const { time, hub, nodes } = simulate(2, {
    options: { heartbeatInterval: 500, heartbeatTimeout: 1000 },
  })
  const { SimulatedNode } = require('../helpers/simulated-nodes')
  const slow = { heartbeatInterval: 10_000, heartbeatTimeout: 50_000, name: 'slow' }
  nodes.push(new SimulatedNode(time, hub, slow, 0))
  await time.run(300_000)
  for (const node of nodes) {
    assert.equal(node.cluster.nodes.size, 2)
    assert.equal(node.log.length, 2)
  }
})
