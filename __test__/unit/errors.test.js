'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { test } = require('node:test')
const tls = require('node:tls')
const { isDeepStrictEqual } = require('node:util')
const errors = require('../../lib/errors')
const { newPath } = require('../helpers/paths')
const { CertificateMaker } = require('./certificates')
const { failure, handshake, listening } = require('./node-peers')
const { freePort } = require('../helpers/free-port')

const maker = new CertificateMaker()
const pair = maker.selfSigned()

/**
 * @param {any} error
 * @returns {[string, unknown][]} own properties in order; stacks differ by nature
 */
function properties(error) {
  return Object.getOwnPropertyNames(error)
    .filter(name => name !== 'stack' && name !== 'toString')
    .map(name => [
      `${name} ${Object.getOwnPropertyDescriptor(error, name)?.enumerable}`,
      error[name],
    ])
}

/**
 * @param {any} ours
 * @param {any} nodes
 * @returns {void}
 */
function assertSame(ours, nodes) {
  const sorted = /** @param {any} error */ error =>
    properties(error).filter(([name]) => !name.startsWith('errors'))
  // Node is not of one mind about the place of the message, which no enumeration shows.
  assert.deepEqual(sorted(ours).sort(), sorted(nodes).sort())
  assert.deepEqual(Object.keys(ours), Object.keys(nodes))
  assert.equal(ours.constructor, nodes.constructor)
  assert.equal(ours.name, nodes.name)
  assert.equal(String(ours), String(nodes))
  assert.equal(ours.stack.split('\n')[0], nodes.stack.split('\n')[0])
}

test('a refused connection', async () => {
  const port = await freePort()
  const node = await failure(net.connect({ host: '127.0.0.1', port }))
  const failed = {
    kind: 'system',
    syscall: 'connect',
    code: 'ECONNREFUSED',
    address: '127.0.0.1',
    port,
  }
  assertSame(errors.fromEngine(/** @type {any} */ (failed)), node)
})

test('a refused connection from a chosen port', async () => {
  const [port, localPort] = [await freePort(), await freePort()]
  const localAddress = '127.0.0.1'
  const node = await failure(net.connect({ host: '127.0.0.1', port, localAddress, localPort }))
  const ours = errors.fromEngine({
    kind: 'system',
    syscall: 'connect',
    code: 'ECONNREFUSED',
    address: '127.0.0.1',
    port,
    localAddress,
    localPort,
  })
  assertSame(ours, node)
})

test('all addresses of a name refused', async () => {
  const port = await freePort()
  const addresses = ['127.0.0.1', '127.0.0.2']
  const node = await failure(
    net.connect({
      host: 'name.invalid',
      port,
      autoSelectFamily: true,
      lookup: (_host, _options, found) =>
        found(
          null,
          addresses.map(address => ({ address, family: 4 })),
        ),
    }),
  )
  const single = { kind: 'system', syscall: 'connect', code: 'ECONNREFUSED', port }
  const parts = addresses.map(address => /** @type {any} */ ({ ...single, address }))
  const ours = /** @type {any} */ (errors.fromEngine({ kind: 'aggregate', errors: parts }))
  assertSame(ours, node)
  assert.equal(node instanceof AggregateError, true)
  assert.equal(ours instanceof AggregateError, true)
  assert.equal(ours.errors.length, 2)
  for (const at of [0, 1]) assertSame(ours.errors[at], node.errors[at])
  assertSame(errors.fromEngine({ kind: 'aggregate', errors: [parts[0]] }), node.errors[0])
})

test('a pipe that is not there', async t => {
  const path = newPath(t)
  const node = await failure(net.connect({ path }))
  assertSame(
    errors.fromEngine({ kind: 'system', syscall: 'connect', code: 'ENOENT', address: path }),
    node,
  )
})

test('an address of another machine to bind to', async () => {
  const localAddress = '192.0.2.1'
  const node = await failure(net.connect({ host: '127.0.0.1', port: 1, localAddress }))
  const code = 'EADDRNOTAVAIL'
  assertSame(
    errors.fromEngine({ kind: 'system', syscall: 'bind', code, address: localAddress }),
    node,
  )
})

test('a port or a pipe in use', async t => {
  const server = net.createServer()
  const port = await listening(t, server)
  const second = net.createServer().listen({ port, host: '127.0.0.1' })
  const [node] = await once(second, 'error')
  const busy = /** @type {const} */ ({ kind: 'system', syscall: 'listen', code: 'EADDRINUSE' })
  assertSame(errors.fromEngine({ ...busy, address: '127.0.0.1', port }), node)

  const path = newPath(t)
  const piped = net.createServer()
  await listening(t, piped, path)
  const [pipeError] = await once(net.createServer().listen(path), 'error')
  assertSame(errors.fromEngine({ ...busy, address: path, port: -1 }), pipeError)
})

test('a reset while reading', async t => {
  const server = net.createServer(socket => socket.once('data', () => socket.resetAndDestroy()))
  const port = await listening(t, server)
  const socket = net.connect({ host: '127.0.0.1', port })
  socket.write('x')
  const node = await failure(socket)
  assertSame(errors.fromEngine({ kind: 'system', syscall: 'read', code: 'ECONNRESET' }), node)
})

test('a server that ends before the handshake is over', async t => {
  const server = net.createServer(socket => socket.resume().end())
  const port = await listening(t, server)
  const node = await failure(tls.connect({ host: '127.0.0.1', port }))
  assertSame(errors.fromEngine({ kind: 'disconnected', host: '127.0.0.1', port }), node)
})

