'use strict'

// What carries a server or a client: rustls, or Node's own TLS where options need it or the environment asks for it.

const assert = require('node:assert/strict')
const net = require('node:net')
const tls = require('node:tls')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { dial, enter, serve } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { oddPair } = require('../helpers/odd-certificates')
const { plainStream } = require('../helpers/plain-stream')
const { Server } = require('../helpers/subject')
const { over, skip } = require('../helpers/transports')

/**
 * Messages and requests pass both ways, and the end is told once at each end.
 *
 * @param {any} server
 * @param {any} client
 * @param {number} id
 */
async function converse(server, client, id) {
  for (const end of [server, client]) {
    end.on('request', (/** @type {any[]} */ ...args) => args.at(-1).send({ echo: args.at(-2) }))
  }
  const atServer = next(server, 'message')
  client.send({ to: 'server', text: 'ä€𝄞\n"' })
  assert.deepEqual((await atServer)[1], { to: 'server', text: 'ä€𝄞\n"' })
  const atClient = next(client, 'message')
  server.send(id, { to: 'client' })
  assert.deepEqual(await atClient, [{ to: 'client' }])
  assert.deepEqual(await bounded(client.request({ a: 1 }), 'an answer'), { echo: { a: 1 } })
  assert.deepEqual(await bounded(server.request(id, { b: 2 }), 'an answer'), { echo: { b: 2 } })
  const logs = [new Log(server, ['error', 'close']), new Log(client, ['error', 'close'])]
  client.disconnect()
  for (const log of logs) await log.reach('close')
  assert.deepEqual(
    logs.map(log => log.names),
    [['close'], ['close']],
  )
}

/**
 * @param {import('node:test').TestContext} t
 * @param {{ server?: any, client?: any, serverOver?: string, clientOver?: string }} options
 * @param {[server: string, client: string]} expected
 */
async function check(t, { server: forServer, client: forClient, ...forced }, expected) {
  const { server } = await over(forced.serverOver, () => serve(t, { options: forServer }))
  const entered = over(forced.clientOver, () => enter(t, server, { options: forClient }))
  const { client, id, socket } = await entered
  assert.deepEqual([server.transport, client.transport], expected)
  assert.deepEqual([socket.transport, client.socket.transport], expected)
  await converse(server, client, id)
  return { socket, client }
}

test('rustls carries what it can', { skip }, t => check(t, {}, ['rustls', 'rustls']).then(() => {}))

for (const [serverOver, clientOver] of [
  ['node', undefined],
  [undefined, 'node'],
  ['node', 'node'],
]) {
  const expected = /** @type {[string, string]} */ ([
    serverOver ?? 'rustls',
    clientOver ?? 'rustls',
  ])
  test(`TLSJSON_TRANSPORT: ${expected.join(' server, ')} client`, { skip }, async t => {
    await check(t, { serverOver, clientOver }, expected)
  })
}

test('a version below TLS 1.2', { skip }, async t => {
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  const { server } = await serve(t, { options: old })
  const { client, id, socket } = await enter(t, server, { options: old })
  assert.deepEqual([server.transport, client.transport], ['node', 'node'])
  assert.deepEqual([socket.getProtocol(), client.socket.getProtocol()], ['TLSv1.1', 'TLSv1.1'])
  await converse(server, client, id)
})

test('a client that wants nothing from TLS 1.2 on fails as in Node', { skip }, async t => {
  const { port } = await serve(t)
  const options = { maxVersion: /** @type {const} */ ('TLSv1.1') }
  const reference = tls.connect({ port, ...options })
  const [expected] = await next(reference, 'error')
  reference.on('error', () => {})
  const client = dial(t, port, { options })
  assert.equal(client.transport, 'node')
  const log = new Log(client, ['error', 'close'])
  await log.reach('close')
  assert.equal(log.of('error')[0]?.[0].code, expected.code)
})

test('a name that rustls cannot send', { skip }, async t => {
  const client = { servername: 'no_host..name', checkServerIdentity: () => undefined }
  // A server with rustls refuses to hear it.
  const { socket } = await check(t, { serverOver: 'node', client }, ['node', 'node'])
  assert.equal(socket.servername, 'no_host..name')
})

test('minVersion alone, at the usual security level, changes nothing', { skip }, async t => {
  const old = { minVersion: 'TLSv1' }
  await check(t, { server: old, client: old }, ['rustls', 'rustls'])
})

test('a suite with CBC only', { skip }, async t => {
  const cbc = { ciphers: 'ECDHE-RSA-AES256-SHA', maxVersion: 'TLSv1.2' }
  const { server } = await serve(t, { options: cbc })
  const { client, id, socket } = await enter(t, server, { options: cbc })
  assert.deepEqual([server.transport, client.transport], ['node', 'node'])
  for (const one of [socket, client.socket]) {
    const { name, version } = one.getCipher()
    assert.deepEqual([name, version], ['ECDHE-RSA-AES256-SHA', 'TLSv1.0'])
  }
  await converse(server, client, id)
})

