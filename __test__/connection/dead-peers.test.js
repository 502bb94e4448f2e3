'use strict'

// Peers that vanish without a word, and peers that say nothing although they are there.

const assert = require('node:assert/strict')
const tls = require('node:tls')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { errnoOf } = require('../helpers/errno')
const { clientConfig, dial, enter, join, serve, serverConfig } = require('../helpers/ends')
const { elapsed, Log, next } = require('../helpers/events')
const { referenceServer, admitted } = require('../helpers/reference-peer')
const { password } = require('../helpers/ends')
const { Server, Client, aboutRustls, difference, isOriginal } = require('../helpers/subject')
const { probedIn, skip: skipTimers } = require('../helpers/tcp-timers')
const { over, skip } = require('../helpers/transports')
const { twoHosts } = require('../helpers/two-hosts')

for (const transport of [undefined, 'node']) {
  const name = transport ?? 'rustls'

  difference(
    `${name}: both ends are probed when they are idle, within a minute`,
    async t => {
      const { server, port } = await over(transport, () => serve(t))
      const { client } = await over(transport, () => enter(t, server))
      const most = transport === 'node' ? 50 : 30
      const ends = [port, client.socket.localPort]
      for (const [local, remote] of [ends, ends.toReversed()]) {
        const seconds = await probedIn(local, remote)
        assert.ok(seconds !== null && seconds > most - 6 && seconds <= most, `${seconds} s`)
      }
    },
    { skip: skipTimers || skip },
  )

  test(
    `${name}: deadPeerTimeout says how soon, and 0 that the system decides`,
    { skip: skipTimers || skip },
    async t => {
      for (const [deadPeerTimeout, most] of /** @type {const} */ ([
        [400_000, transport === 'node' ? 390 : 200],
        [0, null],
      ])) {
        const { server, port } = await over(transport, () => serve(t, { deadPeerTimeout }))
        const { client } = await over(transport, () => enter(t, server, { deadPeerTimeout }))
        const ends = [port, client.socket.localPort]
        for (const [local, remote] of [ends, ends.toReversed()]) {
          const seconds = await probedIn(local, remote)
          if (most === null) assert.equal(seconds, null)
          else assert.ok(seconds !== null && seconds > most - 6 && seconds <= most, `${seconds} s`)
        }
      }
    },
  )
}

test('deadPeerTimeout and silenceTimeout must be times', { skip: isOriginal }, () => {
  const expected = { code: 'ERR_INVALID_ARG_VALUE' }
  for (const value of [-1, 'soon', NaN]) {
    assert.throws(() => new Server(serverConfig({ deadPeerTimeout: value })), expected)
    assert.throws(() => new Client(clientConfig(1, { deadPeerTimeout: value })), expected)
    assert.throws(() => new Client(clientConfig(1, { silenceTimeout: value })), expected)
  }
})

difference('a server that falls silent is left, and reached anew', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port, { silenceTimeout: 1000, reconnectInterval: 20 })
  const log = new Log(client, ['authenticated', 'error', 'close', 'reconnectAttempt'])
  await server.admit()
  await server.admit()
  await log.reach('authenticated', 2)
  assert.deepEqual(log.names, [
    'authenticated',
    'error',
    'close',
    'reconnectAttempt',
    'authenticated',
  ])
  const [[error]] = /** @type {any} */ (log.of('error'))
  assert.equal(error.code, 'TLSJSON_SILENCE')
  assert.equal(error.message, 'nothing was heard of the peer for 1000 ms (silenceTimeout)')
})

/**
 * A client of a server that takes what comes and says nothing, until it has given up.
 *
 * @param {import('node:test').TestContext} t
 * @param {(take: (socket: import('node:net').Socket) => void) => import('node:net').Server} create
 * @returns {Promise<Log>}
 */
