'use strict'

// Differences from the original that no other suite is about; docs/reference/differences.md has them all.

const assert = require('node:assert/strict')
const tls = require('node:tls')
const { test } = require('node:test')
const { aboutRustls, difference, Server } = require('../helpers/subject')
const { dial, join, password, serve, serverConfig } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { admitted, referenceServer } = require('../helpers/reference-peer')
const { run } = require('../helpers/program')

difference('an answer to a connection that was lost does not leave on the next one', async t => {
  const { server, client, socket, id } = await join(t, { client: { reconnectInterval: 200 } })
  const errors = new Log(client, ['error'])
  const asked = next(client, 'request')
  void server.request(id, { a: 1 }).catch(() => {})
  const [, res] = await asked
  const again = next(client, 'authenticated')
  socket.destroy()
  await again
  res.send({ late: true })
  const [[error]] = await errors.reach('error')
  assert.equal(error.code, 'TLSJSON_NOT_CONNECTED')
})

difference('many sends right before disconnect all arrive', async t => {
  const { server, client } = await join(t)
  const log = new Log(server, ['message', 'close'])
  for (let n = 0; n < 10; n++) client.send({ n })
  client.disconnect()
  await log.reach('close')
  assert.equal(log.of('message').length, 10)
})

difference('a last line without its newline is no message', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['message', 'close'])
  const peer = await admitted(t, port, password)
  peer.socket.end('{"last":1}')
  await log.reach('close')
  assert.deepEqual(log.names, ['close'])
})

difference('after disconnect no timer for a reconnect holds the process', async t => {
  const { code, ms } = await run(t, ({ Server: S, Client, serverConfig: s, clientConfig }) => {
    const server = new S(s())
    server.listen(0, () => {
      const { port } = server.tlsServer.address()
      const client = new Client(clientConfig(port, { reconnectInterval: 30_000 }))
      client.on('authenticated', () => {
        client.disconnect()
        server.close()
      })
    })
  })
  assert.equal(code, 0)
  assert.ok(ms < 20_000, `${ms} ms`)
})

difference('a keepalive that is no number of milliseconds is refused', () => {
  for (const config of [
    { keepAliveInterval: -5 },
    { keepAliveInterval: 'soon' },
    { keepAliveTimeout: {} },
  ]) {
    assert.throws(() => new Server(serverConfig(config)), { code: 'ERR_INVALID_ARG_VALUE' })
  }
})

difference('a client is sent no more than 64 KiB before it is let in', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const log = new Log(client, ['message', 'error', 'close'])
  const peer = await server.accept()
  peer.socket.on('error', () => {})
  peer.socket.write(`{"error":"${'x'.repeat(70_000)}"}\n`)
  await log.reach('close')
  assert.deepEqual(log.names, ['error', 'close'])
  assert.equal(log.of('error')[0]?.[0].code, 'TLSJSON_LOGIN_TOO_LONG')
})

difference(
  'only forward-secret, authenticated suites are spoken',
  async t => {
    const { port } = await serve(t)
    for (const ciphers of ['ECDHE-RSA-AES128-SHA256', 'AES128-GCM-SHA256']) {
      const socket = tls.connect({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.2',
        ciphers,
      })
      t.after(() => socket.destroy())
      const [error] = await next(socket, 'error', `a refusal of ${ciphers}`)
      assert.match(error.code, /ALERT_HANDSHAKE_FAILURE/)
    }
  },
  { skip: aboutRustls },
)

difference(
  'no session is resumed',
  async t => {
    const { port } = await serve(t)
    const sessions = []
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    t.after(() => socket.destroy())
    socket.on('session', session => sessions.push(session))
    await next(socket, 'secureConnect')
    socket.write(`${JSON.stringify({ password })}\n`)
    // In TLS 1.3 tickets come before the first data.
    await next(socket, 'data')
    assert.equal(sessions.length, 0)
  },
  { skip: aboutRustls },
)

difference("a socket's 'data' is a whole line, however it came", async t => {
  const { server, port } = await serve(t)
  const arrived = next(server, 'authenticated')
  const peer = await admitted(t, port, password)
  const [, socket] = await arrived
  const log = new Log(socket, ['data'])
  await peer.write('{"a"')
  await peer.write(':1}\n{"b":2}\n')
  await log.reach('data', 2)
  assert.deepEqual(log.entries, [
    ['data', '{"a":1}\n'],
    ['data', '{"b":2}\n'],
  ])
})

difference(
  'a socket is no stream, tlsServer no tls.Server',
  async t => {
    const { server, socket } = await join(t)
    assert.equal(socket instanceof tls.TLSSocket, false)
    assert.equal(socket.pipe, undefined)
    assert.equal(server.tlsServer instanceof tls.Server, false)
  },
  { skip: aboutRustls },
)

test('a client whose certificate is asked for and good is let in, others are not', async t => {
  const certificates = require('../helpers/certificates')
  const { key, cert } = certificates.san()
  const { server, port } = await serve(t, { options: { requestCert: true, ca: [cert] } })
  const log = new Log(server, ['authenticated'])
  const unauthenticated = dial(t, port)
  unauthenticated.on('error', () => {})
  await next(unauthenticated, 'close')
  const client = dial(t, port, { options: { key, cert } })
  await next(client, 'authenticated')
  const [[, socket]] = await log.reach('authenticated')
  assert.equal(socket.authorized, true)
  assert.equal(socket.getPeerCertificate().subject.CN, 'localhost')
  assert.equal(log.entries.length, 1)
})
