'use strict'

// Clients in hard times: servers that come and go, addresses that lead nowhere, and disconnect() at every stage.

const assert = require('node:assert/strict')
const net = require('node:net')
const { test } = require('node:test')
const { Client, difference, isOriginal } = require('../helpers/subject')
const { clientConfig, dial, serve } = require('../helpers/ends')
const { closeClient } = require('../helpers/cleanup')
const { Log, bounded, next, turn } = require('../helpers/events')
const { chaosProxy } = require('../helpers/chaos-proxy')
const { deafPort } = require('../helpers/deaf-port')
const { referenceServer } = require('../helpers/reference-peer')

const EVENTS = ['authenticated', 'reconnectAttempt', 'message', 'close', 'error']

difference('a server that restarts fifty times has its client back each time, once', async t => {
  const { server, port } = await serve(t)
  const client = dial(t, port, { reconnectInterval: 10 })
  client.on('error', () => {})
  const log = new Log(server, ['authenticated', 'close'])
  for (let round = 1; round <= 50; round++) {
    await log.reach('authenticated', round)
    assert.equal(server.sockets.size, 1, `round ${round}`)
    // Twice within an interval now and then.
    const flickers = round % 5 === 0 ? 2 : 1
    for (let n = 0; n < flickers; n++) {
      for (const socket of server.sockets.values()) socket.destroy()
      await bounded(new Promise(resolve => server.close(resolve)), 'closed')
      await bounded(
        new Promise(resolve => server.listen(port, () => resolve(undefined))),
        'listening',
      )
    }
  }
  await log.reach('authenticated', 51)
  assert.equal(log.of('authenticated').length, 51)
  assert.deepEqual([...server.sockets.keys()], [50])
  if (!client.isAuthenticated) await next(client, 'authenticated')
})

/** @typedef {(name: string, options: any, done: (error: Error | null, ...rest: any[]) => void) => void} Lookup */

/**
 * @param {...string} addresses
 * @returns {Lookup}
 */
const lookupOf =
  (...addresses) =>
  (_name, options, done) => {
    const all = addresses.map(address => ({ address, family: net.isIP(address) }))
    if (options.all) done(null, all)
    else done(null, all[0]?.address, all[0]?.family)
  }

/**
 * A Client whose config the test may change.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} port
 * @param {any} given
 * @returns {{ client: any, config: any }}
 */
function dialBy(t, port, given) {
  const config = clientConfig(port, given)
  const client = new Client(config)
  closeClient(t, client)
  return { client, config }
}

const linux = { skip: process.platform !== 'linux' && 'backlogs are Linux’s' }

/**
 * Where a client may be when it is told to stop. Each leads it there and says so.
 *
 * @type {Record<string, (t: import('node:test').TestContext) => Promise<{ client: any, ready: Promise<unknown>, revive?: () => void }>>}
 */
const STAGES = {
  async 'the lookup of a name'(t) {
    const { port } = await serve(t)
    /** @type {() => void} */
    let asked = () => {}
    const ready = new Promise(resolve => (asked = () => resolve(undefined)))
    /** @type {(() => void)[]} */
    const late = []
    let hangs = true
    /** @type {Lookup} */
    const lookup = (...args) => {
      asked()
      if (hangs) late.push(() => lookupOf('127.0.0.1')(...args))
      else lookupOf('127.0.0.1')(...args)
    }
    const client = dial(t, port, { options: { lookup } })
    const revive = () => {
      hangs = false
      // The answer that is no longer wanted comes after all.
      for (const answer of late) answer()
    }
    return { client, ready, revive }
  },
  async 'connecting by TCP'(t) {
    const { port } = await serve(t)
    const deaf = await deafPort(t, '127.0.0.1')
    const options = { lookup: lookupOf('127.0.0.1') }
    const { client, config } = dialBy(t, deaf, { options })
    return { client, ready: turn(), revive: () => (config.port = port) }
  },
  async 'the handshake'(t) {
    const { port } = await serve(t)
    const proxy = await chaosProxy(t, port, ({ toClient }, n) => n === 0 && toClient.hold())
    const client = dial(t, proxy.port)
    return { client, ready: proxy.passage().then(({ toServer }) => toServer.reach(1)) }
  },
  async 'waiting for the answer to the password'(t) {
    const server = await referenceServer(t)
    const client = dial(t, server.port)
    const ready = server.accept().then(peer => peer.line())
    const revive = () => void server.admit()
    return { client, ready, revive }
  },
  async 'waiting to connect again'(t) {
    const { server, port } = await serve(t)
    const client = dial(t, port, { reconnectInterval: 60_000 })
    const ready = next(server, 'authenticated').then(([id]) => {
      server.sockets.get(id).destroy()
      return next(client, 'close')
    })
    return { client, ready }
  },
  async 'being connected'(t) {
    const { port } = await serve(t)
    const client = dial(t, port)
    return { client, ready: next(client, 'authenticated') }
  },
}

