'use strict'

// Peers that break before and during the handshake, from raw sockets. What is expected is what this Node says of the
// same bytes; each row shows that another connection of the same server goes on.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { dial, join } = require('../helpers/ends')
const { isOriginal, overNode } = require('../helpers/subject')
const { Log, next } = require('../helpers/events')
const {
  alertRecord,
  clientHello,
  nodeClient,
  nodeServer,
  outline,
  rawClient,
  rawServer,
  reset,
} = require('../helpers/broken-peers')

/** @typedef {import('../helpers/broken-peers').RawPeer} RawPeer */

/**
 * @param {any} server
 * @param {any} client logged in as 0
 */
async function goesOn(server, client) {
  const [message, answer] = [next(server, 'message'), next(client, 'message')]
  client.send('still here')
  assert.deepEqual(await message, [0, 'still here'])
  server.send(0, 'so am I')
  assert.deepEqual(await answer, ['so am I'])
}

/** @type {Buffer} */
let hello
test.before(async () => {
  hello = await clientHello()
})

const giant = Buffer.concat([Buffer.from([0x16, 3, 1, 0, 64, 1]), Buffer.alloc(63, 0xff)])
/** No more than is read at once: what Node 24 has not read when it closes, the system answers with a reset. */
const oversized = Buffer.concat([Buffer.from([0x16, 3, 1, 0xff, 0xff]), Buffer.alloc(60_000)])

/**
 * What clients do that never get through a handshake.
 *
 * - `gone`: the peer does not stay to see the end
 * - `untold`: Node sends an alert, rustls none
 * - `cut`: Node says `socket hang up` or `read ECONNRESET`, as it falls
 *
 * @type {{ name: string, play: (peer: RawPeer) => unknown, gone?: boolean, untold?: boolean, cut?: boolean }[]}
 */
