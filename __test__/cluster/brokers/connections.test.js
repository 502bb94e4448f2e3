'use strict'

/**
 * Connections to brokers: those of users, and those that cannot be made.
 */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')

const { Ear, openBroker, subjects } = require('../../helpers/broker-subjects')
const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { freePort } = require('../../helpers/free-port')
const certificates = require('../../helpers/certificates')
const { temporaryFolder } = require('../../helpers/cleanup')
const { copyPackage } = require('../../helpers/copy')
const { Log, elapsed } = require('../../helpers/events')
const { node } = require('../../helpers/nodes')
const { start } = require('../../helpers/program')
const { directory } = require('../../helpers/subject')
const { nats, redis } = require('../../../lib/cluster')

for (const { name, server, connect, make, use } of subjects) {
  describe(name, { skip: withoutBrokers, concurrency: false }, () => {
    test("a user's connection is used, and left to the user", async t => {
      const { url } = await startBroker(t, server)
      const { client, end } = await connect(url)
      t.after(end)
      const one = await openBroker(t, use(client), ['all'])
      const other = await openBroker(t, make(url), ['all'])
      one.broker.publish('all', 'from one')
      one.broker.publish('all', 'tagged', 'tag')
      await other.hears('message', 2)
      other.broker.publish('all', 'from other')
      await one.hears('message')
      // Nothing of its own comes back, though the connection may be one where it does.
      assert.deepEqual([one.texts, other.texts], [['from other'], ['from one', 'tagged']])
      assert.deepEqual(one.of('undelivered'), [])
      one.broker.publish('nobody', 'is there')
      one.broker.publish('nobody', 'is there', 'tag')
      assert.deepEqual(await one.hears('undelivered'), [['tag', 'nobody']])
      await one.broker.close()
      // Neither package has ended it.
      assert.ok(await (client.flush?.() ?? client.ping()).then(() => true))
    })

    test("a user's connection is opened twice, one after the other", async t => {
      const { url } = await startBroker(t, server)
      const { client, end } = await connect(url)
      t.after(end)
      const other = await openBroker(t, make(url))
      for (const text of ['first', 'second']) {
        const one = await openBroker(t, use(client), ['a'])
        other.broker.publish('a', text)
        await one.hears('message')
        assert.deepEqual(one.texts, [text])
        await one.broker.close()
      }
    })

    test('after a restart it goes on by itself', async t => {
      const process = await startBroker(t, server)
      const { client, end } = await connect(process.url)
      t.after(end)
      const one = await openBroker(t, use(client), ['a'])
      await process.kill()
      await one.hears('down')
      assert.equal(one.broker.publish('a', 'stale'), false)
      await process.start()
      await one.hears('up', 2)
      const other = await openBroker(t, make(process.url))
      other.broker.publish('a', 'fresh')
      await one.hears('message')
      assert.deepEqual(one.texts, ['fresh'])
    })
  })
}

for (const { name, server, make } of subjects) {
  test(`${name}: a password in the URL`, { skip: withoutBrokers }, async t => {
    const isNats = server.startsWith('nats')
    const args = isNats ? ['--user', 'us:er', '--pass', 'sec@ret'] : ['--requirepass', 'sec@ret']
    const { port } = await startBroker(t, server, { args })
    const scheme = isNats ? 'nats' : 'redis'
    const options = isNats ? { user: 'us:er', pass: 'sec@ret' } : {}
    const at = isNats ? '' : `:${encodeURIComponent('sec@ret')}@`
    const ear = await openBroker(t, make(`${scheme}://${at}127.0.0.1:${port}`, options))
    assert.equal(ear.broker.publish('a', 'text'), true)
    const wrong = new Ear(t, make(`${scheme}://127.0.0.1:${port}`))
    const opened = assert.rejects(wrong.open(), { code: 'TLSJSON_BROKER_DOWN' })
    const [[error]] = await wrong.hears('down')
    assert.match(error.message, /authorization|NOAUTH|auth/i)
    await wrong.broker.close()
    await opened
  })
}

