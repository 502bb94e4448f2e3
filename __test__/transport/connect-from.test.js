'use strict'

// Where a client comes from, and how often it looks into its configuration: as with Node's own `tls.connect`.

const assert = require('node:assert/strict')
const net = require('node:net')
const tls = require('node:tls')
const { test } = require('node:test')

const { Client } = require('../helpers/subject')
const { clientConfig, dial, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { cleanup, closeClient } = require('../helpers/cleanup')
const { bounded, next } = require('../helpers/events')

/**
 * @param {import('node:test').TestContext} t
 * @returns {Promise<number>} a port that somebody has on every address
 */
async function takenPort(t) {
  const server = net.createServer().listen(0, '0.0.0.0')
  cleanup(t, () => void server.close())
  await next(server, 'listening')
  return /** @type {net.AddressInfo} */ (server.address()).port
}

/**
 * @param {any} error
 * @returns {any} what a program can see of it
 */
const shape = error => ({ ...error, message: error.message })

/**
 * @param {import('node:test').TestContext} t
 * @param {any} options
 * @returns {Promise<any>} how an attempt of a client fails
 */
async function failure(t, options) {
  const client = new Client({ options })
  closeClient(t, client)
  const [error] = await next(client, 'error')
  return shape(error)
}

/**
 * @param {any} options
 * @returns {Promise<any>} how an attempt of Node's fails
 */
async function failureOfNode(options) {
  const socket = tls.connect(options)
  const [error] = await next(socket, 'error')
  socket.destroy()
  return shape(error)
}

test('a client comes from its `localPort`, also without `localAddress`, and once more at once', async t => {
  const first = await serve(t)
  const second = await serve(t)
  const localPort = await freePort()
  // A connection that we end first stays with the system for a minute: the port is in use, and can be used.
  for (const { server, port } of [first, second]) {
    const arrived = next(server, 'authenticated')
    const client = dial(t, port, {
      host: '127.0.0.1',
      options: { localPort, servername: 'localhost' },
    })
    const [, socket] = await arrived
    assert.equal(socket.remotePort, localPort)
    client.disconnect()
    await next(client, 'close')
  }
})

test('what is wrong with our end is said as Node says it', async t => {
  const port = await freePort()
  const free = await freePort()
  const taken = await takenPort(t)
  const cases = {
    'a port that is taken': { localPort: taken },
    'one of an address': { localPort: taken, localAddress: '127.0.0.1' },
    'of a name': { localPort: taken, host: 'localhost' },
    'an address that is not ours': { localAddress: '203.0.113.7' },
    'with a port': { localAddress: '203.0.113.7', localPort: free },
    'an address of the other family': { localAddress: '::1' },
    'the other way round': { localAddress: '127.0.0.1', host: '::1' },
    'an address with a zone': { localAddress: 'fe80::1%lo' },
    'a port out of range': { localPort: 70_000 },
    'one of an address, too': { localPort: 70_000, localAddress: '127.0.0.1' },
    'half a port': { localPort: free + 0.5 },
    'nobody at the other end': { localPort: free },
    'nobody, from an address': { localPort: free, localAddress: '127.0.0.1' },
  }
  for (const [name, given] of Object.entries(cases)) {
    const options = { host: '127.0.0.1', port, ...given }
    assert.deepEqual(await failure(t, options), await failureOfNode(options), name)
  }
  const text = { port, localPort: '80' }
  assert.throws(() => new Client({ options: text }), { code: 'ERR_INVALID_ARG_TYPE' })
})

/**
 * @param {any} config
 * @returns {{ config: any, reads: Record<string, number> }} a copy whose values are read by getters
 */
function counted(config) {
  /** @type {Record<string, number>} */
  const reads = {}
  /** @type {any} */
  const copy = {}
  for (const [name, value] of Object.entries(config)) {
    Object.defineProperty(copy, name, {
      enumerable: true,
      get() {
        reads[name] = (reads[name] ?? 0) + 1
        return value
      },
    })
  }
  return { config: copy, reads }
}

for (const [what, more] of Object.entries({
  'plain ones': {},
  'those that need a look': { servername: 'localhost', minVersion: 'TLSv1.3' },
})) {
  test(`each option is read once per attempt: ${what}`, async t => {
    const { port } = await serve(t)
    const { options, ...rest } = clientConfig(port, { host: '127.0.0.1' })
    const inner = counted({ ...options, servername: 'localhost', ...more })
    const { config, reads } = counted({ ...rest, options: inner.config })
    const client = /** @type {any} */ (new Client(config))
    closeClient(t, client)
    await next(client, 'authenticated')
    const { host, port: ports, options: given, password } = reads
    assert.deepEqual([host, ports, given, password], [1, 1, 1, 1])
    assert.deepEqual(
      Object.values(inner.reads),
      Object.keys(inner.config).map(() => 1),
    )
  })
}

test('a port that alternates is that of the other server each time', async t => {
  const servers = [await serve(t), await serve(t)]
  /** @type {number[]} */
  const seen = []
  servers.forEach(({ server }, at) =>
    server.on('authenticated', (/** @type {number} */ _id, /** @type {any} */ socket) => {
      seen.push(at)
      if (seen.length < 6) socket.destroy()
    }),
  )
  const rest = clientConfig(0, { reconnectInterval: 5 })
  let reads = 0
  const config = Object.defineProperty(rest, 'port', { get: () => servers[reads++ % 2]?.port })
  const client = /** @type {any} */ (new Client(config))
  closeClient(t, client)
  client.on('error', () => {})
  await bounded(
    (async () => {
      while (seen.length < 6) await next(client, 'authenticated')
    })(),
    'six connections',
  )
  assert.deepEqual(seen, [0, 1, 0, 1, 0, 1])
})
