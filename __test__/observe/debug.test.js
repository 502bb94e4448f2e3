'use strict'

// NODE_DEBUG=tls-json: what it writes, what it never writes, and that nothing is written without it.

const assert = require('node:assert/strict')
const { difference } = require('../helpers/subject')
const certificates = require('../helpers/certificates')
const { password } = require('../helpers/ends')
const { run } = require('../helpers/program')

const SECRETS = { wrong: 'a wrong password', message: 'the text of a message' }

/**
 * Clients that are let in, refused, cut, and find nobody; and a peer that speaks no TLS.
 *
 * @param {import('../helpers/program').Context} context
 */
function program({ Server, Client, given, serverConfig, clientConfig }) {
  const { once } = require('node:events')
  const server = new Server(serverConfig({ maxMessageBytes: 1000, keepAliveInterval: 50 }))
  server.on('error', () => {})
  server.on('request', (/** @type {any} */ _, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  server.listen(0, async () => {
    const { port } = server.tlsServer.address()
    const good = new Client(clientConfig(port))
    await once(good, 'authenticated')
    await good.request({ text: given.message })
    good.send({ text: given.message.repeat(100) })
    await once(good, 'close')
    const bad = new Client(clientConfig(port, { password: given.wrong, reconnectInterval: 20 }))
    await once(bad, 'reconnectAttempt')
    bad.disconnect()
    const noise = require('node:net').connect(port, '127.0.0.1')
    noise.end('no TLS at all\r\n\r\n').resume()
    await once(noise, 'close')
    server.close(() => {
      const nowhere = new Client(clientConfig(port))
      nowhere.on('error', () => {})
    })
  })
}

difference('NODE_DEBUG=tls-json tells of connections, and no secrets', async t => {
  const { code, stderr } = await run(t, program, {
    given: SECRETS,
    env: { NODE_DEBUG: 'tls-json' },
    flags: ['--no-warnings'],
  })
  assert.equal(code, 0)
  const lines = stderr.trimEnd().split('\n')
  for (const line of lines) assert.match(line, /^TLS-JSON \d+: (server|client) \d/)
  for (const told of [
    /server 1: listening on \S+ \d+$/m,
    /server 1, client 0 \(\S+ \d+\): TLS is up, TLSv1\.3 TLS_\w+ over (rustls|node)$/m,
    /server 1, client 0 \(\S+ \d+\): logged in$/m,
    /server 1, client 0 \(\S+ \d+\): cut, TLSJSON_MESSAGE_TOO_LONG$/m,
    /server 1, client 0 \(\S+ \d+\): closed$/m,
    /server 1, client 1 \(\S+ \d+\): login refused$/m,
    /server 1: handshake failed, ERR_SSL_\w+$/m,
    /client 1: connecting$/m,
    /client 1 \(\S+ \d+\): TCP is up$/m,
    /client 1 \(\S+ \d+\): logged in$/m,
    /client 1 \(\S+ \d+\): closed$/m,
    /client 2 \(\S+ \d+\): login refused$/m,
    /client 2: connecting again$/m,
    /client 3 \(\S+ \d+\): cannot connect, ECONNREFUSED$/m,
  ]) {
    assert.match(stderr, told)
  }
  for (const secret of [password, ...Object.values(SECRETS)]) assert.ok(!stderr.includes(secret))
  const key = String(certificates.readmeCa().key).trimEnd().split('\n')
  assert.ok(key.length > 2)
  for (const line of key) assert.ok(!stderr.includes(line))
})

difference('without it nothing is written', async t => {
  // The original has no such program: it does not cut who says too much.
  const { code, stderr } = await run(t, program, { given: SECRETS, flags: ['--no-warnings'] })
  assert.equal(code, 0)
  assert.equal(stderr, '')
})