for (const { name, server, make } of subjects) {
  test(`${name}: over TLS`, { skip: withoutBrokers }, async t => {
    const folder = temporaryFolder(t)
    const [key, cert] = ['key', 'cert'].map(file => path.join(folder, file))
    const pair = certificates.readmeCa()
    fs.writeFileSync(String(key), pair.key)
    fs.writeFileSync(String(cert), pair.cert)
    const ca = String(pair.cert)
    const isNats = server.startsWith('nats')
    // Redis has another port for it.
    const tlsPort = String(await freePort())
    const args = isNats
      ? ['--tls', '--tlscert', String(cert), '--tlskey', String(key)]
      : `--tls-port ${tlsPort} --tls-cert-file ${cert} --tls-key-file ${key} --tls-auth-clients no`.split(
          ' ',
        )
    const { port } = await startBroker(t, server, { args })
    const url = isNats ? `nats://localhost:${port}` : `rediss://localhost:${tlsPort}`
    const options = {
      tls: { ca },
      ...(name.endsWith('with redis') && { socket: { ca }, tls: undefined }),
    }
    const one = await openBroker(t, make(url, options))
    const other = await openBroker(t, make(url, options), ['a'])
    one.broker.publish('a', 'text')
    await other.hears('message')
    // Whom it does not trust it does not talk to.
    const wary = new Ear(t, make(url, name.endsWith('with redis') ? {} : { tls: {} }))
    const opened = assert.rejects(wary.open(), { code: 'TLSJSON_BROKER_DOWN' })
    const [[error]] = await wary.hears('down')
    assert.match(error.message, /self.signed/)
    await wary.broker.close()
    await opened
  })
}

test('without a package of a client it is said what to install', async t => {
  const folder = copyPackage(t)
  fs.copyFileSync(path.join(directory, 'cluster.js'), path.join(folder, 'cluster.js'))
  const source = `
    const { nats, redis } = require(${JSON.stringify(path.join(folder, 'cluster.js'))})
    const brokers = [nats(), nats({}, { package: 'nats' }), redis(), redis('redis://127.0.0.1:1', { package: 'redis' })]
    for (const broker of brokers) {
      broker.open({}, { maxBufferedBytes: 1 }).catch(({ code, message, sent }) => {
        console.log(JSON.stringify({ code, message, sent }))
      })
    }`
  const { stdout, stderr, code } = await start(t, ['-e', source])
  assert.deepEqual([code, stderr], [0, ''])
  const errors = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    errors.map(error => [error.code, error.sent]),
    Array(4).fill(['TLSJSON_NO_BROKER_CLIENT', false]),
  )
  assert.match(errors[0].message, /npm install @nats-io\/transport-node`.*nats/)
  assert.match(errors[3].message, /npm install redis`.*ioredis/)
})

test('what is of no use is refused at once', () => {
  const invalid = { code: 'ERR_INVALID_ARG_VALUE' }
  assert.throws(() => nats({}, /** @type {any} */ ({ package: 'redis' })), invalid)
  assert.throws(() => redis({}, /** @type {any} */ ({ package: 'nats' })), invalid)
  assert.throws(() => redis('redis://127.0.0.1', { pingInterval: -1 }), invalid)
  assert.throws(() => redis(/** @type {any} */ (6379)), invalid)
  assert.throws(() => nats(/** @type {any} */ (4222)), invalid)
  const { Cluster } = require('ioredis')
  const cluster = new Cluster(['127.0.0.1:1'], { lazyConnect: true })
  assert.throws(() => redis(cluster), /any server of a Redis Cluster/)
  const { createCluster } = require('redis')
  assert.throws(() => redis(createCluster({ rootNodes: [] })), /any server of a Redis Cluster/)
})

test('a NATS connection that is closed is no broker', { skip: withoutBrokers }, async t => {
  const { url } = await startBroker(t, 'nats-debian')
  const client = await require('nats').connect({ servers: url })
  await client.close()
  const ear = new Ear(t, nats(client))
  await assert.rejects(ear.open(), { code: 'TLSJSON_BROKER_DOWN' })
})

