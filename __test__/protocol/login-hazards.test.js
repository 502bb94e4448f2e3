'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { difference } = require('../helpers/subject')
const { serve, taken, password } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { referenceClient, admitted } = require('../helpers/reference-peer')
const { relay } = require('../helpers/raw')
const { run } = require('../helpers/program')

const EVENTS = ['authenticated', 'message', 'request', 'close', 'error', 'timeout']

difference('nothing behind a refusal is looked at', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const peer = await referenceClient(t, port)
  await peer.send({ password: 'wrong' }, { password }, { n: 1 }, { requestId: 1 })
  await peer.gone()
  await log.reach('close')
  assert.deepEqual(log.entries, [['close', 0]])
  assert.deepEqual(peer.lines.map(String), ['{"error":"incorrect password"}'])
})

difference('two wrong passwords in one record end no process', async t => {
  const { code, stderr } = await run(t, ({ Server, serverConfig }) => {
    const tls = require('node:tls')
    const server = new Server(serverConfig())
    server.on('close', () => server.close())
    server.listen(0, () => {
      const { port } = server.tlsServer.address()
      const peer = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () =>
        peer.write('{"password":"a"}\n{"password":"b"}\n'),
      )
      peer.on('error', () => {})
    })
  })
  assert.equal(code, 0, stderr)
})

difference('a reset before login ends no process', async t => {
  const { code, stderr } = await run(t, ({ Server, serverConfig }) => {
    const net = require('node:net')
    const tls = require('node:tls')
    const server = new Server(serverConfig())
    server.on('close', () => server.close())
    server.listen(0, () => {
      const tcp = net.connect(server.tlsServer.address().port, '127.0.0.1')
      const peer = tls.connect({ socket: tcp, rejectUnauthorized: false })
      peer.on('error', () => {})
      // Only when the server has taken the connection the reset is one of its own socket.
      const look = setInterval(() => {
        if (server.sockets.size === 0) return
        clearInterval(look)
        tcp.resetAndDestroy()
      }, 5)
    })
  })
  assert.equal(code, 0, stderr)
})

test("a reset before login is an 'error' for who listens", async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const through = await relay(t, port)
  const peer = await referenceClient(t, through.port)
  await peer.write('\n')
  await taken(server, 1)
  ;(await through.passage()).reset()
  await log.reach('close')
  assert.deepEqual(log.names, ['error', 'close'])
  const [[id, error]] = log.of('error')
  assert.equal(id, 0)
  assert.equal(error.code, 'ECONNRESET')
})

difference('bytes before login are bounded', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const peer = await referenceClient(t, port)
  const piece = Buffer.alloc(16 * 1024, 'x')
  for (let sent = 0; sent < 1024 * 1024 && !peer.closed; sent += piece.length) {
    await peer.write(piece).catch(() => {})
  }
  await peer.gone()
  await log.reach('close')
  assert.ok(!log.names.includes('authenticated'))
})

difference('who sends no password is cut after authTimeout', async t => {
  const { server, port } = await serve(t, { authTimeout: 80 })
  const log = new Log(server, EVENTS)
  const peer = await referenceClient(t, port)
  await peer.gone()
  await log.reach('close')
  assert.deepEqual(log.entries, [['close', 0]])
})

difference('a password behind the end of a server lets nobody in and is no error', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const peer = await referenceClient(t, port)
  await taken(server, 1)
  server.sockets.get(0).end()
  await Promise.all([peer.send({ password }), log.reach('close')])
  await peer.gone()
  assert.deepEqual(log.entries, [['close', 0]])
  assert.deepEqual(peer.lines.map(String), [])
})

test('who logs in is not cut by authTimeout', async t => {
  const { server, port } = await serve(t, { authTimeout: 1000 })
  const silent = await referenceClient(t, port)
  await taken(server, 1)
  const peer = await admitted(t, port, password)
  // The silent connection's end marks the time on a server with authTimeout; the original has none.
  if (!require('../helpers/subject').isOriginal) await silent.gone()
  const message = next(server, 'message')
  await peer.send({ still: 'here' })
  assert.deepEqual(await message, [1, { still: 'here' }])
})

test('authTimeout: 0 turns the deadline off', async t => {
  const { server, port } = await serve(t, { authTimeout: 0 })
  const peer = await referenceClient(t, port)
  const entered = next(server, 'authenticated')
  await peer.send({ password })
  await entered
})

difference('nothing is written to a connection that has not logged in', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['error'])
  const peer = await referenceClient(t, port)
  await taken(server, 1)
  server.send(0, { secret: 1 })
  assert.equal(log.entries.length, 1)
  const [[id, error]] = log.of('error')
  assert.equal(id, 0)
  assert.equal(error.message, 'not connected or not authenticated')
  await peer.send({ password })
  assert.equal(await peer.line(), '{"authenticated":true}')
})

difference('a broadcast beside a client that is not logged in does not throw', async t => {
  const { server, port } = await serve(t)
  const peer = await referenceClient(t, port)
  await taken(server, 1)
  for (const id of server.sockets.keys()) server.send(id, { secret: 1 })
  await peer.send({ password })
  assert.equal(await peer.line(), '{"authenticated":true}')
})

test('a request to a connection that has not logged in is rejected', async t => {
  const { server, port } = await serve(t)
  const peer = await referenceClient(t, port)
  await taken(server, 1)
  await assert.rejects(server.request(0, {}), { message: 'not connected or not authenticated' })
  await peer.send({ password })
  assert.equal(await peer.line(), '{"authenticated":true}')
})

difference('a server without a password warns once, with a code', async t => {
  const { code, stdout } = await run(t, ({ Server, serverConfig }) => {
    process.on('warning', warning => {
      if ('code' in warning) process.stdout.write(`${warning.code}\n`)
    })
    for (let n = 0; n < 2; n++) new Server(serverConfig({ password: undefined }))
  })
  assert.equal(code, 0)
  assert.equal(stdout, 'TLSJSON_NO_PASSWORD\n')
})

difference('a client that is refused and tries for ever warns once, with a code', async t => {
  const { code, stdout } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    process.on('warning', warning => {
      if ('code' in warning) process.stdout.write(`${warning.code}\n`)
    })
    const server = new Server(serverConfig())
    server.listen(0, () => {
      const { port } = server.tlsServer.address()
      const config = clientConfig(port, { password: 'wrong', reconnectInterval: 10 })
      const clients = [new Client(config), new Client(config)]
      for (const client of clients) {
        let attempts = 0
        client.on('reconnectAttempt', () => {
          if (++attempts < 3) return
          client.disconnect()
          if (clients.some(({ attemptsToReconnect }) => attemptsToReconnect)) return
          setImmediate(() => process.exit(0))
        })
      }
    })
  })
  assert.equal(code, 0)
  assert.equal(stdout, 'TLSJSON_PASSWORD_REFUSED\n')
})

test('a client that is refused and does not try again, or is told not to, warns of nothing', async t => {
  const { code, stderr } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    const server = new Server(serverConfig())
    server.listen(0, () => {
      const { port } = server.tlsServer.address()
      const once = new Client(clientConfig(port, { password: 'wrong' }))
      once.on('close', () => {
        const told = new Client(clientConfig(port, { password: 'wrong', reconnectInterval: 10 }))
        told.on('message', () => told.disconnect())
        // What is written is written by then.
        told.on('close', () => setImmediate(() => process.exit(0)))
      })
    })
  })
  assert.equal(code, 0)
  assert.equal(stderr, '')
})
