'use strict'

// Somebody on the way who has copied the certificate but not the key, or who cuts the handshake short; and names
// whose check fails, hangs or is never finished. The password never leaves.

const assert = require('node:assert/strict')
const { createPrivateKey, X509Certificate } = require('node:crypto')
const { AsyncResource } = require('node:async_hooks')
const net = require('node:net')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')

const { clientLimits, serverLimits } = require('../../lib/protocol/limits')
const contexts = require('../../lib/transport/rustls/contexts')
const dispatch = require('../../lib/engine/dispatch')
const { ServerGuard, Tally } = require('../../lib/engine/binding')
const { getEngine } = require('../../lib/engine/engine')
const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { password, dial, serve } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { prelude, run } = require('../helpers/program')
const { relay, recordTypes } = require('../helpers/raw')
const { referenceServer } = require('../helpers/reference-peer')
const { overNode } = require('../helpers/subject')

const EVENTS = ['authenticated', 'message', 'error', 'close']
const VERSIONS = /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])
const APPLICATION_DATA = 23
/** The record of a client's last flight in TLS 1.3, with the suite that both prefer. */
const FINISHED = 69

/** What a signature by another key is called. OpenSSL says what came of it, which is something else each time. */
const BAD_SIGNATURE = overNode ? /^ERR_SSL_[A-Z_]+$/ : /^ERR_SSL_BAD_SIGNATURE$/

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {{ cert: Buffer, key: Buffer }} Pair */

/**
 * What an engine would be made of, checked by nobody: Node refuses a key that does not belong to its certificate.
 *
 * @param {Pair} pair
 * @param {'TLSv1.2' | 'TLSv1.3'} version
 * @returns {any}
 */
function unchecked({ cert, key }, version) {
  const { raw } = new X509Certificate(cert)
  const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })
  return {
    keyPairs: [{ chain: [raw], key: pkcs8 }],
    ca: [],
    crl: null,
    minVersion: version,
    maxVersion: version,
    allowPartialTrustChain: false,
    securityLevel: 1,
    alpnProtocols: [],
    cipherSuites: [],
    groups: [],
    signatureSchemes: [],
    honorCipherOrder: true,
    requestCert: false,
    rejectUnauthorized: true,
  }
}

/**
 * @param {TestContext} t
 * @param {any} material
 * @returns {number} the port of a server that takes whoever comes
 */
function impostor(t, material) {
  const { id, port } = getEngine().listen(
    contexts.server(material),
    new ServerGuard(serverLimits({})),
    {
      detached: false,
      address: '127.0.0.1',
      port: 0,
      backlog: 5,
      ipv6Only: false,
      reusePort: false,
      handshakeTimeout: 10_000,
      keepaliveInterval: 60_000,
      keepaliveTimeout: 60_000,
      ...serverLimits({}),
    },
    new Tally(),
  )
  const resource = new AsyncResource('TEST')
  const open = () => {}
  dispatch.register(id, /** @type {any} */ ({ resource, line() {}, signal() {}, open }))
  cleanup(t, () => getEngine().closeListener(id))
  return Number(port)
}

for (const [kind, owner, thief] of /** @type {[string, () => Pair, () => Pair][]} */ ([
  ['version 1', certificates.readmeV1, certificates.readmeCa],
  ['version 3', certificates.readmeCa, certificates.other],
])) {
  for (const version of VERSIONS) {
    const { cert } = owner()
    const stolen = { cert, key: thief().key }

    test(`${version}: a copied certificate of ${kind} without its key`, async t => {
      const through = await relay(t, impostor(t, unchecked(stolen, version)))
      // Who trusts everybody still wants the key to fit.
      const trusting = [{ ca: [cert] }, { ca: [cert], rejectUnauthorized: false }]
      for (const [at, options] of trusting.entries()) {
        const log = new Log(dial(t, through.port, { options }), EVENTS)
        await log.reach('close')
        assert.deepEqual(log.names, ['error', 'close'])
        assert.match(log.of('error')[0]?.[0].code, BAD_SIGNATURE)
        const passage = await through.passage(at)
        await through.over(passage)
        // In TLS 1.3 rustls encrypts the alert: one record of 19 bytes and its header.
        const sizes = recordSizes(passage.fromClient, APPLICATION_DATA)
        assert.deepEqual(sizes, version === 'TLSv1.3' && !overNode ? [19] : [])
      }
    })

    test(`${version}: the same, of a client`, async t => {
      const { server, port } = await serve(t, {
        options: { requestCert: true, ca: [cert], minVersion: version, maxVersion: version },
      })
      const log = new Log(server, ['authenticated', 'error', 'close'])
      const secured = new Log(server.tlsServer, ['secureConnection'])
      const failed = next(server.tlsServer, 'tlsClientError')
      const id = getEngine().connect(
        contexts.client(unchecked(stolen, version)),
        {
          addresses: ['127.0.0.1'],
          port,
          attemptTimeout: 1000,
          logsKeys: false,
          ...clientLimits({}).connection,
        },
        new Tally(),
      )
      const resource = new AsyncResource('TEST')
      const signal = (/** @type {any} */ { type }) => {
        if (type === 'verification') getEngine().admit(id, true)
      }
      dispatch.register(id, /** @type {any} */ ({ resource, line() {}, signal }))
      const [error] = await failed
      assert.match(error.code, BAD_SIGNATURE)
      assert.deepEqual([...log.names, ...secured.names], [])
    })
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} type
 * @returns {number[]} the lengths of the records of that type
 */
function recordSizes(bytes, type) {
  const sizes = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    if (bytes.readUInt8(at) === type) sizes.push(bytes.readUInt16BE(at + 3))
  }
  return sizes
}

