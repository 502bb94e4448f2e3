'use strict'

// Who has not sent the right password: what they send and do not send costs a server little, ends in time, and is
// noticed by nobody else.

const assert = require('node:assert/strict')
const crypto = require('node:crypto')
const path = require('node:path')
const { test } = require('node:test')
const { overNode, difference, isOriginal } = require('../helpers/subject')
const { dial, enter, password, serve } = require('../helpers/ends')
const { Log, bounded, next, turn } = require('../helpers/events')
const { alertRecord, clientHello, rawClient } = require('../helpers/broken-peers')
const { chaosProxy } = require('../helpers/chaos-proxy')
const { referenceClient } = require('../helpers/reference-peer')
const { run, start } = require('../helpers/program')

const EVENTS = ['authenticated', 'message', 'request', 'close', 'error', 'timeout']
const REFUSED = '{"error":"incorrect password"}'

/**
 * That a client can still talk to its server.
 *
 * @param {any} server
 * @param {any} client
 */
async function works(server, client) {
  server.once('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  assert.equal((await client.request({ n: 42 })).n, 42)
}

test('thousands that connect and say nothing keep nobody out', async t => {
  // For more: TLSJSON_IDLE=10000 node --test __test__/process/unauthenticated.test.js, if a process may have so many descriptors.
  const count = Number(process.env.TLSJSON_IDLE ?? (overNode ? 1500 : 4500))
  const { server, port } = await serve(t)
  const { client } = await enter(t, server)
  const program = path.join(__dirname, '..', 'fixtures', 'silent-peers.js')
  const said = new Promise(resolve => {
    const options = { env: { COUNT: String(count) }, within: 120_000, onStderr: resolve }
    // It is ended with the test.
    start(t, [program, String(port)], options).catch(resolve)
  })
  assert.equal(await bounded(said, 'all of them', 100_000), `${count} connected\n`)
  await works(server, client)
  const { client: later } = await enter(t, server)
  await works(server, later)
  assert.deepEqual([...server.sockets.keys()], [0, 1])
  // Only those beyond the limit had to go.
  if (server.limitCounts) {
    assert.equal(server.limitCounts.maxHandshakes, Math.max(0, count + 1 - 4096))
  }
})

test('a ClientHello that comes byte by byte is a ClientHello', async t => {
  const { server, port } = await serve(t)
  const proxy = await chaosProxy(t, port, ({ toServer, toClient }) => {
    toServer.split()
    toClient.split()
  })
  const arrived = next(server, 'message')
  const client = dial(t, proxy.port)
  await next(client, 'authenticated')
  client.send({ through: 'the eye of a needle' })
  assert.deepEqual(await arrived, [0, { through: 'the eye of a needle' }])
})

difference('bytes of a ClientHello that trickle in do not put handshakeTimeout off', async t => {
  const { server, port } = await serve(t, { options: { handshakeTimeout: 200 } })
  const { client } = await enter(t, server)
  const hello = await clientHello()
  const failed = next(server.tlsServer, 'tlsClientError')
  const peer = await rawClient(t, port)
  // A byte every 10 ms: the whole would take longer than ten times the limit.
  let sent = 0
  const dribble = setInterval(() => {
    if (!peer.socket.destroyed && sent < hello.length)
      peer.socket.write(hello.subarray(sent, ++sent))
  }, 10)
  t.after(() => clearInterval(dribble))
  const [error] = await failed
  assert.equal(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT')
  await peer.left()
  assert.ok(sent < hello.length, 'it was cut in the middle')
  await works(server, client)
})

/**
 * @param {Buffer} hello a record
 * @param {number} size
 * @returns {Buffer} the same message in records of so many bytes
 */
function inRecordsOf(hello, size) {
  const records = []
  for (let at = 5; at < hello.length; at += size) {
    const part = hello.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part)
  }
  return Buffer.concat(records)
}

for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
  test(`${version}: a ClientHello in many records is answered or refused, and harms nobody`, async t => {
    const { server, port } = await serve(t)
    const { client } = await enter(t, server)
    const hello = await clientHello({ maxVersion: version, servername: 'localhost' })
    for (const size of [1, 2, 3, 4, 5, 16, 63, 100, hello.length - 6]) {
      for (const parts of [1, hello.length]) {
        const peer = await rawClient(t, port)
        const bytes = inRecordsOf(hello, size)
        const step = Math.ceil(bytes.length / parts)
        for (let at = 0; at < bytes.length; at += step) {
          peer.socket.write(bytes.subarray(at, at + step))
          if (at % 50 === 0) await turn()
        }
        await peer.until(() => peer.received.length > 0 || peer.end !== undefined, 'an answer')
        // A handshake record, or an alert.
        if (peer.received.length > 0) assert.ok([21, 22].includes(peer.received.readUInt8(0)))
        peer.socket.destroy()
      }
    }
    await works(server, client)
    await enter(t, server)
  })

  test(`${version}: close_notify directly behind a ClientHello ends the handshake, and nothing spins`, async t => {
    const { server, port } = await serve(t, { options: { handshakeTimeout: 1000 } })
    const hello = await clientHello({ maxVersion: version })
    const failed = new Log(server.tlsServer, ['tlsClientError'])
    // More than there are threads for handshakes.
    const peers = await Promise.all(Array.from({ length: 8 }, () => rawClient(t, port)))
    for (const peer of peers) peer.socket.write(Buffer.concat([hello, alertRecord(0, 1)]))
    await enter(t, server)
    await failed.reach('tlsClientError', peers.length)
    for (const [error] of failed.of('tlsClientError')) {
      assert.match(error.code, /^(ERR_TLS_HANDSHAKE_TIMEOUT|ECONNRESET|ERR_SSL_.*)$/)
    }
    for (const peer of peers) await peer.left()
  })
}

