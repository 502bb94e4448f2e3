'use strict'

// What can be seen of a cluster from outside.

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const { test } = require('node:test')

const { Watch } = require('../helpers/events')
const { clientOf, nodes } = require('../helpers/nodes')

/**
 * What the channels publish during a test.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} names without their beginning
 * @returns {[string, any][]}
 */
function listen(t, names) {
  /** @type {[string, any][]} */
  const seen = []
  for (const name of names) {
    const listener = (/** @type {any} */ message) => void seen.push([name, message])
    subscribe(`tls-json:cluster:${name}`, listener)
    t.after(() => unsubscribe(`tls-json:cluster:${name}`, listener))
  }
  return seen
}

test('a request has the same id at both nodes', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const { client, id, local } = await clientOf(t, b)
  const names = ['request-start', 'request-settle', 'serve-start', 'serve-end']
  const seen = listen(t, names)
  client.on('request', (/** @type {any} */ _, /** @type {any} */ res) => res.send({ ok: true }))
  await a.cluster.request(id, {})
  await assert.rejects(a.cluster.request(b.cluster.idOf(99), {}))
  assert.deepEqual(
    seen.map(([name]) => name),
    [
      'request-start',
      'serve-start',
      'serve-end',
      'request-settle',
      'request-start',
      'request-settle',
    ],
  )
  const [[, start], [, serve], [, served], [, settle], , [, lost]] = /** @type {any} */ (seen)
  assert.match(start.requestId, new RegExp(`^${a.cluster.id}#[0-9]+$`))
  for (const { requestId } of [serve, served, settle]) assert.equal(requestId, start.requestId)
  assert.deepEqual(
    [start.id, serve.id, start.cluster, serve.cluster],
    [id, local, a.cluster, b.cluster],
  )
  assert.equal(settle.outcome, 'answered')
  assert.ok(settle.duration > 0 && settle.duration < 60_000)
  assert.equal(lost.outcome, 'lost')
  // Who prints a message prints no server, and no password.
  assert.deepEqual(Object.keys(start), ['requestId', 'id'])
})

test('what happens to broker and nodes is published, and counted', async t => {
  const seen = listen(t, ['up', 'down', 'node-up', 'node-down', 'error'])
  const { hub, nodes: both } = await nodes(t, 2)
  const [a, b] = both
  const of = (/** @type {any} */ cluster) =>
    seen
      .filter(([, message]) => message.cluster === cluster)
      .map(([name, { node, reason, id, error }]) => [
        name,
        reason ?? error?.code ?? error?.message ?? node?.id ?? id,
      ])
  const watch = new Watch()
  const timer = setInterval(() => watch.changed(), 5)
  t.after(() => clearInterval(timer))
  await watch.until(
    () => a.cluster.nodes.size === 1 && b.cluster.nodes.size === 1,
    'both are known',
  )
  a.cluster.send(a.cluster.idOf(99), {})
  hub.stop()
  hub.start()
  await b.cluster.close()
  await watch.until(() => a.cluster.nodes.size === 0, 'b has left')
  assert.deepEqual(of(a.cluster), [
    ['up', undefined],
    ['node-up', b.cluster.id],
    ['error', 'TLSJSON_NOT_CONNECTED'],
    ['down', 'the broker was stopped'],
    ['up', undefined],
    ['node-down', 'left'],
  ])
  const stats = a.cluster.stats()
  assert.deepEqual(stats.nodes, { known: 0, up: 1, left: 1, gone: 0, silent: 0 })
  assert.deepEqual(stats.broker, { up: 2, down: 1 })
  assert.deepEqual(stats.errors, { total: 1, unheard: 1 })
})

test('stats count what was sent and received, and are new objects', async t => {
  const [a, b] = (await nodes(t, 2)).nodes
  const { client, id } = await clientOf(t, b)
  client.on('request', (/** @type {any} */ _, /** @type {any} */ res) => res.send({ ok: true }))
  await a.cluster.request(id, {})
  const before = [a.cluster.stats(), b.cluster.stats()]
  const [{ published }, { received }] = before
  for (let at = 0; at < 10; at++) a.cluster.send(id, { at })
  await a.cluster.request(id, { last: true })
  const [sent, got] = [a.cluster.stats(), b.cluster.stats()]
  assert.ok(sent.published.messages >= published.messages + 11)
  assert.ok(got.received.messages >= received.messages + 11)
  assert.ok(sent.published.characters > published.characters + 11 * 50)
  assert.deepEqual(sent.requests, {
    sent: 2,
    answered: 2,
    failed: 0,
    timedOut: 0,
    aborted: 0,
    lost: 0,
    served: 0,
    pending: 0,
    serving: 0,
  })
  assert.equal(got.requests.served, 2)
  assert.equal(sent.connected, true)
  assert.ok(sent.beats.sent >= 1 && got.beats.received >= 1)
  assert.equal(before[0].requests.sent, 1)
  sent.requests.sent = 99
  assert.equal(a.cluster.stats().requests.sent, 2)
})
