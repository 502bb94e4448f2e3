'use strict'

const assert = require('node:assert/strict')
const net = require('node:net')
const { test } = require('node:test')
const { Server, difference } = require('../helpers/subject')
const { serverConfig, serve, dial, enter } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { bounded, next } = require('../helpers/events')
const { closeServer } = require('../helpers/cleanup')
const { errnoOf } = require('../helpers/errno')
const { newPath } = require('../helpers/paths')
const { run } = require('../helpers/program')

/**
 * @param {import('node:test').TestContext} t
 * @returns {any} a Server that does not listen yet
 */
function make(t) {
  const server = new Server(serverConfig())
  closeServer(t, server)
  return server
}

test('listen returns undefined; address and listening are right at once', async t => {
  const server = make(t)
  assert.equal(server.tlsServer.listening, false)
  assert.equal(server.tlsServer.address(), null)
  let called = false
  const ready = new Promise(resolve => {
    const result = server.listen(0, (/** @type {any[]} */ ...args) => {
      called = true
      resolve(args)
    })
    assert.equal(result, undefined)
  })
  assert.equal(called, false)
  assert.equal(server.tlsServer.listening, true)
  const { address, family, port } = server.tlsServer.address()
  assert.deepEqual([address, family], ['::', 'IPv6'])
  assert.ok(port > 0)
  assert.deepEqual(await bounded(ready, 'the callback'), [])
})

test('a numeric string is a port', async t => {
  const server = make(t)
  const port = await freePort()
  await new Promise(resolve => server.listen(String(port), () => resolve(undefined)))
  assert.equal(server.tlsServer.address().port, port)
  await enter(t, server, { port: String(port) })
})

test('an options object with a host', async t => {
  const server = make(t)
  await new Promise(resolve =>
    server.listen({ port: 0, host: '127.0.0.1' }, () => resolve(undefined)),
  )
  const { address, family } = server.tlsServer.address()
  assert.deepEqual([address, family], ['127.0.0.1', 'IPv4'])
  await enter(t, server)
})

test('a path listens on a pipe', async t => {
  const server = make(t)
  const pipe = newPath(t)
  await bounded(new Promise(resolve => server.listen(pipe, () => resolve(undefined))), 'listening')
  assert.equal(server.tlsServer.address(), pipe)
  const client = dial(t, /** @type {any} */ (pipe), { host: undefined })
  await next(client, 'authenticated')
})

test('a bad port throws', async t => {
  const server = make(t)
  for (const port of [65_536, -1, 1.5, NaN]) {
    assert.throws(() => server.listen(port, () => {}), {
      name: 'RangeError',
      code: 'ERR_SOCKET_BAD_PORT',
    })
  }
})

test('listening twice throws', async t => {
  const { server } = await serve(t)
  assert.throws(() => server.listen(0, () => {}), { code: 'ERR_SERVER_ALREADY_LISTEN' })
  await enter(t, server)
})

test("a port in use: 'error' on tlsServer with node's properties, no callback", async t => {
  const { port } = await serve(t)
  const server = make(t)
  const failed = next(server.tlsServer, 'error')
  server.on('error', () => assert.fail("'error' on the server"))
  server.listen(port, () => assert.fail('the callback'))
  const [error] = await failed
  assert.equal(error.message, `listen EADDRINUSE: address already in use :::${port}`)
  const { code, errno, syscall, address } = error
  assert.deepEqual(
    { code, errno, syscall, address, port: error.port },
    {
      code: 'EADDRINUSE',
      errno: errnoOf('EADDRINUSE'),
      syscall: 'listen',
      address: '::',
      port,
    },
  )
  assert.equal(server.tlsServer.listening, false)
  server.removeAllListeners('error')
})

test('a port in use and nobody listening ends the process', async t => {
  const { port } = await serve(t)
  const { code, stderr } = await run(
    t,
    context => new context.Server(context.serverConfig()).listen(context.given, () => {}),
    { given: port },
  )
  assert.equal(code, 1)
  assert.match(stderr, /EADDRINUSE: address already in use/)
})

difference('the callback may be left out', async t => {
  const { code, stderr } = await run(t, context => {
    const server = new context.Server(context.serverConfig())
    server.listen(0)
    server.tlsServer.on('listening', () => server.close())
  })
  assert.equal(code, 0, stderr)
})

test("tlsServer emits 'listening' and 'close'", async t => {
  const server = make(t)
  const listening = next(server.tlsServer, 'listening')
  server.listen(0, () => {})
  await listening
  const closed = next(server.tlsServer, 'close')
  server.close()
  await closed
  assert.equal(server.tlsServer.listening, false)
  assert.equal(server.tlsServer.address(), null)
})

test('getConnections counts', async t => {
  const { server } = await serve(t)
  await enter(t, server)
  await enter(t, server)
  const count = new Promise((resolve, reject) =>
    server.tlsServer.getConnections((/** @type {any} */ error, /** @type {number} */ n) =>
      error ? reject(error) : resolve(n),
    ),
  )
  assert.equal(await count, 2)
})

test('two servers in one process do not mix', async t => {
  const one = await serve(t, { password: 'one' })
  const two = await serve(t, { password: 'two' })
  const first = await enter(t, one.server, { password: 'one' })
  const second = await enter(t, two.server, { password: 'two' })
  assert.deepEqual([first.id, second.id], [0, 0])
  const message = next(two.server, 'message')
  one.server.on('message', () => assert.fail('the wrong server'))
  second.client.send({ to: 'two' })
  assert.deepEqual(await message, [0, { to: 'two' }])
})

test('a descriptor that is no socket is an error, not a port', async t => {
  const { server } = await serve(t)
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  const failed = next(server.tlsServer, 'error')
  server.listen({ fd: 4095 }, () => {})
  const [error] = await failed
  assert.equal(error.code, 'EINVAL')
  assert.equal(server.tlsServer.address(), null)
})

test('a socket that listens is taken over', async t => {
  const { server } = await serve(t)
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  const owner = net.createServer()
  t.after(() => owner.close())
  await next(owner.listen(0), 'listening')
  await bounded(new Promise(resolve => server.listen(owner, () => resolve(undefined))), 'listening')
  const { port } = server.tlsServer.address()
  assert.equal(port, /** @type {net.AddressInfo} */ (owner.address()).port)
  await next(dial(t, port), 'authenticated')
})

test('a signal closes the server', async t => {
  const { server } = await serve(t)
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  const controller = new AbortController()
  const { signal } = controller
  await bounded(
    new Promise(resolve => server.listen({ port: 0, signal }, () => resolve(undefined))),
    'listening',
  )
  const closed = next(server.tlsServer, 'close')
  controller.abort()
  await closed
  assert.equal(server.tlsServer.listening, false)
})