for (const { name, server, connect, use } of subjects.slice(0, 2)) {
  test(
    `${name}: a user's connection that is drained takes nothing, and throws nothing`,
    {
      skip: withoutBrokers,
    },
    async t => {
      const { url } = await startBroker(t, server)
      const { client, end } = await connect(url)
      t.after(end)
      const ear = await openBroker(t, use(client), ['all'])
      const { broker } = ear
      broker.publish('all', 'in time')
      const flushed = assert.rejects(broker.flush(), { code: 'TLSJSON_BROKER_DOWN' })
      const drained = /** @type {any} */ (client).drain()
      assert.equal(broker.publish('all', 'too late'), false)
      // It is no buffer that is full.
      assert.equal(broker.bufferedAmount, 0)
      assert.deepEqual(ear.of('down'), [])
      await drained
      await flushed
      assert.equal(broker.publish('all', 'later'), false)
      assert.equal(broker.bufferedAmount, 0)
      await broker.subscribe('other')
      assert.deepEqual(
        ear.of('down').map(([{ code, message }]) => [code, message]),
        [['TLSJSON_BROKER_DOWN', 'The broker cannot be reached: it was closed']],
      )
      await broker.close()
    },
  )

  test(
    `${name}: a cluster whose connection is drained has no broker`,
    { skip: withoutBrokers },
    async t => {
      const { url } = await startBroker(t, server)
      const { client, end } = await connect(url)
      t.after(end)
      const { cluster } = await node(t, { connect: () => use(client) })
      await cluster.ready()
      const errors = new Log(cluster, ['error', 'down'])
      const drained = /** @type {any} */ (client).drain()
      cluster.broadcast({ too: 'late' })
      await assert.rejects(cluster.request('node-00000000:1', {}), {
        code: 'TLSJSON_BROKER_DOWN',
        sent: false,
      })
      await errors.reach('down')
      await drained
      assert.equal(cluster.connected, false)
      assert.deepEqual(
        errors.of('error').map(([id, { code, sent }]) => [id, code, sent]),
        [[undefined, 'TLSJSON_BROKER_DOWN', false]],
      )
      assert.equal(errors.of('down').length, 1)
    },
  )
}

for (const { name, server, make } of subjects.slice(0, 2)) {
  test(`${name}: the server says how long a message may be`, { skip: withoutBrokers }, async t => {
    const { url } = await startBroker(t, server, { config: 'max_payload: 2000' })
    const ear = new Ear(t, make(url))
    assert.deepEqual(await ear.open(), { maxMessageBytes: 2000 })
  })

  test(
    `${name}: so does the next server, of which a cluster takes notice`,
    { skip: withoutBrokers },
    async t => {
      const limit = (/** @type {number} */ bytes) => `max_payload: ${bytes}`
      const broker = await startBroker(t, server, { config: limit(100_000) })
      const connect = () => make(broker.url)
      const { cluster } = await node(t, { connect })
      await cluster.ready()
      const log = new Log(cluster, ['error', 'up', 'down'])
      const message = { text: 'x'.repeat(5000) }
      cluster.broadcast(message)
      await cluster.flush()
      assert.deepEqual(log.names, [])
      await broker.kill()
      await log.reach('down')
      fs.writeFileSync(path.join(broker.folder, 'broker.conf'), limit(2000))
      await broker.start()
      await log.reach('up')
      cluster.broadcast(message)
      const [[, { code, message: text }]] = log.of('error')
      assert.deepEqual(
        [code, text],
        ['TLSJSON_MESSAGE_TOO_LONG', 'The broker takes 2000 bytes at once'],
      )
      await cluster.flush()
    },
  )

  test(`${name}: what a user may not do is told`, { skip: withoutBrokers }, async t => {
    const config = `authorization { users [ { user: u, password: p, permissions: {
      publish: [ok], subscribe: [ok, "_INBOX.>"] } } ] }`
    const { url } = await startBroker(t, server, { config })
    const ear = await openBroker(t, make(url, { user: 'u', pass: 'p' }), ['ok'])
    await assert.rejects(async () => ear.broker.subscribe('forbidden'), /permission/i)
    ear.broker.publish('forbidden', 'text')
    await ear.hears('error')
    for (const [error] of ear.of('error')) assert.match(error.message, /permission/i)
    assert.equal(ear.broker.publish('ok', 'text'), true)
    await ear.broker.flush()
    assert.deepEqual(ear.of('down'), [])
  })
}

