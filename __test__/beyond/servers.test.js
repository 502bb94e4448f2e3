'use strict'

// `servers`: several places to connect to, in turn, the last good one first.

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const path = require('node:path')
const { test } = require('node:test')

const { bounded, Log, next } = require('../helpers/events')
const { clientConfig, dial, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Client, isOriginal } = require('../helpers/subject')
const { temporary } = require('../helpers/temporary')

const skip = isOriginal && 'the original knows one server'

const reconnect = { min: 1, max: 5 }

/** @param {any} client @returns {number} the port of the server that it is logged in to */
const portOf = client => client.socket.remotePort

test('they are tried in turn, and the last good one first', { skip }, async t => {
  const gone = await freePort()
  const first = await serve(t)
  const second = await serve(t)
  const servers = [gone, first.port, second.port].map(port => ({ port }))
  const client = dial(t, 1, { servers, reconnect })
  client.on('error', () => {})
  await bounded(client.ready(), 'ready')
  assert.equal(portOf(client), first.port)
  // Lost, it is made again where it was.
  for (const socket of first.server.sockets.values()) socket.destroy()
  await next(client, 'close')
  await bounded(client.ready(), 'ready again')
  assert.equal(portOf(client), first.port)
  // Where that is gone, too, the next one has its turn.
  const lost = next(client, 'close')
  await new Promise(resolve => {
    first.server.close(resolve)
    for (const socket of first.server.sockets.values()) socket.destroy()
  })
  await lost
  await bounded(client.ready(), 'ready at the other')
  assert.equal(portOf(client), second.port)
  const stats = client.stats().servers
  assert.deepEqual(
    stats.map(({ host, port, current, logins }) => ({ host, port, current, logins })),
    [
      { host: 'localhost', port: gone, current: false, logins: 0 },
      { host: 'localhost', port: first.port, current: false, logins: 2 },
      { host: 'localhost', port: second.port, current: true, logins: 1 },
    ],
  )
  assert.equal(stats[0].attempts, 1)
  assert.equal(stats[2].attempts, 1)
  assert.equal(
    stats.reduce((sum, { attempts }) => sum + attempts, 0),
    client.stats().attempts.total,
  )
})

test('who refuses is left, too', { skip }, async t => {
  const strict = await serve(t, { password: 'another one' })
  const good = await serve(t)
  const servers = [{ port: strict.port }, { port: good.port }]
  const client = dial(t, 1, { servers, reconnect })
  await next(client, 'authenticated')
  assert.equal(portOf(client), good.port)
})

test('without a word about reconnecting it connects again with the default waits', { skip }, () => {
  const { BackOff } = require('../../lib/client/back-off')
  const { backOffOf } = require('../../lib/client/options')
  assert.ok(backOffOf({ servers: [] }) instanceof BackOff)
  assert.equal(backOffOf({ servers: [], reconnectInterval: 5 }), null)
  assert.equal(backOffOf({}), null)
})

test('a path is a server like any other, and a name of its own is asked for', { skip }, async t => {
  const file = path.join(temporary(t), 'socket')
  const { server, port } = await serve(t)
  const other = await serve(t, undefined, /** @type {any} */ (file))
  const config = { servers: [{ port: file }], reconnect, options: { servername: 'localhost' } }
  const client = dial(t, port, { ...config, host: 'nowhere.invalid' })
  await next(client, 'authenticated')
  assert.equal(other.server.sockets.size, 1)
  assert.equal(server.sockets.size, 0)

  /** @type {any[]} */
  const names = []
  server.on('authenticated', (/** @type {any} */ _id, /** @type {any} */ socket) =>
    names.push(socket.servername),
  )
  const byAddress = [{ host: '127.0.0.1', port, servername: 'localhost' }]
  // Its address wins over that of the options, and its name over theirs.
  const options = { port: 1, host: 'nowhere.invalid', path: '/nowhere', servername: 'other.test' }
  await next(dial(t, 1, { servers: byAddress, options }), 'authenticated')
  assert.deepEqual(names, ['localhost'])
})

test('what goes on says which it is', { skip }, async t => {
  const { port } = await serve(t)
  const gone = await freePort()
  /** @type {any[]} */
  const seen = []
  for (const name of ['connect-error', 'authenticated']) {
    const channel = `tls-json:client:${name}`
    const see = (/** @type {any} */ { client: of, target }) => {
      if (of === client) seen.push([name, target])
    }
    subscribe(channel, see)
    t.after(() => unsubscribe(channel, see))
  }
  const client = dial(t, 1, { servers: [{ port: gone }, { host: 'localhost', port }], reconnect })
  const log = new Log(client, ['error'])
  await next(client, 'authenticated')
  assert.equal(log.of('error').length, 1)
  assert.deepEqual(seen, [
    ['connect-error', { host: 'localhost', port: gone }],
    ['authenticated', { host: 'localhost', port }],
  ])
})

test('what is no list of servers is refused, with the entry that is wrong', { skip }, () => {
  const wrong = [
    [null, 'servers'],
    ['localhost:8888', 'servers'],
    [[], 'servers'],
    [[{ port: 1 }, null], 'servers[1]'],
    [['localhost'], 'servers[0]'],
    [[{}], 'servers[0].port'],
    [[{ port: 65536 }], 'servers[0].port'],
    [[{ port: '65536' }], 'servers[0].port'],
    [[{ port: 1.5 }], 'servers[0].port'],
    [[{ port: '' }], 'servers[0].port'],
    [[{ port: 1, host: '' }], 'servers[0].host'],
    [[{ port: 1, host: 5 }], 'servers[0].host'],
    [[{ port: 1, servername: 5 }], 'servers[0].servername'],
    [[{ port: 1, hostname: 'localhost' }], 'hostname'],
  ]
  for (const [servers, named] of wrong) {
    assert.throws(
      () => new Client(clientConfig(1, { servers })),
      error => {
        assert.ok(error instanceof TypeError)
        assert.equal(/** @type {any} */ (error).code, 'ERR_INVALID_ARG_VALUE')
        assert.ok(error.message.includes(String(named)), error.message)
        return true
      },
    )
  }
})