/** Bytes that look random, the same each time. @param {number} length */
const noise = length =>
  crypto
    .createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
    .update(Buffer.alloc(length))

for (const [name, bytes] of /** @type {[string, Buffer][]} */ ([
  ['zeros', Buffer.alloc(1 << 20)],
  ['noise', noise(1 << 20)],
])) {
  test(`1 MB of ${name} for a handshake is an error of that connection alone`, async t => {
    const { server, port } = await serve(t)
    const { client } = await enter(t, server)
    const failed = next(server.tlsServer, 'tlsClientError')
    const peer = await rawClient(t, port)
    peer.socket.write(bytes)
    const [error] = await failed
    assert.match(error.code, /^ERR_SSL_/)
    await peer.left()
    await works(server, client)
  })
}

difference('blank lines count among the bytes before login', async t => {
  const { server, port } = await serve(t, { maxLoginBytes: 1000 })
  const log = new Log(server, EVENTS)
  const peer = await referenceClient(t, port)
  await peer.write('\n'.repeat(900))
  await peer.write('\n'.repeat(200)).catch(() => {})
  await peer.gone()
  await log.reach('close')
  assert.equal(log.of('error')[0]?.[1].code, 'TLSJSON_LOGIN_TOO_LONG')
})

test('a password cut anywhere by TLS and by TCP, with a message in its record', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['authenticated', 'message', 'close', 'error'])
  const proxy = await chaosProxy(t, port, ({ toServer }) => toServer.split(7))
  const text = Buffer.from(`${JSON.stringify({ password })}\n{"first":"message"}\n`)
  // Not right before a newline: there the original delivers twice.
  for (const [n, at] of [1, 10, 20, text.indexOf(10) + 1, text.length - 4].entries()) {
    const peer = await referenceClient(t, proxy.port)
    await peer.write(text.subarray(0, at))
    await peer.write(text.subarray(at))
    await log.reach('message', n + 1)
    assert.equal(await peer.line(), '{"authenticated":true}')
  }
  assert.deepEqual(log.names, Array(5).fill(['authenticated', 'message']).flat())
})

test('the answer to a wrong password arrives, however much comes behind it', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  for (let n = 0; n < 20; n++) {
    const peer = await referenceClient(t, port)
    peer.socket.on('error', () => {})
    // More than is read before the refusal: a socket that is closed over it is reset by the system.
    peer.socket.write(
      Buffer.concat([Buffer.from('{"password":"no"}\n'), Buffer.alloc(500_000, 10)]),
    )
    await peer.gone()
    assert.deepEqual(peer.lines.map(String), [REFUSED])
    if (!isOriginal) assert.deepEqual(peer.errors, [])
  }
  await log.reach('close', 20)
  assert.deepEqual(new Set(log.names), new Set(['close']))
})

