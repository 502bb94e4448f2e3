'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const net = require('node:net')
const { test } = require('node:test')
const { difference } = require('../helpers/subject')
const { dial, join, serve, enter } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log, next } = require('../helpers/events')
const { tcp, relay } = require('../helpers/raw')
const { cleanup } = require('../helpers/cleanup')
const { errnoOf } = require('../helpers/errno')

const EVENTS = ['authenticated', 'message', 'close', 'error']

/**
 * @param {any} error
 * @returns {Record<string, unknown>} its own properties but the stack
 */
function own(error) {
  return Object.fromEntries(
    Object.getOwnPropertyNames(error)
      .filter(name => name !== 'stack')
      .map(name => [name, error[name]]),
  )
}

/**
 * @param {import('node:test').TestContext} t
 * @param {number} port
 * @param {any} config
 * @returns {Promise<any>} the error of a connection that fails, after which 'close' came
 */
async function failure(t, port, config) {
  const client = dial(t, port, config)
  const log = new Log(client, EVENTS)
  await log.reach('close')
  assert.deepEqual(log.names, ['error', 'close'])
  return log.entries[0]?.[1]
}

test('nobody listens: ECONNREFUSED as node gives it', async t => {
  const port = await freePort()
  const error = await failure(t, port, { host: '127.0.0.1' })
  assert.ok(error instanceof Error)
  assert.equal(error.name, 'Error')
  assert.deepEqual(own(error), {
    message: `connect ECONNREFUSED 127.0.0.1:${port}`,
    errno: errnoOf('ECONNREFUSED'),
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '127.0.0.1',
    port,
  })
  assert.deepEqual(Object.keys(error), ['errno', 'code', 'syscall', 'address', 'port'])
})

test('a refusal on this machine is told in the next turn of the event loop', async t => {
  const port = await freePort()
  /** @type {string[]} */
  const order = []
  await new Promise(resolve => {
    fs.stat(__filename, () => {
      const client = dial(t, port, { host: '127.0.0.1' })
      client.on('error', () => order.push('refused'))
      setImmediate(() => {
        order.push('this turn')
        setImmediate(() => resolve(order.push('next turn')))
      })
    })
  })
  assert.deepEqual(order, ['this turn', 'refused', 'next turn'])
})

test('a name with several addresses, all refused: AggregateError', async t => {
  const port = await freePort()
  const lookup = (
    /** @type {string} */ _name,
    /** @type {any} */ options,
    /** @type {any} */ done,
  ) => {
    assert.equal(options.all, true)
    done(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ])
  }
  const error = await failure(t, port, { options: { lookup } })
  assert.ok(error instanceof AggregateError)
  assert.equal(error.message, '')
  assert.equal(/** @type {any} */ (error).code, 'ECONNREFUSED')
  assert.deepEqual(Object.keys(error), ['code'])
  assert.deepEqual(
    error.errors.map(each => own(each)),
    ['127.0.0.1', '127.0.0.2'].map(address => ({
      message: `connect ECONNREFUSED ${address}:${port}`,
      errno: errnoOf('ECONNREFUSED'),
      code: 'ECONNREFUSED',
      syscall: 'connect',
      address,
      port,
    })),
  )
})

test('the second address is tried when the first refuses', async t => {
  const lookup = (
    /** @type {string} */ _name,
    /** @type {any} */ _options,
    /** @type {any} */ done,
  ) =>
    done(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ])
  const listener = net.createServer().listen(0, '127.0.0.2')
  cleanup(t, () => void listener.close())
  await next(listener, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (listener.address())
  const reached = next(listener, 'connection')
  const client = dial(t, port, { options: { lookup } })
  client.on('error', () => {})
  const [socket] = await reached
  socket.destroy()
})

test('an unknown host: ENOTFOUND as node gives it', async t => {
  const error = await failure(t, 1, { host: 'no-such-host.invalid' })
  assert.deepEqual(own(error), {
    message: 'getaddrinfo ENOTFOUND no-such-host.invalid',
    errno: -3008,
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname: 'no-such-host.invalid',
  })
})

test("a lookup's own error is emitted as it is", async t => {
  const mine = Object.assign(new Error('mine'), { code: 'EMINE' })
  const lookup = (/** @type {any} */ _name, /** @type {any} */ _options, /** @type {any} */ done) =>
    done(mine)
  assert.equal(await failure(t, 1, { options: { lookup } }), mine)
})

