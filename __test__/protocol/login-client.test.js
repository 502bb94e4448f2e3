'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { dial } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { referenceServer } = require('../helpers/reference-peer')

const EVENTS = ['authenticated', 'message', 'request', 'close', 'error']

/** [password in the config, exact line on the wire] */
const passwordLines = [
  ['plain', '{"password":"plain"}'],
  ['', '{"password":""}'],
  ['quote " and \\ back', '{"password":"quote \\" and \\\\ back"}'],
  ['é\u2028\ud800', '{"password":"é\u2028\\ud800"}'],
  [12345, '{"password":12345}'],
  [null, '{"password":null}'],
  [{ a: [1] }, '{"password":{"a":[1]}}'],
  [undefined, '{}'],
  [() => {}, '{}'],
]

for (const [password, line] of passwordLines) {
  test(`the password line for ${typeof password} ${JSON.stringify(password)}`, async t => {
    const server = await referenceServer(t)
    dial(t, server.port, { password })
    const peer = await server.accept()
    assert.equal(await peer.line(), line)
    // Nothing more may be written before the answer; the first thing after it is our marker.
    await peer.send({ authenticated: true }, { __ping: 5 })
    assert.equal(await peer.line(), '{"__pong":5}')
    assert.equal(peer.lines.length, 2)
  })
}

/** Lines before the acceptance that change nothing. */
const ignored = [
  'nonsense',
  '',
  '1',
  '"text"',
  'true',
  '[]',
  '{}',
  '{"authenticated":false}',
  '{"authenticated":1}',
  '{"authenticated":"true"}',
  '{"error":""}',
  '{"error":0}',
  '{"__ping":3}',
  '{"requestId":1,"a":1}',
  '{"responseId":1}',
  '{"message":"early"}',
]

test('before login all but an answer is ignored', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const log = new Log(client, EVENTS)
  const peer = await server.accept()
  await peer.line()
  await peer.write(ignored.map(line => `${line}\n`).join(''))
  assert.equal(client.isAuthenticated, false)
  await peer.send({ authenticated: true }, { marker: true })
  await log.reach('message')
  assert.deepEqual(log.entries, [['authenticated'], ['message', { marker: true }]])
  await peer.send({ __ping: 9 })
  assert.equal(await peer.line(), '{"__pong":9}', 'the early ping and request were not answered')
})

for (const answer of [
  { error: 'anything' },
  { error: true },
  { error: { code: 1 }, more: [1] },
  { authenticated: true, error: 'both' },
]) {
  test(`before login ${JSON.stringify(answer)} surfaces as a message`, async t => {
    const server = await referenceServer(t)
    const client = dial(t, server.port)
    const log = new Log(client, EVENTS)
    const peer = await server.accept()
    await peer.line()
    await peer.send(answer)
    await log.reach('message')
    assert.deepEqual(log.entries, [['message', answer]])
    assert.equal(client.isAuthenticated, false)
    await peer.send({ authenticated: true })
    await log.reach('authenticated')
  })
}

test('after login an answer is a plain message', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  const log = new Log(client, EVENTS)
  const peer = await server.admit()
  await peer.send({ authenticated: true }, { error: 'incorrect password' })
  await log.reach('message', 2)
  assert.deepEqual(log.entries, [
    ['authenticated'],
    ['message', { authenticated: true }],
    ['message', { error: 'incorrect password' }],
  ])
})

test('the flags follow the connection', async t => {
  const server = await referenceServer(t)
  const client = dial(t, server.port)
  assert.deepEqual([client.isConnected, client.isAuthenticated], [false, false])
  const peer = await server.accept()
  await peer.line()
  assert.deepEqual([client.isConnected, client.isAuthenticated], [true, false])
  const entered = next(client, 'authenticated')
  await peer.send({ authenticated: true })
  await entered
  assert.deepEqual([client.isConnected, client.isAuthenticated], [true, true])
  const flags = new Promise(resolve => {
    client.on('close', () => resolve([client.isConnected, client.isAuthenticated]))
  })
  peer.socket.end()
  assert.deepEqual(await flags, [false, false])
})

test('the client reads its config again at each connect', async t => {
  const first = await referenceServer(t)
  const second = await referenceServer(t)
  const config = { password: 'one', reconnectInterval: 250 }
  const { Client } = require('../helpers/subject')
  const { clientConfig } = require('../helpers/ends')
  const { closeClient } = require('../helpers/cleanup')
  const live = clientConfig(first.port, config)
  const client = new Client(live)
  closeClient(t, client)
  const peer = await first.accept()
  assert.deepEqual(await peer.value(), { password: 'one' })
  live.password = 'two'
  live.port = second.port
  peer.socket.destroy()
  assert.deepEqual(await (await second.accept()).value(), { password: 'two' })
})
