'use strict'

// Options of Node's that are about the connection below TLS, beside what the running Node makes of them.

const assert = require('node:assert/strict')
const net = require('node:net')
const tls = require('node:tls')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { clientConfig, dial, enter, join, serve } = require('../helpers/ends')
const { bounded, elapsed, Log, next } = require('../helpers/events')
const { referenceServer } = require('../helpers/reference-peer')
const { Client, difference, isOriginal } = require('../helpers/subject')
const { probedIn, skip: skipTimers } = require('../helpers/tcp-timers')

test("timeout of a client: 'timeout' on its socket, once for each silence", async t => {
  const { server } = await serve(t)
  const { client, id } = await enter(t, server, { options: { timeout: 200 } })
  const log = new Log(client.socket, ['timeout', 'close'])
  await log.reach('timeout')
  await elapsed(600)
  assert.deepEqual(log.names, ['timeout'])
  server.send(id, { a: 1 })
  await log.reach('timeout', 2)
  assert.equal(client.isAuthenticated, true)
})

test('timeout of a client, while it is still connecting', async t => {
  const silent = net.createServer(socket => {
    cleanup(t, () => void socket.destroy())
    socket.on('error', () => {})
  })
  cleanup(t, () => void silent.close())
  await next(silent.listen(0), 'listening')
  const { port } = /** @type {net.AddressInfo} */ (silent.address())
  const client = dial(t, port, { options: { timeout: 100 } })
  await next(client.socket, 'timeout')
  assert.equal(client.socket.destroyed, false)
})

test("a wrong timeout throws node's own error", () => {
  for (const timeout of ['100', -1, {}]) {
    /** @type {any} */
    let expected
    try {
      tls.connect({ port: 1, timeout: /** @type {any} */ (timeout) }).on('error', () => {})
    } catch (error) {
      expected = error
    }
    const { code, message } = expected
    assert.throws(() => new Client(clientConfig(1, { options: { timeout } })), { code, message })
  }
})

const AT_CLIENT = ['authenticated', 'error', 'close']

for (const when of ['before it connects', 'while it connects', 'later']) {
  test(`a signal that aborts a client ${when}`, async t => {
    const { server } = await serve(t)
    const reason = new Error('why')
    const controller = new AbortController()
    const { signal } = controller
    if (when.startsWith('before')) controller.abort(reason)
    const client = dial(t, server.tlsServer.address().port, { options: { signal } })
    const log = new Log(client, AT_CLIENT)
    if (when.startsWith('while')) controller.abort(reason)
    if (when === 'later') {
      await next(client, 'authenticated')
      controller.abort(reason)
    }
    await log.reach('error')
    await log.reach('close')
    const [[error]] = /** @type {any} */ (log.of('error'))
    const { name, code, message, cause } = error
    assert.deepEqual(
      { name, code, message },
      { name: 'AbortError', code: 'ABORT_ERR', message: 'The operation was aborted' },
    )
    assert.equal(cause, reason)
    assert.match(error.stack, /^AbortError: The operation was aborted\n/)
    // The original begins anew where it had not begun.
    const expected = ['error', 'close']
    if (when === 'later') expected.unshift('authenticated')
    if (isOriginal) return
    assert.deepEqual(log.names, expected)
    assert.equal(client.socket.destroyed, true)
  })
}

test('a signal that has nothing left to abort is let go', async t => {
  const { server } = await serve(t)
  const { signal } = new AbortController()
  const removed = new Promise(resolve => {
    const { removeEventListener } = signal
    signal.removeEventListener = (/** @type {any[]} */ ...args) => {
      resolve(args[0])
      return /** @type {any} */ (removeEventListener).apply(signal, args)
    }
  })
  const { client } = await enter(t, server, { options: { signal } })
  client.disconnect()
  assert.equal(await bounded(removed, 'the listener to be removed'), 'abort')
})

test("what is no signal throws node's own error", () => {
  for (const signal of [{}, 'abort', 5]) {
    assert.throws(() => new Client(clientConfig(1, { options: { signal } })), {
      code: 'ERR_INVALID_ARG_TYPE',
    })
  }
})

