'use strict'

// `client.ready()`: a promise of the login, which survives what `once(client, 'authenticated')` does not.

const assert = require('node:assert/strict')
const { getEventListeners } = require('node:events')
const { test } = require('node:test')

const { bounded, next, turn } = require('../helpers/events')
const { dial, join, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { referenceServer } = require('../helpers/reference-peer')
const { isOriginal } = require('../helpers/subject')

const skip = isOriginal && 'the original has no such method'

/** How many timers hold this process. */
const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length

test('it resolves at the login, and at once where that has been', { skip }, async t => {
  const { port } = await serve(t)
  const client = dial(t, port)
  await bounded(Promise.all([client.ready(), client.ready({ timeout: 60_000 })]), 'ready')
  assert.equal(client.isAuthenticated, true)
  await bounded(client.ready(), 'ready at once')
})

test('it waits over attempts that fail', { skip }, async t => {
  const port = await freePort()
  const client = dial(t, port, { reconnectInterval: 5 })
  client.on('error', () => {})
  const ready = client.ready()
  const attempts = new Promise(resolve => {
    let count = 0
    client.on('reconnectAttempt', () => ++count === 3 && resolve(undefined))
  })
  await bounded(attempts, 'three attempts')
  await serve(t, undefined, port)
  await bounded(ready, 'ready')
})

test('it is told of a refusal, also where the client goes on', { skip }, async t => {
  const { port } = await serve(t)
  const client = dial(t, port, { password: 'wrong', reconnectInterval: 50_000 })
  await assert.rejects(bounded(client.ready(), 'ready'), { code: 'TLSJSON_PASSWORD_REFUSED' })
})

test('it is told why there will be none', { skip }, async t => {
  const client = dial(t, await freePort())
  client.on('error', () => {})
  await assert.rejects(bounded(client.ready(), 'ready'), { code: 'ECONNREFUSED' })
  await assert.rejects(bounded(client.ready(), 'ready'), { code: 'TLSJSON_NOT_CONNECTED' })

  const server = await referenceServer(t)
  const other = dial(t, server.port)
  const ready = other.ready()
  const peer = await server.accept()
  peer.socket.end()
  await assert.rejects(bounded(ready, 'ready'), { code: 'TLSJSON_CONNECTION_LOST' })
})

test('disconnect ends it', { skip }, async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port, { reconnectInterval: 10 })
  const ready = client.ready()
  await server.accept()
  client.disconnect()
  await assert.rejects(bounded(ready, 'ready'), { code: 'TLSJSON_NOT_CONNECTED' })
  await next(client, 'close')
  await assert.rejects(bounded(client.ready(), 'ready'), { code: 'TLSJSON_NOT_CONNECTED' })
  // It may connect again, and can be waited for again.
  client.connect()
  const again = client.ready()
  await (await server.accept()).send({ authenticated: true })
  await bounded(again, 'ready again')
})

test('so do its time and its signal, and nothing is left of it', { skip }, async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  await server.accept()
  const before = timers()
  await assert.rejects(bounded(client.ready({ timeout: 20 }), 'ready'), {
    code: 'TLSJSON_CONNECT_TIMEOUT',
    message: /20 ms/,
  })
  const controller = new AbortController()
  const { signal } = controller
  const waiting = [client.ready({ signal, timeout: 60_000 }), client.ready({ signal })]
  assert.equal(getEventListeners(signal, 'abort').length, 2)
  assert.equal(timers(), before + 1)
  const reason = new Error('enough')
  controller.abort(reason)
  for (const each of waiting)
    await assert.rejects(bounded(each, 'ready'), error => error === reason)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  assert.equal(timers(), before)
  await assert.rejects(client.ready({ signal }), error => error === reason)
})

test('a login leaves nothing of it either', { skip }, async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const { signal } = new AbortController()
  const peer = await server.accept()
  const before = timers()
  const ready = client.ready({ signal, timeout: 60_000 })
  await peer.send({ authenticated: true })
  await bounded(ready, 'ready')
  await turn()
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  assert.equal(timers(), before)
})

test(
  'what is no time and no signal is refused, before it is ready and after',
  { skip },
  async t => {
    const server = await referenceServer(t)
    const client = dial(t, server.port)
    await refusesWhatIsOfNoUse(client)
    const peer = await server.accept()
    await peer.send({ authenticated: true })
    await client.ready()
    await refusesWhatIsOfNoUse(client)
  },
)

/** @param {any} client */
async function refusesWhatIsOfNoUse(client) {
  for (const timeout of ['soon', -1, 0, NaN, null]) {
    await assert.rejects(client.ready({ timeout }), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  for (const options of [null, 5000]) {
    await assert.rejects(client.ready(options), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const signal of ['no', { aborted: false }]) {
    await assert.rejects(client.ready({ signal }), { code: 'ERR_INVALID_ARG_TYPE' })
  }
}

test('a lost connection is waited for as the first one', { skip }, async t => {
  const { client, server, id } = await join(t, { client: { reconnectInterval: 1 } })
  client.on('error', () => {})
  server.sockets.get(id).destroy()
  await next(client, 'close')
  await bounded(client.ready(), 'ready again')
})