test('a client that hangs up, is silent, or does not speak TLS', async t => {
  const server = tls.createServer(pair)
  const port = await listening(t, server)
  const impatient = tls.createServer({ ...pair, handshakeTimeout: 50 })
  const portOfImpatient = await listening(t, impatient)
  /** @type {[string | null, any][]} */
  const cases = [
    ['', { kind: 'hangup' }],
    [null, { kind: 'timeout' }],
  ]
  for (const [text, failed] of cases) {
    const [to, at] = text === null ? [impatient, portOfImpatient] : [server, port]
    const socket = net.connect({ host: '127.0.0.1', port: at })
    socket.on('error', () => {})
    if (text !== null) socket.end(text)
    const [node, peer] = await once(to, 'tlsClientError')
    assertSame(errors.fromEngine(failed), node)
    socket.destroy()
    peer.destroy()
  }
  const socket = net.connect({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  socket.end('{"password":"x"}\n')
  const [node, peer] = await once(server, 'tlsClientError')
  const ours = errors.fromEngine({
    kind: 'ssl',
    code: 'ERR_SSL_WRONG_VERSION_NUMBER',
    reason: 'wrong version number',
    number: 0x0a00010b,
  })
  assertSslSame(ours, node)
  socket.destroy()
  peer.destroy()
})

/**
 * @param {any} ours
 * @param {any} nodes
 * @returns {void}
 */
function assertSslSame(ours, nodes) {
  const without = /** @param {any} error */ error =>
    properties(error).filter(([name]) => !name.startsWith('message'))
  assert.deepEqual(without(ours), without(nodes))
  assert.deepEqual(Object.keys(ours), Object.keys(nodes))
  // Thread, function, file and line are left out.
  const shape =
    /^([0-9A-F]{16}):(error:[0-9A-F]{8}:SSL routines):([^:]*):([^:]*):([^:]*):(\d*):(.*)\n$/
  const [mine, theirs] = [shape.exec(ours.message), shape.exec(nodes.message)]
  assert.ok(theirs, nodes.message)
  assert.ok(
    mine || /^0{16}:error:[0-9A-F]{8}:SSL routines::[^:]+:::/.test(ours.message),
    ours.message,
  )
  const fields = /** @param {any} error */ error => error.message.trimEnd().split(':')
  for (const at of [1, 2, 3, 5, 8]) {
    assert.equal(fields(ours)[at] ?? '', fields(nodes)[at] ?? '', ours.message)
  }
}

test('alerts, spelt as by the OpenSSL in use', async t => {
  const { error: version } = await handshake(
    t,
    { ...pair, minVersion: 'TLSv1.3' },
    { ca: pair.cert, maxVersion: 'TLSv1.2' },
  )
  const protocol = errors.fromEngine({
    kind: 'ssl',
    code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    reason: 'tlsv1 alert protocol version',
    number: 1070,
  })
  assertSslSame(protocol, version)
  const { error: cipher } = await handshake(
    t,
    { ...pair, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    { ca: pair.cert, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' },
  )
  const suite = errors.fromEngine({
    kind: 'ssl',
    code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    reason: 'sslv3 alert handshake failure',
    number: 0x0a000410,
  })
  assertSslSame(suite, cipher)
})

test('an untrusted chain', async t => {
  const { error } = await handshake(t, pair, {})
  const ours = errors.fromEngine({
    kind: 'chain',
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    message: 'self-signed certificate',
  })
  assertSame(ours, error)
})

test("the package's own documented errors equal plain ones", () => {
  /** @type {[Error & { code?: string }, string, string][]} */
  const cases = [
    [errors.notConnected(), 'not connected or not authenticated', 'TLSJSON_NOT_CONNECTED'],
    [errors.notConnected('not connected'), 'not connected', 'TLSJSON_NOT_CONNECTED'],
    [errors.requestTimeout(), 'request timeout', 'TLSJSON_REQUEST_TIMEOUT'],
    [errors.connectionLost(), 'connection lost', 'TLSJSON_CONNECTION_LOST'],
  ]
  for (const [error, message, code] of cases) {
    assert.deepEqual(error, new Error(message))
    assert.ok(isDeepStrictEqual(error, new Error(message)))
    assert.deepEqual(Object.keys(error), [])
    assert.equal(error.code, code)
    assert.equal(error.name, 'Error')
  }
})

test('other codes', () => {
  const limit = errors.fromEngine({ kind: 'limit', code: 'TLSJSON_X', message: 'too long' })
  assert.deepEqual([limit.code, limit.message], ['TLSJSON_X', 'too long'])
  const internal = errors.fromEngine({ kind: 'internal', message: 'lost count' })
  assert.deepEqual([internal.code, internal.message], ['TLSJSON_INTERNAL', 'lost count'])
  const odd = errors.fromEngine(/** @type {any} */ ({ kind: 'other' }))
  assert.equal(odd.code, 'TLSJSON_INTERNAL')
  assert.match(odd.message, /other/)
  const option = errors.unsupportedOption('pfx', 'value not shown', 'give key and cert')
  assert.equal(option.code, 'TLSJSON_UNSUPPORTED_OPTION')
  assert.equal(
    option.message,
    'The option pfx (value not shown) is not supported: give key and cert',
  )
})

test('which OpenSSL spells alerts anew', () => {
  assert.equal(errors.isRecentOpenssl('3.0.17'), false)
  assert.equal(errors.isRecentOpenssl('3.1.4+quic'), false)
  assert.equal(errors.isRecentOpenssl('3.2.0'), true)
  assert.equal(errors.isRecentOpenssl('3.5.4'), true)
  assert.equal(errors.isRecentOpenssl('1.1.1w'), false)
  assert.equal(errors.isRecentOpenssl('4.0.0'), true)
})
