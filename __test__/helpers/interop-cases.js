'use strict'

const assert = require('node:assert/strict')
const { bounded, elapsed, Log, next } = require('./events')
const { closeServer, closeClient } = require('./cleanup')
const certificates = require('./certificates')

/**
 * Every documented call of a Server and a Client that do not come from the same package. Each case
 * gets the two classes and the certificate; what it opens is closed behind it.
 *
 * @typedef {import('node:test').TestContext} TestContext
 * @typedef {{ Server: any, Client: any, identity: { key: Buffer, cert: Buffer } }} Pair
 */

/**
 * @param {TestContext} t
 * @param {Pair} pair
 * @param {{ server?: any, client?: any }} [config]
 * @returns {Promise<any>}
 */
async function join(t, { Server, Client, identity }, config = {}) {
  const { key, cert } = identity
  const server = new Server({
    options: { key, cert, rejectUnauthorized: true },
    password: 'between two',
    requestTimeout: 3000,
    keepAliveInterval: 10_000,
    keepAliveTimeout: 5000,
    ...config.server,
  })
  closeServer(t, server)
  await bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
  const { port } = server.tlsServer.address()
  const atServer = new Log(server, ['authenticated', 'message', 'close', 'timeout', 'error'])
  const client = new Client({
    options: { ca: [cert] },
    host: 'localhost',
    port,
    password: 'between two',
    requestTimeout: 3000,
    ...config.client,
  })
  closeClient(t, client)
  const atClient = new Log(client, [
    'authenticated',
    'message',
    'close',
    'error',
    'reconnectAttempt',
  ])
  return { server, client, atServer, atClient, port }
}

/**
 * @param {TestContext} t
 * @param {Pair} pair
 * @param {{ server?: any, client?: any }} [config]
 * @returns {Promise<any>} the same, both let in
 */
async function enter(t, pair, config) {
  const ends = await join(t, pair, config)
  await ends.atClient.reach('authenticated')
  const [[id, socket]] = await ends.atServer.reach('authenticated')
  return { ...ends, id, socket }
}

const values = [
  { any: 'message' },
  { nested: [1, 2.5, null, true, { deep: ['\u00fc', '\u{1f600}', '\ud800'] }] },
  'text',
  42,
  true,
  [],
  { '': 0, 10: 'b', 9: 'a', __proto__key: 1 },
  { long: 'x'.repeat(300_001) },
]

