'use strict'

// Every alert that OpenSSL has a word for, from a raw peer, in both roles. What is expected is what this Node says.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { dial, join, serve } = require('../helpers/ends')
const { bounded, next } = require('../helpers/events')
const {
  alertRecord,
  clientHello,
  nodeClient,
  nodeServer,
  outline,
  rawClient,
  rawServer,
} = require('../helpers/broken-peers')

/** RFC 8446, section 6, and its predecessors. */
const ALERTS = [
  10, 20, 21, 22, 30, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 60, 70, 71, 80, 86, 90, 100,
  109, 110, 111, 112, 113, 114, 115, 116, 120,
]
/** close_notify before there was a hello, and numbers nobody has given a meaning. */
const WITHOUT_WORDS = [0, 1, 99, 255]
/** Node goes on after it, as TLS 1.3 says, with a peer that has given up. */
const USER_CANCELLED = 90

const VERSIONS = /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])

/**
 * @param {import('node:test').TestContext} t
 * @param {import('node:events').EventEmitter} tlsServer
 * @param {number} port
 * @param {Buffer} hello
 * @param {number} alert
 * @returns {Promise<any>} what the server says of a client that sends the alert in its handshake, and goes
 */
async function saidByServer(t, tlsServer, port, hello, alert) {
  const failed = next(tlsServer, 'tlsClientError', `the server's view of alert ${alert}`)
  const peer = await rawClient(t, port)
  peer.socket.write(hello)
  await peer.heard()
  peer.socket.end(alertRecord(alert))
  const [error] = await failed
  return outline(error)
}

for (const version of VERSIONS) {
  test(`${version}: a server says of every alert what Node says`, async t => {
    const { server, client, port } = await join(t)
    const node = await nodeServer(t)
    const hello = await clientHello({ minVersion: version, maxVersion: version })
    const codes = new Set()
    for (const alert of [...ALERTS, ...WITHOUT_WORDS]) {
      if (version === 'TLSv1.3' && alert === USER_CANCELLED) continue
      const wanted = await saidByServer(t, node.server, node.port, hello, alert)
      const given = await saidByServer(t, server.tlsServer, port, hello, alert)
      assert.deepEqual(given, wanted, `alert ${alert}`)
      codes.add(given.code)
    }
    assert.ok(codes.size > 30, `only ${codes.size} codes`)
    const message = next(server, 'message')
    client.send('undisturbed')
    assert.deepEqual(await message, [0, 'undisturbed'])
  })

  test(`${version}: a client says of every alert what Node says`, async t => {
    let alert = 0
    const port = await rawServer(t, async peer => {
      await peer.heard()
      peer.socket.end(alertRecord(alert))
    })
    const options = { minVersion: version, maxVersion: version, servername: 'localhost' }
    const codes = new Set()
    for (alert of [...ALERTS, ...WITHOUT_WORDS]) {
      const ends = [nodeClient(t, port, options), dial(t, port, { host: '127.0.0.1', options })]
      const errors = await Promise.all(ends.map(end => next(end, 'error')))
      const [wanted, given] = errors.map(([error]) => outline(error))
      assert.deepEqual(given, wanted, `alert ${alert}`)
      codes.add(given?.code)
    }
    assert.ok(codes.size > 30, `only ${codes.size} codes`)
  })
}

test('an alert of a server that fails a handshake arrives, whatever else the client has sent', async t => {
  const { server, port } = await serve(t, { options: { ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' } })
  const hello = await clientHello({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA' })
  // A reset would win the race against the alert now and then only.
  for (let time = 0; time < 40; time++) {
    const failed = next(server.tlsServer, 'tlsClientError')
    const peer = await rawClient(t, port)
    // More than is read at once stays unread behind what fails.
    peer.socket.write(Buffer.concat([hello, Buffer.alloc(30_000)]))
    const [error] = await failed
    assert.equal(error.code, 'ERR_SSL_NO_SHARED_CIPHER')
    await peer.left()
    assert.equal(peer.end, 'FIN')
    assert.deepEqual(peer.received, alertRecord(40))
    peer.socket.destroy()
  }
})

test('who goes on sending after a failed handshake is cut', async t => {
  const { port } = await serve(t)
  const peer = await rawClient(t, port)
  const gone = new Promise(resolve => peer.socket.once('close', resolve))
  const chunk = Buffer.alloc(64 * 1024)
  const flood = () => {
    while (!peer.socket.destroyed && peer.socket.write(chunk));
  }
  peer.socket.on('drain', flood)
  flood()
  await bounded(gone, 'the end of a peer that floods')
  assert.match(String(peer.end), /FIN|ECONNRESET|EPIPE/)
})