for (const [stage, lead] of Object.entries(STAGES)) {
  test(`disconnect during ${stage}, and connect again`, linux, async t => {
    const { client, ready, revive } = await lead(t)
    await bounded(ready, stage)
    const log = new Log(client, EVENTS)
    client.disconnect()
    client.disconnect()
    // Who waits to connect again has been told before.
    const tells = stage !== 'waiting to connect again'
    if (tells) await log.reach('close')
    for (let n = 0; n < 5; n++) await turn()
    assert.deepEqual(log.names, tells ? ['close'] : [])
    assert.deepEqual([client.isConnected, client.isAuthenticated], [false, false])
    revive?.()
    client.connect()
    await log.reach('authenticated')
    assert.deepEqual(log.names, [...(tells ? ['close'] : []), 'authenticated'])
  })
}

for (const when of ['reconnectAttempt', 'error', 'close', 'authenticated', 'message', 'connect']) {
  test(`disconnect and connect inside '${when}'`, async t => {
    const { server, port } = await serve(t)
    server.on('authenticated', (/** @type {number} */ id) => server.send(id, { hello: id }))
    const start = when === 'error' ? 1 : port
    const { client, config } = dialBy(t, start, { reconnectInterval: 250 })
    const log = new Log(client, EVENTS)
    client.on('error', () => {})
    const emitter = when === 'connect' ? client.socket : client
    if (when === 'close' || when === 'reconnectAttempt') {
      await log.reach('authenticated')
      server.sockets.get(0).destroy()
    }
    await bounded(
      new Promise(resolve =>
        emitter.once(when, () => {
          config.port = port
          client.disconnect()
          client.connect()
          resolve(undefined)
        }),
      ),
      when,
    )
    const before = log.of('message').length
    await log.until(
      () => client.isAuthenticated && log.of('message').length > before,
      () => `being greeted again (seen: ${log.names.join(' ')})`,
    )
    if (isOriginal) return
    // One connection and no other is left.
    while (server.sockets.size > 1) await next(server, 'close')
    assert.equal(server.sockets.size, 1)
    client.once('message', () => client.disconnect())
    server.send([...server.sockets.keys()][0], { bye: true })
    await next(server, 'close')
  })
}

test('an address that leads nowhere is left for one that works', linux, async t => {
  const { port: behind } = await serve(t)
  const { port } = await chaosProxy(t, behind)
  // The same port of another address of this machine is a black hole.
  await deafPort(t, '127.0.0.2', port)
  const client = dial(t, port, {
    options: {
      lookup: lookupOf('127.0.0.2', '127.0.0.1'),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: 20,
    },
  })
  await next(client, 'authenticated')
})

difference(
  'a name that moves is looked up anew at each attempt',
  async t => {
    const server = await referenceServer(t)
    // What listens on one address alone refuses at the others.
    const narrow = await chaosProxy(t, server.port)
    let asked = 0
    /** @type {Lookup} */
    const lookup = (...args) => lookupOf(++asked <= 3 ? '127.0.0.9' : '127.0.0.1')(...args)
    const client = dial(t, narrow.port, { reconnectInterval: 30, options: { lookup } })
    const log = new Log(client, EVENTS)
    await server.admit()
    await log.reach('authenticated')
    assert.equal(asked, 4)
    assert.equal(log.of('error')[0]?.[0].code, 'ECONNREFUSED')
    assert.equal(log.of('reconnectAttempt').length, 3)
  },
  linux,
)

test('names that are not there are asked for again, and told each time', async t => {
  const gone = Object.assign(new Error('getaddrinfo ENOTFOUND gone.example'), { code: 'ENOTFOUND' })
  /** @type {Lookup} */
  const lookup = (_name, _options, done) => done(gone)
  const client = dial(t, 1, { reconnectInterval: 20, options: { lookup } })
  const log = new Log(client, EVENTS)
  await log.reach('error', 3)
  for (const [error] of log.of('error')) assert.equal(error, gone)
})