test('a server that hangs up during the handshake', async t => {
  const listener = net.createServer(socket => socket.end())
  cleanup(t, () => void listener.close())
  await new Promise(resolve => listener.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {net.AddressInfo} */ (listener.address())
  const error = await failure(t, port, { host: '127.0.0.1' })
  assert.equal(error.code, 'ECONNRESET')
  assert.equal(
    error.message,
    'Client network socket disconnected before secure TLS connection was established',
  )
  assert.deepEqual([error.host, error.port], ['127.0.0.1', port])
})

test('a server that speaks no TLS', async t => {
  const listener = net.createServer(socket => {
    socket.on('error', () => {})
    socket.write('220 hello\r\n')
  })
  cleanup(t, () => void listener.close())
  await new Promise(resolve => listener.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {net.AddressInfo} */ (listener.address())
  const error = await failure(t, port, { host: '127.0.0.1' })
  assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER')
})

test('a reset after login: read ECONNRESET on both sides, then close', async t => {
  const { server, port } = await serve(t)
  const through = await relay(t, port)
  const client = dial(t, through.port)
  const atClient = new Log(client, EVENTS)
  const atServer = new Log(server, EVENTS)
  await atClient.reach('authenticated')
  ;(await through.passage()).reset()
  await Promise.all([atClient.reach('close'), atServer.reach('close')])
  assert.deepEqual(atClient.names, ['authenticated', 'error', 'close'])
  assert.deepEqual(atServer.names, ['authenticated', 'error', 'close'])
  const reset = {
    message: 'read ECONNRESET',
    errno: errnoOf('ECONNRESET'),
    code: 'ECONNRESET',
    syscall: 'read',
  }
  assert.deepEqual(own(atClient.of('error')[0]?.[0]), reset)
  const [id, error] = /** @type {any[]} */ (atServer.of('error')[0])
  assert.equal(id, 0)
  assert.deepEqual(own(error), reset)
})

test('an end without close_notify is an end, no error', async t => {
  const { server, port } = await serve(t)
  const through = await relay(t, port)
  const client = dial(t, through.port)
  const atClient = new Log(client, EVENTS)
  const atServer = new Log(server, EVENTS)
  await atClient.reach('authenticated')
  const { near, far } = await through.passage()
  near.end()
  far.end()
  await Promise.all([atClient.reach('close'), atServer.reach('close')])
  assert.deepEqual(atClient.names, ['authenticated', 'close'])
  assert.deepEqual(atServer.names, ['authenticated', 'close'])
})

test('send without a login: a synchronous error, or a throw when nobody listens', async t => {
  const { port } = await serve(t)
  const client = dial(t, port)
  const wanted = { name: 'Error', message: 'not connected or not authenticated' }
  assert.throws(() => client.send({}), wanted)
  const log = new Log(client, ['error'])
  assert.equal(client.send(1n), undefined)
  assert.equal(log.entries.length, 1)
  assert.equal(log.entries[0]?.[1].message, wanted.message)
  await next(client, 'authenticated')
})

test('server.send to nobody: one synchronous error, or a throw when nobody listens', async t => {
  const { server } = await join(t)
  assert.throws(() => server.send(42, {}), { name: 'Error', message: 'not connected' })
  const log = new Log(server, ['error'])
  assert.equal(server.send(42, {}), undefined)
  assert.equal(log.entries.length, 1)
  assert.equal(log.entries[0]?.at(-1).message, 'not connected')
})

difference("server.send's error event names the id", async t => {
  const { server } = await join(t)
  const log = new Log(server, ['error'])
  server.send(42, {})
  const [id, error] = /** @type {any[]} */ (log.of('error')[0])
  assert.equal(id, 42)
  assert.equal(error.message, 'not connected')
})

test('noise on the port disturbs nobody', async t => {
  const { server, client, port } = await join(t)
  const log = new Log(server, ['error', 'close', 'authenticated', 'timeout'])
  for (const noise of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xff', 'SSH-2.0-x\r\n']) {
    const socket = await tcp(t, port)
    socket.write(noise)
    socket.resetAndDestroy()
  }
  const message = next(server, 'message')
  client.send({ still: 'here' })
  assert.deepEqual(await message, [0, { still: 'here' }])
  await enter(t, server)
  assert.deepEqual(log.names, ['authenticated'])
})