/**
 * A relay that lets so many bytes of one side through, and then ends both.
 *
 * @param {TestContext} t
 * @param {number} target
 * @param {'client' | 'server'} side
 * @returns {Promise<{ port: number, limit: number, sent: Buffer[], heard: () => number }>}
 */
async function cutter(t, target, side) {
  const state = { port: 0, limit: 0, sent: /** @type {Buffer[]} */ ([]), heard: () => heard }
  let heard = 0
  const server = net.createServer(near => {
    const far = net.connect(target, '127.0.0.1')
    for (const socket of [near, far]) socket.on('error', () => {})
    const [from, to] = side === 'server' ? [far, near] : [near, far]
    let left = state.limit
    from.on('data', chunk => {
      heard += chunk.length
      to.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) for (const socket of [near, far]) socket.end()
    })
    to.on('data', chunk => from.write(chunk))
    near.on('data', chunk => state.sent.push(chunk))
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await next(server.listen(0, '127.0.0.1'), 'listening')
  cleanup(t, () => void server.close())
  state.port = /** @type {net.AddressInfo} */ (server.address()).port
  return state
}

for (const version of VERSIONS) {
  test(`${version}: a handshake cut short anywhere is no connection`, async t => {
    const options = { maxVersion: version }
    const server = await referenceServer(t, options)
    // All that the server says before it has seen the client's last flight.
    const whole = await relay(t, server.port)
    const refused = dial(t, whole.port, { options: { checkServerIdentity: () => new Error('no') } })
    await Promise.all([next(refused, 'error'), next(refused, 'close')])
    const flight = (await whole.passage()).fromServer.length
    server.connections.length = 0

    const cut = await cutter(t, server.port, 'server')
    for (cut.limit = 1; cut.limit < flight - 1; cut.limit += 61) {
      const log = new Log(dial(t, cut.port), EVENTS)
      await log.reach('close')
      assert.deepEqual(log.names, ['error', 'close'], `after ${cut.limit} bytes`)
      assert.equal(log.of('error')[0]?.[0].code, 'ECONNRESET')
    }
    assert.ok(!recordTypes(cut.sent[0] ?? Buffer.alloc(0)).includes(APPLICATION_DATA))
    assert.ok(!Buffer.concat(cut.sent).includes(password))
    for (const connection of server.connections) assert.equal(connection.chunks.length, 0)
  })

  test(`${version}: the same, of a client`, async t => {
    const options = { maxVersion: version }
    const { server, port } = await serve(t, { options })
    const log = new Log(server, ['authenticated', 'error', 'close'])
    const secured = new Log(server.tlsServer, ['secureConnection'])
    const cut = await cutter(t, port, 'client')
    // Not as far as the end of the hello and of the last flight, 74 bytes in TLS 1.3 and more in TLS 1.2.
    for (cut.limit = 1; cut.limit < 280; cut.limit += 31) {
      const failed = next(server.tlsServer, 'tlsClientError')
      const client = dial(t, cut.port)
      client.on('error', () => {})
      const [error] = await failed
      assert.equal(error.code, 'ECONNRESET', `after ${cut.limit} bytes`)
    }
    assert.deepEqual([...log.names, ...secured.names], [])
  })

  test(`${version}: a checkServerIdentity that throws: an exception, and nothing leaves`, async t => {
    const server = await referenceServer(t, { minVersion: version, maxVersion: version })
    const through = await relay(t, server.port)
    const { stdout, code } = await run(
      t,
      ({ Client, given, clientConfig }) => {
        const { port } = /** @type {any} */ (given)
        process.once('uncaughtException', error => console.log(error.message))
        const checkServerIdentity = () => {
          throw new Error('out of the check')
        }
        const client = new Client(clientConfig(port, { options: { checkServerIdentity } }))
        for (const name of ['authenticated', 'error', 'close']) {
          client.on(name, () => console.log(name))
        }
      },
      { given: { port: through.port } },
    )
    assert.deepEqual([stdout, code], ['out of the check\nclose\n', 0])
    await sentNothing(through, version, server)
  })

  test(`${version}: a checkServerIdentity that never returns, in a thread that is ended`, async t => {
    const server = await referenceServer(t, { minVersion: version, maxVersion: version })
    const through = await relay(t, server.port)
    const source = `
      const { parentPort } = require('node:worker_threads')
      ${prelude()}
      new Client(clientConfig(${through.port}, { options: { checkServerIdentity() {
        parentPort.postMessage('asked')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      } } }))`
    const worker = new Worker(source, { eval: true })
    cleanup(t, async () => void (await worker.terminate()))
    await next(worker, 'message')
    const passage = await through.passage()
    assert.ok(!recordTypes(passage.fromClient).includes(APPLICATION_DATA))
    assert.ok(!passage.near.closed, 'it waits')
    await bounded(worker.terminate(), 'the end of the thread')
    await sentNothing(through, version, server)
  })
}

/**
 * @param {Awaited<ReturnType<typeof relay>>} through
 * @param {string} version
 * @param {Awaited<ReturnType<typeof referenceServer>>} server
 */
async function sentNothing(through, version, server) {
  const passage = await through.passage()
  await through.over(passage)
  const types = recordTypes(passage.fromClient)
  const sizes = recordSizes(passage.fromClient, APPLICATION_DATA)
  if (overNode && sizes.length > 0) {
    // Node's last flight may leave once the thread has been ended: in TLS 1.3 one record, of 48 bytes with 21 around them.
    assert.deepEqual([version, sizes], ['TLSv1.3', [FINISHED]])
  } else {
    if (version === 'TLSv1.3') assert.deepEqual(types, [22], 'only the ClientHello')
    assert.deepEqual(sizes, [], `records of the client: ${types}`)
  }
  for (const connection of server.connections) assert.equal(connection.chunks.length, 0)
}