test('allowHalfOpen of a server: it may go on when a client has ended its side', async t => {
  const { server, client, id, socket } = await join(t, {
    server: { options: { allowHalfOpen: true } },
  })
  const ended = next(socket, 'end')
  client.socket.end()
  await ended
  assert.deepEqual([socket.writable, socket.readyState], [true, 'writeOnly'])
  const message = next(client, 'message')
  server.send(id, { late: true })
  assert.deepEqual(await message, [{ late: true }])
  const closed = [next(client, 'close'), next(server, 'close')]
  socket.end()
  await Promise.all(closed)
})

test('allowHalfOpen of a client: it may go on when the server has ended its side', async t => {
  const { server, client, socket } = await join(t, { client: { options: { allowHalfOpen: true } } })
  const ended = next(client.socket, 'end')
  socket.end()
  await ended
  const message = next(server, 'message')
  client.send({ late: true })
  assert.deepEqual((await message)[1], { late: true })
  const closed = next(client, 'close')
  client.disconnect()
  await closed
})

test('without allowHalfOpen an end is answered by an end', async t => {
  const { server, client } = await join(t)
  const closed = [next(server, 'close'), next(client, 'close')]
  client.socket.end()
  await Promise.all(closed)
})

test('keepAlive and keepAliveInitialDelay of a server', { skip: skipTimers }, async t => {
  for (const [keepAliveInitialDelay, least, most] of /** @type {const} */ ([
    [12_000, 8, 12],
    [25_999, 20, 25],
  ])) {
    const { server, port } = await serve(t, { options: { keepAlive: true, keepAliveInitialDelay } })
    const { client } = await enter(t, server)
    const seconds = await probedIn(port, client.socket.localPort)
    assert.ok(seconds !== null && seconds > least && seconds <= most, `${seconds} s`)
  }
})

/**
 * What becomes of a visitor whom a server blocks.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} port
 * @param {any} tlsServer
 */
async function visit(t, port, tlsServer) {
  const log = new Log(tlsServer, ['connection', 'secureConnection', 'tlsClientError', 'drop'])
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  cleanup(t, () => void socket.destroy())
  socket.on('error', () => {})
  const outcome = await bounded(
    Promise.race([
      new Promise(resolve => socket.once('secureConnect', () => resolve('secure'))),
      new Promise(resolve => socket.once('close', () => resolve('closed'))),
    ]),
    'an outcome',
  )
  if (outcome === 'secure') await log.reach('secureConnection')
  return { outcome, names: log.names }
}

test('blockList of a server, as the running Node has it', async t => {
  const blockList = new net.BlockList()
  blockList.addSubnet('127.0.0.0', 8)
  const { key, cert } = certificates.readmeCa()
  const reference = tls.createServer(/** @type {any} */ ({ key, cert, blockList }))
  cleanup(t, () => void reference.close())
  reference.on('secureConnection', socket => socket.on('error', () => {}))
  await next(reference.listen(0), 'listening')
  const address = /** @type {net.AddressInfo} */ (reference.address())
  const expected = await visit(t, address.port, reference)
  const { server, port } = await serve(t, { options: { blockList } })
  server.on('error', () => {})
  assert.deepEqual(await visit(t, port, server.tlsServer), expected)
  assert.equal(server.sockets.size, expected.outcome === 'secure' ? 1 : 0)
})

test('a blockList that blocks somebody else', async t => {
  const blockList = new net.BlockList()
  blockList.addAddress('192.0.2.1')
  const { server } = await serve(t, { options: { blockList } })
  await enter(t, server)
})

test('a blockList of a client is for nobody, as in tls.connect', async t => {
  const blockList = new net.BlockList()
  blockList.addSubnet('127.0.0.0', 8)
  const { server } = await serve(t)
  await enter(t, server, { options: { blockList } })
})

difference('these options need no Node: rustls carries them', async t => {
  const { server } = await serve(t, {
    options: { keepAlive: true, allowHalfOpen: true, blockList: new net.BlockList() },
  })
  const { signal } = new AbortController()
  const options = { timeout: 60_000, signal, allowHalfOpen: true, keepAlive: true }
  const { client } = await enter(t, server, { options })
  const carried = process.env.TLSJSON_TRANSPORT ?? 'rustls'
  assert.deepEqual([server.transport, client.transport], [carried, carried])
})

test('a client whose options ask for a timeout reaches a server of somebody else', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port, { options: { timeout: 60_000 } })
  const entered = next(client, 'authenticated')
  await server.admit()
  await entered
})
