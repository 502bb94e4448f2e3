'use strict'

// Connections that are broken after their handshake, by somebody on the way. What is expected is what this Node says
// of the same bytes; each row shows that another connection of the same server goes on.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { dial, join, serve, enter } = require('../helpers/ends')
const { overNode } = require('../helpers/subject')
const { Log, next } = require('../helpers/events')
const { relay } = require('../helpers/raw')
const { nodeClient, nodeServer, outline, rawClient, reset } = require('../helpers/broken-peers')

/** @typedef {import('../helpers/raw').Passage} Passage */
/** @typedef {import('node:net').Socket} Wire */

/** An encrypted record that no key fits. */
const damaged = Buffer.concat([Buffer.from([0x17, 3, 3, 0, 64]), Buffer.alloc(64, 0xaa)])

/**
 * What is done to the wire towards the one who is to see it.
 * @type {Record<string, (wire: Wire) => unknown>}
 */
const BREAKS = {
  'a damaged record': wire => wire.write(damaged),
  'plain JSON in between': wire => wire.write('{"authenticated":true}\n'),
  'HTTP in between': wire => wire.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
}

/**
 * @param {any} wanted what Node says
 * @returns {any} that, but for one word: for a damaged record of TLS 1.2 some versions of OpenSSL let the cipher
 *   complain before TLS does
 */
function expected(wanted) {
  if (overNode || wanted.reason !== 'cipher operation failed') return wanted
  return {
    ...wanted,
    code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
    library: 'SSL routines',
    reason: 'decryption failed or bad record mac',
  }
}

const VERSIONS = /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])

for (const version of VERSIONS) {
  for (const [name, act] of Object.entries(BREAKS)) {
    test(`${version}: a server sees ${name}`, async t => {
      const options = { maxVersion: version }
      const { server, client, port } = await join(t)
      const log = new Log(server, ['close', 'error', 'message'])

      const node = await nodeServer(t)
      const wanted = await brokenAtNode(t, node, options, act)

      const through = await relay(t, port)
      const { client: victim } = await enterThrough(t, server, through.port, options)
      victim.on('error', () => {})
      const { far } = await through.passage()
      act(far)
      await log.reach('close')
      const [id, error] = log.of('error')[0] ?? []
      assert.equal(id, 1)
      assert.deepEqual(outline(error), expected(wanted))
      assert.deepEqual(log.names, ['error', 'close'])

      client.send('undisturbed')
      await log.reach('message')
      assert.deepEqual(log.of('message'), [[0, 'undisturbed']])
    })

    test(`${version}: a client sees ${name}`, async t => {
      const options = { maxVersion: version }
      const { server, client, port } = await join(t)
      server.on('error', () => {})

      const node = await nodeServer(t)
      const toNode = await relay(t, node.port)
      const [reference] = [nodeClient(t, toNode.port, options)]
      await next(reference, 'secureConnect')
      const failed = next(reference, 'error')
      act((await toNode.passage()).near)
      const wanted = outline((await failed)[0])

      const through = await relay(t, port)
      const { client: victim } = await enterThrough(t, server, through.port, options)
      const log = new Log(victim, ['close', 'error', 'message'])
      act((await through.passage()).near)
      await log.reach('close')
      assert.deepEqual(log.names, ['error', 'close'])
      assert.deepEqual(outline(log.of('error')[0]?.[0]), expected(wanted))

      const message = next(server, 'message')
      client.send('undisturbed')
      assert.deepEqual(await message, [0, 'undisturbed'])
    })
  }
}

/**
 * @param {import('node:test').TestContext} t
 * @param {{ server: import('node:tls').Server, port: number }} node
 * @param {any} options of the client
 * @param {(wire: Wire) => unknown} act
 */
async function brokenAtNode(t, node, options, act) {
  const through = await relay(t, node.port)
  const accepted = next(node.server, 'secureConnection')
  nodeClient(t, through.port, options)
  const [socket] = await accepted
  const failed = next(socket, 'error')
  act((await through.passage()).far)
  return outline((await failed)[0])
}

/**
 * @param {import('node:test').TestContext} t
 * @param {any} server
 * @param {number} port of a relay to it
 * @param {any} options
 */
async function enterThrough(t, server, port, options) {
  const arrived = next(server, 'authenticated')
  const client = dial(t, port, { options })
  await Promise.all([arrived, next(client, 'authenticated')])
  return { client }
}

test('who damages a record is told so by an alert, as by Node', async t => {
  const { server, port } = await serve(t)
  server.on('error', () => {})
  const node = await nodeServer(t)
  const seen = []
  for (const [tlsServer, target] of [
    [node.server, node.port],
    [server.tlsServer, port],
  ]) {
    const through = await relay(t, Number(target))
    const accepted = next(/** @type {any} */ (tlsServer), 'secureConnection')
    const failed = next(nodeClient(t, through.port), 'error')
    await accepted
    ;(await through.passage()).far.write(damaged)
    seen.push(outline((await failed)[0]))
  }
  const [wanted, given] = seen
  assert.deepEqual(given, wanted)
  assert.match(String(given?.code), /BAD_RECORD_MAC/)
})

for (const [name, act, error] of /** @type {const} */ ([
  ['an end without close_notify', (/** @type {Wire} */ wire) => void wire.end(), undefined],
  ['a reset', reset, { message: 'read ECONNRESET', code: 'ECONNRESET', syscall: 'read' }],
])) {
  test(`${name} disturbs nobody else`, async t => {
    const { server, client, port } = await join(t)
    const log = new Log(server, ['close', 'error', 'message'])
    const through = await relay(t, port)
    await enterThrough(t, server, through.port, {})
    act((await through.passage()).far)
    await log.reach('close')
    assert.deepEqual(log.names, error ? ['error', 'close'] : ['close'])
    if (error) {
      const { message, code, syscall } = log.of('error')[0]?.[1] ?? {}
      assert.deepEqual({ message, code, syscall }, error)
    }
    client.send('undisturbed')
    await log.reach('message')
  })
}

test('a silent peer is told of after handshakeTimeout, as by Node, and cut, unlike there', async t => {
  // The other clients take part of it, on a busy machine a good part.
  const options = { handshakeTimeout: 1000 }
  const { server, client, port } = await join(t, { server: { options } })
  const node = await nodeServer(t, options)
  const seen = []
  for (const [tlsServer, at] of [
    [node.server, node.port],
    [server.tlsServer, port],
  ]) {
    const failed = next(/** @type {any} */ (tlsServer), 'tlsClientError')
    const peer = await rawClient(t, Number(at))
    const [error] = await failed
    seen.push({ ...outline(error), constructor: error.constructor.name, text: String(error) })
    if (at === port) {
      await peer.left()
      assert.equal(peer.end, 'FIN')
    }
  }
  const [wanted, given] = seen
  assert.deepEqual(given, wanted)
  assert.equal(given?.code, 'ERR_TLS_HANDSHAKE_TIMEOUT')
  const message = next(server, 'message')
  client.send('undisturbed')
  assert.deepEqual(await message, [0, 'undisturbed'])
  await enter(t, server)
})
