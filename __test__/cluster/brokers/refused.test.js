'use strict'

/**
 * Brokers that do not let a user subscribe to everything: what is allowed goes on, also over a new connection.
 */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')

const { openBroker, subjects } = require('../../helpers/broker-subjects')
const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { temporaryFolder } = require('../../helpers/cleanup')
const { Log, next } = require('../../helpers/events')
const { clientOf, node } = require('../../helpers/nodes')

/** @typedef {import('node:test').TestContext} TestContext */

/** @param {string[]} channels @returns {string} the configuration of a NATS server */
const forNats = channels => `authorization { users [
  { user: all, password: p }
  { user: u, password: p, permissions: { publish: ">", subscribe: [${channels.map(each => `"${each}"`)}, "_INBOX.>"] } }
] }`

/** @param {string[]} channels @returns {string} the file of users of a Redis server */
const forRedis = channels =>
  `user default on nopass ~* &* +@all
user u on >p ~* +@all resetchannels ${channels.map(each => `&${each.replace('>', '*')}`).join(' ')}
`

/** What docs/guide/many-machines.md says that a user has to be allowed. */
const LEAST_NATS = `authorization { users [ { user: u, password: p, permissions: {
  publish: ["tls-json.>"], subscribe: ["tls-json.>", "_INBOX.>"] } } ] }`
const LEAST_REDIS = `user default off
user u on >p resetkeys resetchannels &tls-json.* -@all +publish +subscribe +unsubscribe +ping +info
`

/**
 * A broker that lets its user `u` subscribe to these channels alone.
 *
 * @param {TestContext} t
 * @param {import('../../helpers/broker-subjects').Subject} subject
 * @param {string[]} channels
 */
async function strict(t, { server, make }, channels) {
  const folder = temporaryFolder(t)
  const isNats = server.startsWith('nats')
  const file = path.join(folder, 'users')
  const allow = (/** @type {string[]} */ now) =>
    fs.writeFileSync(file, isNats ? forNats(now) : forRedis(now))
  allow(channels)
  const args = isNats ? ['-c', file] : ['--aclfile', file]
  const broker = await startBroker(t, server, { args })
  const { url } = broker
  const connect = () =>
    isNats ? make(url, { user: 'u', pass: 'p' }) : make(url.replace('://', '://u:p@'))
  const free = () => (isNats ? make(url, { user: 'all', pass: 'p' }) : make(url))
  return { broker, connect, free, allow }
}

for (const subject of subjects) {
  describe(subject.name, { skip: withoutBrokers, concurrency: false }, () => {
    test('what was refused once is no hindrance for the next connection', async t => {
      const { broker, connect, free } = await strict(t, subject, ['a', 'b'])
      const ear = await openBroker(t, connect(), ['a', 'b'])
      await assert.rejects(async () => ear.broker.subscribe('c'), /permission|NOPERM/i)
      await broker.kill()
      await ear.hears('down')
      await broker.start()
      await ear.hears('up', 2)
      const other = await openBroker(t, free())
      for (const channel of ['a', 'c', 'b']) other.broker.publish(channel, channel)
      await ear.hears('message', 2)
      assert.deepEqual(ear.texts, ['a', 'b'])
      assert.deepEqual(ear.of('error'), [])
    })

    test('what is refused at a new connection is told, and the rest is subscribed to', async t => {
      const { broker, connect, free, allow } = await strict(t, subject, ['a', 'b', 'c'])
      const ear = await openBroker(t, connect(), ['a', 'b'])
      await broker.kill()
      await ear.hears('down')
      // Without a connection nobody can be asked.
      await ear.broker.subscribe('c')
      allow(['b', 'd'])
      await broker.start()
      await ear.hears('up', 2)
      const told = ear.of('error').map(([error, channel]) => [error instanceof Error, channel])
      assert.deepEqual(told.sort(), [
        [true, 'a'],
        [true, 'c'],
      ])
      const names = ear.entries.map(([name]) => name)
      assert.ok(names.lastIndexOf('error') < names.lastIndexOf('up'), names.join())
      const other = await openBroker(t, free())
      await ear.broker.subscribe('d')
      for (const channel of ['a', 'b', 'c', 'd']) other.broker.publish(channel, channel)
      await ear.hears('message', 2)
      assert.deepEqual(ear.texts, ['b', 'd'])
    })

    test('a cluster says which room its broker does not allow', async t => {
      const hall = ['tls-json.all', 'tls-json.beats', 'tls-json.node.>', 'tls-json.room.hall']
      const { connect } = await strict(t, subject, hall)
      const [a, b] = [await node(t, { connect }, { name: 'a' }), await node(t, { connect })]
      await Promise.all([a.cluster.ready(), b.cluster.ready()])
      if (a.cluster.nodes.size === 0) await next(a.cluster, 'nodeUp')
      const log = new Log(b.cluster, ['error'])
      const { id, client } = await clientOf(t, b)
      for (const { cluster } of [a, b]) {
        await assert.rejects(cluster.join(id, 'lobby'), ({ code, sent, message }) => {
          assert.match(message, /channel tls-json\.room\.lobby of the room "lobby" \(.*(perm)/is)
          return code === 'TLSJSON_BROKER_REFUSED' && sent === false
        })
        assert.deepEqual([...b.server.rooms.keys()], [])
        await cluster.join(id, 'hall')
        const heard = next(client, 'message')
        a.cluster.to('hall').send({ in: 'hall' })
        await heard
        await cluster.leave(id, 'hall')
      }
      assert.deepEqual(log.names, [])
    })

    test('what the guide says is enough for a cluster', async t => {
      const folder = temporaryFolder(t)
      const file = path.join(folder, 'users')
      const isNats = subject.server.startsWith('nats')
      fs.writeFileSync(file, isNats ? LEAST_NATS : LEAST_REDIS)
      const args = isNats ? ['-c', file] : ['--aclfile', file]
      const { url } = await startBroker(t, subject.server, { args })
      const connect = () =>
        isNats
          ? subject.make(url, { user: 'u', pass: 'p' })
          : subject.make(url.replace('://', '://u:p@'))
      const [a, b] = [await node(t, { connect }, { name: 'a' }), await node(t, { connect })]
      const logs = [a, b].map(({ cluster }) => new Log(cluster, ['error', 'down']))
      await Promise.all([a.cluster.ready(), b.cluster.ready()])
      if (a.cluster.nodes.size === 0) await next(a.cluster, 'nodeUp')
      const { id, client } = await clientOf(t, b)
      await a.cluster.join(id, 'lobby')
      const heard = next(client, 'message')
      a.cluster.to('lobby').send({ in: 'lobby' })
      await heard
      await a.cluster.leave(id, 'lobby')
      // Also that nobody listens is known.
      await assert.rejects(a.cluster.request('node-00000000:1', {}), {
        code: 'TLSJSON_NOT_CONNECTED',
        sent: false,
      })
      for (const { names } of logs) assert.deepEqual(names, [])
    })

    test('a cluster without its own channels says so', async t => {
      const { connect } = await strict(t, subject, ['tls-json.all', 'tls-json.node.>'])
      const { cluster } = await node(t, { connect })
      await assert.rejects(cluster.ready(), {
        code: 'TLSJSON_BROKER_REFUSED',
        message: /channel tls-json\.beats \(/,
      })
    })
  })
}
