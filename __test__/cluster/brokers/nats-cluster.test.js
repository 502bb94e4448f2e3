'use strict'

/**
 * Three NATS servers that know one another, one of which is lost.
 */

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { more, subjects } = require('../../helpers/broker-subjects')
const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { freePort } = require('../../helpers/free-port')
const { clientAt, nodeProcesses } = require('../../helpers/node-processes')

/**
 * @param {import('node:test').TestContext} t
 * @param {import('../../../scripts/brokers').BrokerName} name
 * @returns {Promise<import('../../helpers/brokers').BrokerProcess[]>}
 */
async function threeServers(t, name) {
  const ports = [await freePort(), await freePort(), await freePort()]
  const routes = ports.map(port => `nats://127.0.0.1:${port}`).join(', ')
  return Promise.all(
    ports.map((port, at) =>
      startBroker(t, name, {
        config: `server_name: s${at}
          cluster { name: three, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
      }),
    ),
  )
}

for (const { name: subject, server } of [...subjects.slice(0, 2), ...more.slice(0, 2)]) {
  test(`${subject}: one of three servers is lost`, { skip: withoutBrokers }, async t => {
    const servers = await threeServers(t, server)
    const [lost] = servers
    assert.ok(lost)
    // Each node is given one of them; of the others it hears from that.
    const [a, b, c] = await nodeProcesses(t, 3, {
      subject,
      url: servers.map(({ url }) => url),
      options: { heartbeatTimeout: 10_000 },
    })
    const clients = [await clientAt(t, a), await clientAt(t, b), await clientAt(t, c)]
    for (const { id } of clients) await b.ask('cluster.join', id, 'room')
    for (const { client } of clients) {
      client.on('request', (/** @type {any} */ { n }, /** @type {any} */ res) => res.send({ n }))
    }
    await lost.kill()
    await a.hears('down')
    await a.until(() => a.of('up').length === 2, 'a is connected to another')
    // The interest of a has to get from its new server to the others.
    for (let n = 0; ; n++) {
      const answer = await b
        .ask('cluster.request', clients[0]?.id, { n }, { timeout: 1000 })
        .catch((/** @type {any} */ error) => error)
      if (answer.n === n) break
      assert.match(answer.code, /NOT_CONNECTED|TIMEOUT/)
    }
    await a.ask('toRoom', 'room', { from: 'a' })
    await c.ask('toRoom', 'room', { from: 'c' })
    for (const client of clients) {
      const messages = await client.gets(2)
      assert.deepEqual(messages.map(({ from }) => from).sort(), ['a', 'c'])
    }
    assert.deepEqual(await c.ask('cluster.count'), { clients: 3, missing: [] })
    // Those whose server was not lost have noticed nothing.
    assert.deepEqual([...b.of('down'), ...c.of('down')], [])
    for (const node of [a, b, c]) assert.deepEqual(node.of('nodeDown'), [])
  })
}
