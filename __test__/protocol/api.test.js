'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { test } = require('node:test')
const { Server, Client, directory } = require('../helpers/subject')
const { serverConfig, clientConfig, serve, dial, join } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { next } = require('../helpers/events')
const { closeServer, closeClient } = require('../helpers/cleanup')

test('the classes can be had by every path', async () => {
  const all = require(directory)
  // Beside them, here alone: the classes of errors, and functions.
  const classes = Object.keys(all).filter(name => /^[A-Z]\w*(?<!Error)$/.test(name))
  assert.deepEqual(classes.sort(), ['Client', 'Server'])
  for (const name of ['Server', 'Client']) {
    assert.equal(require(path.join(directory, name)), all[name])
    assert.equal(require(path.join(directory, `${name}.js`)), all[name])
  }
  const esm = await import(pathToFileURL(path.join(directory, 'index.js')).href)
  assert.equal(esm.Server, all.Server)
  assert.equal(esm.Client, all.Client)
  assert.equal(esm.default.Server, all.Server)
})

test('the classes are classes', () => {
  for (const [given, name] of /** @type {[any, string][]} */ ([
    [Server, 'Server'],
    [Client, 'Client'],
  ])) {
    assert.deepEqual([given.name, given.length], [name, 1])
    assert.equal(Object.getPrototypeOf(given), EventEmitter)
    assert.throws(() => given({}), TypeError)
    assert.throws(() => new given(), TypeError)
    assert.throws(() => new given(null), TypeError)
  }
})

const methods = {
  Server: { listen: 2, close: 1, send: 2, request: 2 },
  Client: { beginReconnectInterval: 0, send: 1, request: 1, disconnect: 0 },
}

test('methods are on the prototype, writable and configurable', () => {
  for (const [given, name] of /** @type {[any, 'Server' | 'Client'][]} */ ([
    [Server, 'Server'],
    [Client, 'Client'],
  ])) {
    for (const [method, arity] of Object.entries(methods[name])) {
      const { value, writable, configurable, enumerable } = /** @type {PropertyDescriptor} */ (
        Object.getOwnPropertyDescriptor(given.prototype, method)
      )
      assert.equal(value.length, arity, `${name}.${method}`)
      assert.deepEqual([writable, configurable, enumerable], [true, true, false])
    }
  }
})

test('documented fields of a server', () => {
  const server = /** @type {any} */ (new Server(/** @type {any} */ ({})))
  assert.equal(server.password, undefined)
  assert.equal(server.socketId, 0)
  assert.ok(server.sockets instanceof Map && server.sockets.size === 0)
  assert.equal(server.requests.requestId, 1)
  assert.equal(server.requests.requestTimeout, 10_000)
  assert.ok(server.requests.requests instanceof Map)
  assert.equal(typeof server.requests.cancelAll, 'function')
  assert.equal(typeof server.tlsServer.on, 'function')
  for (const name of ['password', 'socketId', 'sockets', 'requests', 'tlsServer']) {
    assert.ok(Object.hasOwn(server, name), name)
  }
  assert.equal(server.tlsServer.listenerCount('error'), 0)
})

test('documented fields of a client', async t => {
  const { port } = await serve(t)
  const client = dial(t, port, { requestTimeout: 0, reconnectInterval: undefined })
  assert.deepEqual([client.isConnected, client.isAuthenticated], [false, false])
  assert.deepEqual([client.reconnectInterval, client.attemptsToReconnect], [0, true])
  assert.deepEqual([client.requests.requestId, client.requests.requestTimeout], [1, 10_000])
  assert.equal(typeof client.socket.on, 'function')
  assert.ok(Object.hasOwn(client, 'connect') && typeof client.connect === 'function')
  await next(client, 'authenticated')
  const closed = next(client, 'close')
  const { socket } = client
  client.disconnect()
  await closed
  assert.equal(client.socket, socket)
})

test('0 means the default for every interval', () => {
  const server = /** @type {any} */ (new Server(serverConfig({ requestTimeout: 0 })))
  assert.equal(server.requests.requestTimeout, 10_000)
})

test('subclasses work', async t => {
  class MyServer extends Server {
    mine = 1
  }
  class MyClient extends Client {
    /** @param {any} value */
    send(value) {
      super.send({ wrapped: value })
    }
  }
  const server = /** @type {any} */ (new MyServer(serverConfig()))
  closeServer(t, server)
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const client = new MyClient(clientConfig(server.tlsServer.address().port))
  closeClient(t, client)
  await next(client, 'authenticated')
  const message = next(server, 'message')
  client.send(1)
  assert.deepEqual(await message, [0, { wrapped: 1 }])
  assert.ok(client instanceof Client && server instanceof Server)
})

test("a bad port, or neither port nor path, throws node's error at once", () => {
  assert.throws(() => new Client(clientConfig(65_536)), { code: 'ERR_SOCKET_BAD_PORT' })
  assert.throws(() => new Client(/** @type {any} */ ({ password: 'x' })), {
    code: 'ERR_MISSING_ARGS',
  })
})

test('host defaults to localhost, a port may be a numeric string', async t => {
  const { port } = await serve(t)
  const client = dial(t, /** @type {any} */ (String(port)), { host: undefined })
  await next(client, 'authenticated')
})

test('send returns undefined', async t => {
  const { server, client } = await join(t)
  assert.equal(client.send({}), undefined)
  assert.equal(server.send(0, {}), undefined)
})

test('all events are asynchronous: nothing inside the constructor', async t => {
  const port = await freePort()
  const client = dial(t, port, { host: '127.0.0.1' })
  await null
  const [error] = await next(client, 'error')
  assert.equal(error.code, 'ECONNREFUSED')
})

test('a listener is called with as many arguments as its event has', async t => {
  const { server, client, socket } = await join(t)
  /** @type {Record<string, number>} */
  const counts = {}
  for (const [name, emitter] of Object.entries({ server, client, socket })) {
    for (const event of ['message', 'request', 'data']) {
      emitter.on(event, (/** @type {any[]} */ ...args) => {
        counts[`${name} ${event}`] = args.length
        if (event === 'request') args.at(-1).send({})
      })
    }
  }
  const both = [next(server, 'message'), next(client, 'message')]
  client.send({ a: 1 })
  server.send(0, { a: 1 })
  await Promise.all([...both, server.request(0, {}), client.request({})])
  assert.deepEqual(counts, {
    'server message': 2,
    'server request': 3,
    'client message': 1,
    'client request': 2,
    'socket data': 1,
  })
})