/** @type {Record<string, (t: TestContext, pair: Pair) => Promise<void>>} */
const cases = {
  async 'login and the socket it gives'(t, pair) {
    const { server, client, id, socket } = await enter(t, pair)
    assert.equal(id, 0)
    assert.match(socket.remoteAddress, /^(::ffff:127\.0\.0\.1|::1)$/)
    assert.equal(server.sockets.get(0), socket)
    assert.deepEqual([client.isConnected, client.isAuthenticated], [true, true])
    assert.equal(client.socket.authorized, true)
  },
  async 'a wrong password'(t, pair) {
    const { atServer, atClient } = await join(t, pair, { client: { password: 'wrong' } })
    await Promise.all([atClient.reach('close'), atServer.reach('close')])
    assert.deepEqual(atClient.entries, [['message', { error: 'incorrect password' }], ['close']])
    assert.deepEqual(atServer.entries, [['close', 0]])
  },
  async 'messages to the server'(t, pair) {
    const { client, atServer } = await enter(t, pair)
    for (const value of values) client.send(value)
    assert.deepEqual(
      await atServer.reach('message', values.length),
      values.map(value => [0, value]),
    )
  },
  async 'messages to the client'(t, pair) {
    const { server, id, atClient } = await enter(t, pair)
    for (const value of values) server.send(id, value)
    assert.deepEqual(
      await atClient.reach('message', values.length),
      values.map(value => [value]),
    )
  },
  async 'requests of the client'(t, pair) {
    const { server, client } = await enter(t, pair)
    server.on('request', (/** @type {any} */ id, /** @type {any} */ req, /** @type {any} */ res) =>
      res.send({ id, req }),
    )
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => client.request({ n })))
    assert.deepEqual(
      answers,
      Array.from({ length: 100 }, (_, n) => ({ id: 0, req: { n } })),
    )
  },
  async 'requests of the server'(t, pair) {
    const { server, client, id } = await enter(t, pair)
    client.on('request', (/** @type {any} */ req, /** @type {any} */ res) => res.send({ req }))
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => server.request(id, { n })),
    )
    assert.deepEqual(
      answers,
      Array.from({ length: 100 }, (_, n) => ({ req: { n } })),
    )
  },
  async 'requests nobody answers'(t, pair) {
    const config = { requestTimeout: 80 }
    const { server, client, id } = await enter(t, pair, { server: config, client: config })
    await assert.rejects(client.request({}), { message: 'request timeout' })
    await assert.rejects(server.request(id, {}), { message: 'request timeout' })
    await assert.rejects(server.request(99, {}), { message: 'not connected or not authenticated' })
  },
  async 'only the first answer counts'(t, pair) {
    const { server, client } = await enter(t, pair)
    server.on(
      'request',
      (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) => {
        res.send({ n: 1 })
        res.send({ n: 2 })
      },
    )
    assert.deepEqual(await client.request({}), { n: 1 })
    assert.deepEqual(await client.request({}), { n: 1 })
  },
  async 'a request cut off'(t, pair) {
    const { server, client, socket, atClient } = await enter(t, pair)
    server.on('request', () => socket.destroy())
    await assert.rejects(client.request({}), { message: 'connection lost' })
    await atClient.reach('close')
    await assert.rejects(client.request({}), { message: 'not connected or not authenticated' })
  },
  async 'keepalive over many intervals'(t, pair) {
    const { client, atServer, atClient } = await enter(t, pair, {
      server: { keepAliveInterval: 25, keepAliveTimeout: 1000 },
    })
    await elapsed(500)
    client.send({ marker: 1 })
    await atServer.reach('message')
    assert.deepEqual(atServer.names, ['authenticated', 'message'])
    assert.deepEqual(atClient.names, ['authenticated'])
  },
  async 'keepalive with a client that is not reading'(t, pair) {
    const { client, atServer } = await enter(t, pair, {
      server: { keepAliveInterval: 300, keepAliveTimeout: 100 },
    })
    client.socket.pause()
    await atServer.reach('close')
    assert.deepEqual(atServer.names, ['authenticated', 'timeout', 'close'])
  },
  async disconnect(t, pair) {
    const { client, atServer, atClient } = await enter(t, pair)
    client.disconnect()
    await Promise.all([atClient.reach('close'), atServer.reach('close')])
    assert.deepEqual(atServer.of('close'), [[0]])
    assert.deepEqual([atClient.of('error'), atServer.of('error')], [[], []])
  },
  async 'a kicked client comes back'(t, pair) {
    const { socket, atServer, atClient } = await enter(t, pair, {
      client: { reconnectInterval: 250 },
    })
    socket.destroy()
    await Promise.all([atClient.reach('authenticated', 2), atServer.reach('authenticated', 2)])
    assert.deepEqual(atClient.names, [
      'authenticated',
      'close',
      'reconnectAttempt',
      'authenticated',
    ])
    assert.equal(atServer.of('authenticated')[1]?.[0], 1)
  },
  async 'closing a server'(t, pair) {
    const { server, client, atClient, port } = await enter(t, pair)
    const closed = new Promise(resolve => server.close(resolve))
    client.send({ still: 'usable' })
    await next(server, 'message')
    client.disconnect()
    assert.equal(await bounded(closed, "the close's callback"), undefined)
    await atClient.reach('close')
    const late = new pair.Client({ host: '127.0.0.1', port, password: 'x' })
    closeClient(t, late)
    const [error] = await next(late, 'error')
    assert.equal(error.code, 'ECONNREFUSED')
  },
  async 'sending to nobody'(t, pair) {
    const { server, client, atServer, atClient } = await join(t, pair)
    client.send({})
    assert.equal(atClient.of('error')[0]?.[0].message, 'not connected or not authenticated')
    server.send(99, {})
    assert.equal(atServer.of('error')[0]?.at(-1).message, 'not connected')
    await atClient.reach('authenticated')
  },
  async 'a certificate that is not trusted'(t, pair) {
    const { atServer, atClient } = await join(t, pair, {
      client: { options: { ca: [certificates.other().cert] } },
    })
    await atClient.reach('close')
    assert.deepEqual(atClient.names, ['error', 'close'])
    assert.equal(atClient.of('error')[0]?.[0].code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
    assert.ok(!atServer.names.includes('authenticated'))
  },
  async 'both versions of TLS'(t, pair) {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const { client } = await enter(t, pair, {
        client: { options: { ca: [pair.identity.cert], minVersion: version, maxVersion: version } },
      })
      assert.equal(client.socket.getProtocol(), version)
    }
  },
}

module.exports = { cases }