const CLIENTS = [
  { name: 'HTTP', play: peer => peer.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n') },
  { name: 'HTTP, a POST', play: peer => peer.socket.write('POST / HTTP/1.1\r\n\r\n') },
  { name: 'a proxy request', play: peer => peer.socket.write('CONNECT x:1 HTTP/1.1\r\n\r\n') },
  { name: 'plain JSON', play: peer => peer.socket.write('{"password":"x"}\n') },
  { name: 'a line of text', play: peer => peer.socket.write('SSH-2.0-x\r\n') },
  { name: 'an end at once', play: peer => peer.socket.end() },
  { name: 'a reset at once', gone: true, play: peer => reset(peer.socket) },
  { name: 'an end within the hello', play: peer => peer.socket.end(hello.subarray(0, 90)) },
  {
    name: 'an end within the first header',
    play: peer => peer.socket.end(hello.subarray(0, 3)),
  },
  {
    name: 'a reset within the hello',
    gone: true,
    cut: true,
    play: peer => peer.socket.write(hello.subarray(0, 90), () => reset(peer.socket)),
  },
  {
    name: 'an end after the hello',
    play: peer => {
      peer.socket.write(hello)
      return peer.heard().then(() => peer.socket.end())
    },
  },
  {
    name: 'a reset after the hello',
    gone: true,
    play: peer => {
      peer.socket.write(hello)
      return peer.heard().then(() => reset(peer.socket))
    },
  },
  {
    name: 'plain text after the hello',
    play: peer => {
      peer.socket.write(hello)
      return peer.heard().then(() => peer.socket.write('{"password":"x"}\n'))
    },
  },
  {
    name: 'a damaged record after the hello',
    play: peer => {
      peer.socket.write(hello)
      const record = Buffer.concat([Buffer.from([0x17, 3, 3, 0, 64]), Buffer.alloc(64, 0xff)])
      return peer.heard().then(() => peer.socket.write(record))
    },
  },
  { name: 'a hello of 16 MB', untold: true, play: peer => peer.socket.write(giant) },
  { name: 'a record that is too long', play: peer => peer.socket.write(oversized) },
  { name: 'an alert for a hello', untold: true, play: peer => peer.socket.write(alertRecord(40)) },
]

/**
 * @param {RawPeer} peer
 * @returns {string} the alert it got instead of a handshake, or that there was one
 */
function tail({ received }) {
  return received.length > 7 ? 'a handshake' : received.toString('hex')
}

/**
 * @param {import('node:test').TestContext} t
 * @param {import('node:events').EventEmitter} tlsServer
 * @param {number} port
 * @param {(peer: RawPeer) => unknown} play
 * @returns {Promise<{ error: any, peer: RawPeer, socket: any }>}
 */
async function breakAt(t, tlsServer, port, play) {
  const failed = next(tlsServer, 'tlsClientError')
  const peer = await rawClient(t, port)
  peer.socket.on('error', () => {})
  await play(peer)
  const [error, socket] = await failed
  return { error: outline(error), peer, socket }
}

for (const { name, play, gone, untold, cut } of CLIENTS) {
  test(`a client: ${name}`, async t => {
    const { server, client, port } = await join(t)
    const log = new Log(server, ['authenticated', 'close', 'error', 'timeout'])
    const node = await nodeServer(t)
    const wanted = await breakAt(t, node.server, node.port, play)
    const given = await breakAt(t, server.tlsServer, port, play)
    if (cut) assert.deepEqual([given.error.code, wanted.error.code], ['ECONNRESET', 'ECONNRESET'])
    else assert.deepEqual(given.error, wanted.error)
    assert.equal(given.socket.destroyed, true)
    if (!gone) {
      await Promise.all([wanted.peer.left(), given.peer.left()])
      assert.equal(given.peer.end, wanted.peer.end)
      if (untold && !overNode && !isOriginal) assert.equal(tail(given.peer), '')
      else assert.equal(tail(given.peer), tail(wanted.peer), 'what the peer hears')
    }
    await goesOn(server, client)
    assert.deepEqual(log.names, [])
  })
}

/** A server hello, whole; what follows it is left out. */
const serverHello = () =>
  Buffer.concat([
    Buffer.from([0x16, 3, 3, 0, 53, 2, 0, 0, 49, 3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0, 0xc0, 0x2f, 0, 0, 9, 0, 23, 0, 0, 0xff, 1, 0, 1, 0]),
  ])

/**
 * What servers do that never get through a handshake.
 * @type {Record<string, (peer: RawPeer) => unknown>}
 */
const SERVERS = {
  'a greeting in plain text': peer => peer.socket.write('220 welcome\r\n'),
  'an answer in plain text': async peer => {
    await peer.heard()
    peer.socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  },
  'an end at once': peer => peer.socket.end(),
  'a reset at once': peer => reset(peer.socket),
  'an end after the hello': async peer => {
    await peer.heard()
    peer.socket.end()
  },
  'a reset after the hello': async peer => {
    await peer.heard()
    reset(peer.socket)
  },
  'an end within its hello': async peer => {
    await peer.heard()
    peer.socket.end(serverHello().subarray(0, 20))
  },
  'an end within its flight': async peer => {
    await peer.heard()
    peer.socket.end(serverHello())
  },
  'plain text within its flight': async peer => {
    await peer.heard()
    peer.socket.write(serverHello())
    peer.socket.write('{"authenticated":true}\n')
  },
  'a record that is too long': async peer => {
    await peer.heard()
    peer.socket.write(oversized)
  },
}

for (const [name, play] of Object.entries(SERVERS)) {
  test(`a server: ${name}`, async t => {
    const { server, client } = await join(t)
    const port = await rawServer(t, play)
    const options = { servername: 'localhost', maxVersion: /** @type {const} */ ('TLSv1.2') }
    const ours = dial(t, port, { host: '127.0.0.1', options })
    const log = new Log(ours, ['authenticated', 'message', 'error', 'close'])
    const node = nodeClient(t, port, options)
    const [[wanted]] = await Promise.all([next(node, 'error'), log.reach('close')])
    assert.deepEqual(log.names, ['error', 'close'])
    const given = log.entries[0]?.[1]
    // It falls during connecting, or behind it.
    if (name === 'a reset at once') {
      assert.deepEqual([given.code, wanted.code], ['ECONNRESET', 'ECONNRESET'])
    } else {
      assert.deepEqual(outline(given), outline(wanted))
    }
    await goesOn(server, client)
  })
}