async function leaves(t, create) {
  const silent = create(socket => {
    cleanup(t, () => void socket.destroy())
    socket.on('error', () => {})
    socket.resume()
  })
  cleanup(t, () => void silent.close())
  await next(silent.listen(0), 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (silent.address())
  const log = new Log(dial(t, port, { silenceTimeout: 1000 }), ['error', 'close'])
  await log.reach('close')
  return log
}

difference('a server that never answers the password is left', async t => {
  const log = await leaves(t, take => tls.createServer(certificates.readmeCa(), take))
  assert.equal(log.of('error')[0]?.[0].code, 'TLSJSON_SILENCE')
})

difference('a server that never shakes hands is left', async t => {
  const log = await leaves(t, take => require('node:net').createServer(take))
  const { code, message } = log.of('error')[0]?.[0] ?? {}
  assert.deepEqual(
    [code, message],
    ['TLSJSON_SILENCE', 'nothing was heard of the peer for 1000 ms (silenceTimeout)'],
  )
  assert.deepEqual(log.names, ['error', 'close'])
})

test('a silenceTimeout without end is none', async t => {
  const { client } = await join(t, { client: { silenceTimeout: Infinity } })
  assert.equal(client.socket.destroyed, false)
})

test('a server that says something in time is not left', async t => {
  const { server, client } = await join(t, {
    server: { keepAliveInterval: 100 },
    client: { silenceTimeout: 1500 },
  })
  const log = new Log(client, ['error', 'close'])
  await elapsed(3000)
  assert.deepEqual([log.names, server.sockets.size], [[], 1])
})

test('what a paused client does not hear is no silence', { skip: isOriginal }, async t => {
  const { server, client, id } = await join(t, { client: { silenceTimeout: 1000 } })
  const log = new Log(client, ['message', 'error', 'close'])
  client.socket.pause()
  server.send(id, { a: 1 })
  await elapsed(2500)
  assert.deepEqual(log.names, [])
  client.socket.resume()
  await log.reach('close')
  assert.deepEqual(log.names, ['message', 'error', 'close'])
})

test('a peer that answers but does not read is not dead', { skip: isOriginal }, async t => {
  const { server, port } = await serve(t, { deadPeerTimeout: 1000 })
  const peer = await admitted(t, port, password)
  const log = new Log(server, ['error', 'close'])
  peer.socket.pause()
  // More than the system keeps for both ends: the window closes.
  const text = 'x'.repeat(1 << 20)
  for (let n = 0; n < 16; n++) server.send(0, { text })
  await elapsed(4000)
  assert.deepEqual(log.names, [])
  assert.ok(server.bufferedAmount(0) > 0, 'nothing waits: the window was not closed')
})

/**
 * Two hosts whose network is cut.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} how
 * @param {boolean} how.talks whether bytes are on their way then
 * @param {any} how.times of both ends
 * @param {any} [how.atClient]
 * @param {number} [how.retries]
 * @returns {Promise<{ server: Log, client: Log } | undefined>} what both have told; nothing where it cannot be tried
 */
async function vanish(t, { talks, times, atClient, retries }) {
  const made = twoHosts(t, { retries })
  if (typeof made === 'string') return void t.skip(made)
  const { hosts, addresses, cut } = made
  const port = 4433
  const text = (/** @type {any} */ { key, cert }) => ({ key: String(key), cert: String(cert) })
  const events = ['listening', 'authenticated', 'error', 'timeout', 'close', 'reconnectAttempt']
  const settings = { ...times, keepAliveInterval: 3_600_000 }
  const config = { ...serverConfig(settings), options: text(certificates.readmeCa()), port }
  const server = hosts[0].start('far-end.js', { role: 'server', talks, config }, events)
  await server.log.reach('listening')
  const options = { ca: String(certificates.readmeCa().cert), servername: 'localhost' }
  const target = { ...clientConfig(port, { ...times, ...atClient }), host: addresses[0], options }
  const client = hosts[1].start('far-end.js', { role: 'client', talks, config: target }, events)
  for (const end of [server, client]) await end.log.reach('authenticated')
  // The last acknowledgement may be put off; without it nobody is idle.
  await elapsed(500)
  cut()
  for (const end of [server, client]) end.say('talk')
  for (const end of [server, client]) await end.log.reach('close')
  return { server: server.log, client: client.log }
}

/**
 * @param {Log} log
 * @returns {any[][]} what came behind 'authenticated'
 */
function since(log) {
  return log.entries.slice(log.names.indexOf('authenticated') + 1)
}

/**
 * Both ends notice by themselves.
 *
 * @param {import('node:test').TestContext} t
 * @param {boolean} talks
 */
async function isNoticed(t, talks) {
  const ends = await vanish(t, { talks, times: { deadPeerTimeout: 2000 } })
  for (const log of ends ? [ends.server, ends.client] : []) {
    const names = since(log).map(([name, code]) => [name, code])
    assert.deepEqual(names, [
      ['error', 'ETIMEDOUT'],
      ['close', undefined],
    ])
  }
}

test(
  'a network that is cut is noticed at both ends of an idle connection',
  { skip: isOriginal },
  t => isNoticed(t, false),
)

test(
  'a network that is cut is noticed at both ends, though bytes are on their way',
  { skip: isOriginal || aboutRustls },
  t => isNoticed(t, true),
)

test('where TCP gives up it is as Node tells it, then close and another attempt', async t => {
  const ends = await vanish(t, {
    talks: true,
    times: { deadPeerTimeout: 0, silenceTimeout: 0 },
    // The original begins to count when it connects.
    atClient: { reconnectInterval: 2000 },
    retries: 2,
  })
  if (ends === undefined) return
  await ends.client.until(() => since(ends.client).length >= 3, 'another attempt')
  const error = {
    name: 'Error',
    code: 'ETIMEDOUT',
    syscall: 'read',
    errno: errnoOf('ETIMEDOUT'),
    message: 'read ETIMEDOUT',
  }
  const told = [['error', 'ETIMEDOUT', error], ['close']]
  assert.deepEqual(since(ends.server), told)
  assert.deepEqual(since(ends.client), [...told, ['reconnectAttempt']])
})