for (const { name, server, make, connect } of subjects.slice(2)) {
  test(`${name}: what others publish is passed over`, { skip: withoutBrokers }, async t => {
    const { url } = await startBroker(t, server)
    const ear = await openBroker(t, make(url), ['a'])
    const { client, end } = await connect(url)
    t.after(end)
    for (const text of ['', '\n', 'short\ntext', 'no line at all']) await client.publish('a', text)
    const other = await openBroker(t, make(url))
    other.broker.publish('a', 'ours')
    await ear.hears('message')
    assert.deepEqual(ear.texts, ['ours'])
  })

  test(
    `${name}: a server of a Redis Cluster does not know who listens`,
    { skip: withoutBrokers },
    async t => {
      // By default it is 10,000 above the other, where the system may have given it to somebody.
      const args = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())]
      const { url } = await startBroker(t, server, { args })
      const one = await openBroker(t, make(url), ['a'])
      const other = await openBroker(t, make(url), ['b'])
      one.broker.publish('nobody', 'text', 'tag')
      one.broker.publish('b', 'text', 'tag')
      await other.hears('message')
      await one.broker.flush()
      assert.deepEqual(one.of('undelivered'), [])
    },
  )

  test(
    `${name}: a message that is refused is told, and no longer buffered`,
    { skip: withoutBrokers },
    async t => {
      const { url } = await startBroker(t, server)
      const { client, end } = await connect(url)
      t.after(end)
      const command = (/** @type {string[]} */ ...words) =>
        client.isPubSubActive !== undefined ? client.sendCommand(words) : client.call(...words)
      await command('ACL', 'SETUSER', 'u', 'on', '>p', '+@all', 'resetchannels', '&ok')
      const restricted = url.replace('://', '://u:p@')
      const ear = await openBroker(t, make(restricted), ['ok'])
      ear.broker.publish('forbidden', 'text')
      const [[error]] = await ear.hears('error')
      assert.match(error.message, /NOPERM/)
      await assert.rejects(async () => ear.broker.subscribe('forbidden'), /NOPERM/)
      await ear.broker.flush()
      assert.equal(ear.broker.bufferedAmount, 0)
      assert.deepEqual(ear.of('down'), [])
    },
  )
}

test(
  'a NATS connection whose attempts are limited is made anew',
  { skip: withoutBrokers },
  async t => {
    const process = await startBroker(t, 'nats-debian')
    const options = { servers: process.url, maxReconnectAttempts: 1, reconnectTimeWait: 20 }
    const ear = await openBroker(t, nats(options, { package: 'nats' }), ['a'])
    await process.kill()
    // That it has given up is told, as another reason.
    await ear.hears('down', 2)
    await process.start()
    await ear.hears('up', 2)
    const other = await openBroker(t, nats({ servers: process.url }))
    other.broker.publish('a', 'text')
    await ear.hears('message')
  },
)

test('a process that was held up takes no server for dead', { skip: withoutBrokers }, async t => {
  const { url } = await startBroker(t, 'redis')
  const ear = await openBroker(t, redis(url, { pingInterval: 50 }), ['a'])
  // Longer than a server may be silent.
  const until = performance.now() + 400
  while (performance.now() < until);
  await elapsed(300)
  await ear.broker.flush()
  assert.deepEqual(ear.of('down'), [])
})