for (const [name, ...key] of [
  ['RSA below 2048 bits', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  ['RSA-PSS', '-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
  ['Ed448', '-algorithm', 'ED448'],
]) {
  test(`a key of the kind ${name}`, { skip }, async t => {
    const { key: own, cert } = oddPair(t, ...key)
    const ciphers = name.startsWith('RSA below') ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}
    await check(
      t,
      {
        server: { key: own, cert, ...ciphers },
        client: { ca: cert, ...ciphers },
        clientOver: 'node',
      },
      ['node', 'node'],
    )
  })
}

test('no option of Node is refused', { skip }, async t => {
  const secureContext = tls.createSecureContext()
  const unusual = {
    server: {
      SNICallback: (/** @type {string} */ _name, /** @type {any} */ done) => done(null),
      blockList: new net.BlockList(),
      crl: [],
      honorCipherOrder: true,
      pskCallback: () => null,
      ticketKeys: Buffer.alloc(48),
    },
    client: { secureContext, pskCallback: () => null, timeout: 60_000, requestOCSP: true },
  }
  for (const [name, value] of Object.entries(unusual.server)) {
    const { key, cert } = certificates.readmeCa()
    const options = { key, cert, [name]: value }
    assert.ok(new Server({ options, password: 'x' }).transport, name)
  }
  const { server } = await serve(t)
  for (const [name, value] of Object.entries(unusual.client)) {
    const { ca } = { ca: name === 'secureContext' ? undefined : certificates.readmeCa().cert }
    const options = { ca, [name]: value, rejectUnauthorized: false }
    const { client } = await enter(t, server, { options })
    assert.ok(client.transport, name)
  }
})

for (const transport of [undefined, 'node']) {
  const name = transport ?? 'rustls'
  test(`a client's timeout is told by its socket, ${name}`, { skip }, async t => {
    const { server } = await serve(t)
    const entered = over(transport, () => enter(t, server, { options: { timeout: 50 } }))
    const { client } = await entered
    assert.equal(client.transport, name)
    await next(client.socket, 'timeout')
    assert.equal(client.isAuthenticated, true)
  })
}

test('a short RSA key alone is what it is in Node', { skip }, t => {
  const options = oddPair(t, '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024')
  /** @type {unknown} */
  let refusal = null
  try {
    tls.createServer(options)
  } catch (error) {
    // Where the security level forbids it.
    refusal = /** @type {any} */ (error).code
  }
  if (refusal === null) assert.equal(new Server({ options, password: 'x' }).transport, 'node')
  else assert.throws(() => new Server({ options, password: 'x' }), { code: refusal })
})

test("a client's key of a kind that rustls does not know", { skip }, async t => {
  const { key, cert } = oddPair(t, '-algorithm', 'ED448')
  const { server } = await over('node', () =>
    serve(t, { options: { requestCert: true, ca: [cert] } }),
  )
  const { client, id, socket } = await enter(t, server, { options: { key, cert } })
  assert.equal(client.transport, 'node')
  assert.deepEqual([socket.authorized, socket.authorizationError], [true, null])
  assert.equal(socket.getPeerCertificate().subject.CN, 'localhost')
  await converse(server, client, id)
})

test('pre-shared keys', { skip }, async t => {
  const psk = Buffer.from('0123456789abcdef')
  const ciphers = 'PSK+HIGH'
  await check(
    t,
    {
      server: { ciphers, maxVersion: 'TLSv1.2', pskCallback: () => psk },
      client: {
        ciphers,
        maxVersion: 'TLSv1.2',
        pskCallback: () => ({ psk, identity: 'me' }),
        checkServerIdentity: () => undefined,
      },
    },
    ['node', 'node'],
  )
})

test('a secureContext', { skip }, async t => {
  const secureContext = tls.createSecureContext({ ca: certificates.readmeCa().cert })
  await check(t, { client: { ca: undefined, secureContext } }, ['rustls', 'node'])
})

test("an SNICallback that answers with Node's own context", { skip }, async t => {
  const { key, cert } = certificates.other()
  const SNICallback = (/** @type {string} */ _name, /** @type {any} */ done) =>
    done(null, tls.createSecureContext({ key, cert }))
  const client = { ca: cert, servername: 'localhost' }
  await check(t, { server: { SNICallback }, client }, ['node', 'rustls'])
})

test('a socket that is there already', { skip }, async t => {
  const { server, port } = await serve(t)
  const options = { socket: net.connect(port, '127.0.0.1') }
  const { client, id } = await enter(t, server, { options })
  assert.deepEqual([server.transport, client.transport], ['rustls', 'node'])
  assert.equal(client.isConnected, true)
  await converse(server, client, id)
})

test("a server takes a stream that is no socket, by Node's own TLS", { skip }, async t => {
  const { server } = await serve(t)
  const front = net.createServer(socket => server.tlsServer.emit('connection', plainStream(socket)))
  cleanup(t, () => void front.close())
  await next(front.listen(0), 'listening')
  const { port } = /** @type {net.AddressInfo} */ (front.address())
  const arrived = next(server, 'authenticated')
  const seen = new Log(server.tlsServer, ['secureConnection'])
  const client = dial(t, port)
  const entered = next(client, 'authenticated')
  const [id, socket] = await arrived
  await entered
  assert.deepEqual(
    [server.transport, socket.transport, client.transport],
    ['rustls', 'node', 'rustls'],
  )
  assert.deepEqual(seen.entries, [['secureConnection', socket]])
  await converse(server, client, id)
})

test(
  "a server's key that rustls does not know fails, and is taken by Node's own TLS",
  { skip },
  async t => {
    const { key, cert } = oddPair(t, '-algorithm', 'ED448')
    const { server, port } = await serve(t, { options: { key, cert } })
    const client = dial(t, port, { options: { ca: cert } })
    const log = new Log(client, ['authenticated', 'error', 'close'])
    await log.reach('close')
    assert.deepEqual(log.names, ['error', 'close'])
    const { client: other } = await over('node', () => enter(t, server, { options: { ca: cert } }))
    assert.deepEqual([client.transport, other.transport], ['rustls', 'node'])
  },
)
