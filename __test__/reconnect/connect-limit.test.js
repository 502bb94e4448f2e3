'use strict'

// `connectTimeout`: a client that is not let in does not wait for ever, whatever it waits for.

const assert = require('node:assert/strict')
const net = require('node:net')
const { test } = require('node:test')

const { Client, difference, isOriginal } = require('../helpers/subject')
const { clientConfig, dial, serve } = require('../helpers/ends')
const { cleanup } = require('../helpers/cleanup')
const { deafPort } = require('../helpers/deaf-port')
const { Log, bounded, elapsed, next, turn } = require('../helpers/events')
const { referenceServer } = require('../helpers/reference-peer')

const EVENTS = ['authenticated', 'reconnectAttempt', 'close', 'error']

/**
 * What never comes, and where it is waited for.
 *
 * @type {Record<string, (t: import('node:test').TestContext) => Promise<{ port: number, options?: any }>>}
 */
const SILENCES = {
  'the TCP connection, and the address for it': async () => ({ port: 1, options: { lookup() {} } }),
  'the TCP connection': async t => ({
    port: await deafPort(t, '127.0.0.1'),
    options: { host: '127.0.0.1' },
  }),
  'the TLS handshake': async t => {
    /** @type {Set<net.Socket>} */
    const open = new Set()
    const server = net.createServer(socket => void open.add(socket.resume()))
    cleanup(t, () => {
      for (const socket of open) socket.destroy()
      server.close()
    })
    await next(server.listen(0), 'listening')
    return { port: /** @type {net.AddressInfo} */ (server.address()).port }
  },
  'the answer to the password': async t => ({ port: (await referenceServer(t)).port }),
}

for (const [what, silence] of Object.entries(SILENCES)) {
  const skip =
    what === 'the TCP connection' && process.platform !== 'linux' && 'backlogs are Linux’s'
  difference(
    `a client that waits for ${what} gives up in time, and tries again`,
    async t => {
      const client = dial(t, 1, {
        ...(await silence(t)),
        connectTimeout: 200,
        reconnectInterval: 10,
      })
      const log = new Log(client, EVENTS)
      await log.reach('reconnectAttempt', 2)
      const [[error]] = /** @type {any} */ (log.of('error'))
      assert.equal(error.code, 'TLSJSON_CONNECT_TIMEOUT')
      assert.match(
        error.message,
        new RegExp(`within 200 ms \\(connectTimeout\\).* ${what.split(',')[0]};`),
      )
      // Attempts to connect again are as quiet as ever until TCP is up.
      const hears = what === 'the TLS handshake' || what === 'the answer to the password'
      const round = ['error', 'close', 'reconnectAttempt']
      const again = hears ? round : ['error', 'reconnectAttempt']
      assert.deepEqual(log.names.slice(0, round.length + again.length), [...round, ...again])
    },
    { skip },
  )
}

test('who is let in stays', async t => {
  const { port } = await serve(t)
  const client = dial(t, port, { connectTimeout: 1000 })
  const log = new Log(client, EVENTS)
  await log.reach('authenticated')
  await elapsed(1300)
  assert.deepEqual(log.names, ['authenticated'])
})

test('who does not read is not given up', async t => {
  const { port } = await serve(t)
  const client = dial(t, port, { connectTimeout: 1000 })
  const log = new Log(client, EVENTS)
  client.socket.once('connect', () => client.socket.pause())
  await next(client.socket, 'connect')
  await elapsed(1300)
  assert.deepEqual(log.names, [])
  client.socket.resume()
  await log.reach('authenticated')
})

difference('what is no time is refused', async () => {
  for (const connectTimeout of ['soon', -1, NaN, null]) {
    const config = clientConfig(1, { connectTimeout })
    assert.throws(() => new Client(config).on('error', () => {}), { code: 'ERR_INVALID_ARG_VALUE' })
  }
})

test(
  'time in which the thread was busy counts once, and 0 is for ever',
  { skip: isOriginal },
  async () => {
    const { ConnectLimit } = require('../../lib/client/connect-limit')
    /** @param {(error: any) => void} fail */
    const connection = fail => /** @type {any} */ ({ id: 1, details: {}, fail })
    /** @type {any[]} */
    const errors = []
    let ended = () => {}
    const end = new Promise(resolve => (ended = () => resolve(undefined)))
    new ConnectLimit(connection(assert.fail), 0)
    new ConnectLimit(
      connection(error => {
        errors.push(error)
        ended()
      }),
      100,
    )
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
    await turn()
    await turn()
    assert.deepEqual(errors, [])
    await Promise.all([bounded(end, 'the end'), elapsed(1)])
    assert.equal(errors[0].code, 'TLSJSON_CONNECT_TIMEOUT')
  },
)