test('what stands before the password is judged as a password, and reaches nobody', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const lines = [
    { requestId: 1 },
    { responseId: 1 },
    { __ping: 1 },
    { __pong: 1 },
    { authenticated: true },
  ]
  for (const value of lines) {
    const peer = await referenceClient(t, port)
    await peer.send(value)
    assert.equal(await peer.line(), REFUSED)
    await peer.gone()
  }
  await log.reach('close', lines.length)
  assert.deepEqual(new Set(log.names), new Set(['close']))
})

test('passwords that look alike are not the same', async t => {
  // Composed and decomposed, Latin and Cyrillic, with and without what cannot be seen.
  const pairs = [
    ['gr\u00fc\u00df', 'gru\u0308\u00df'],
    ['paypal', 'p\u0430ypal'],
    ['secret', 'secret\u200b'],
    ['\ud800', '\udc00'],
    ['secret', 'secret\0'],
  ]
  for (const [own, given] of pairs) {
    const { server, port } = await serve(t, { password: own })
    const log = new Log(dial(t, port, { password: given }), ['message', 'close', 'authenticated'])
    await log.reach('close')
    assert.deepEqual(log.names, ['message', 'close'])
    await enter(t, server, { password: own })
  }
})

test('a password of 60,000 characters is a password; of 1 MB it is cut before it is judged', async t => {
  const long = 'p'.repeat(60_000)
  const { server, port } = await serve(t, { password: long })
  await enter(t, server, { password: long })
  if (isOriginal) return
  const log = new Log(server, ['error', 'close'])
  const client = dial(t, port, { password: 'p'.repeat(1 << 20) })
  client.on('error', () => {})
  await next(client, 'close')
  await log.reach('close')
  assert.equal(log.of('error')[0]?.[1].code, 'TLSJSON_LOGIN_TOO_LONG')
})

test('hundreds of wrong passwords write nothing anywhere, and leave nothing', async t => {
  const { code, stdout, stderr } = await run(
    t,
    ({ Server, Client, serverConfig, clientConfig }) => {
      const server = new Server(serverConfig())
      let closed = 0
      server.on('close', () => {
        if (++closed < 150) return
        process.exitCode = server.sockets.size === 1 ? 0 : 1
        server.close()
      })
      server.on('authenticated', () => process.exit(2))
      server.listen(0, () => {
        const { port } = server.tlsServer.address()
        const guess = (/** @type {number} */ n) => {
          if (n === 0) return
          const client = new Client(clientConfig(port, { password: `guess ${n}` }))
          client.on('close', () => guess(n - 1))
        }
        for (let n = 0; n < 3; n++) guess(50)
      })
    },
  )
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
})

test('a storm of handshakes stops nobody who is in', async t => {
  const { server, port } = await serve(t)
  const { client } = await enter(t, server)
  const storm = { going: true, done: 0 }
  const attack = async () => {
    while (storm.going) {
      const peer = await referenceClient(t, port)
      peer.socket.destroy()
      storm.done++
    }
  }
  const attackers = Array.from({ length: 8 }, attack)
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  // As many answers as it takes for the storm to have been one.
  let answers = 0
  while (storm.done < 100 || answers < 100) {
    assert.deepEqual(await client.request({ answers }), { answers })
    answers++
  }
  storm.going = false
  await Promise.all(attackers)
})

test(
  'a server that has no descriptor left goes on with those it has, and takes more when there are',
  { skip: process.platform === 'win32' || isOriginal },
  async t => {
    const program = path.join(__dirname, '..', 'fixtures', 'few-descriptors.js')
    const { code, stdout, stderr } = await start(t, [program], { within: 60_000 })
    assert.equal(stderr, '')
    assert.equal(code, 0, stdout)
    const { full, answers, later, cpu } = JSON.parse(stdout)
    assert.deepEqual({ full, answers, later }, { full: true, answers: 20, later: true })
    // Who spins uses up a processor.
    assert.ok(cpu < 0.05, stdout)
  },
)
