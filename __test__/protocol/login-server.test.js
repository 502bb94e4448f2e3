'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { serve, dial, password } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { referenceClient, admitted } = require('../helpers/reference-peer')

const ACCEPTED = '{"authenticated":true}'
const REFUSED = '{"error":"incorrect password"}'
const EVENTS = ['authenticated', 'message', 'request', 'close', 'error', 'timeout']

test('the right password is answered and announced', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const peer = await referenceClient(t, port)
  await peer.send({ password })
  assert.equal(await peer.line(), ACCEPTED)
  const [[id, socket]] = await log.reach('authenticated')
  assert.equal(id, 0)
  assert.equal(socket.isAuthenticated, true)
  assert.equal(server.sockets.get(0), socket)
})

test('a wrong password gets one line and the connection ends', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const peer = await referenceClient(t, port)
  await peer.send({ password: 'guess' })
  assert.equal(await peer.line(), REFUSED)
  await peer.gone()
  await log.reach('close')
  assert.deepEqual(log.entries, [['close', 0]])
  assert.equal(peer.lines.length, 1)
})

test('a client under test sees a refusal as a message and then close', async t => {
  const { port } = await serve(t)
  const client = dial(t, port, { password: 'guess' })
  const log = new Log(client, ['authenticated', 'message', 'close', 'error'])
  await log.reach('close')
  assert.deepEqual(log.entries, [['message', { error: 'incorrect password' }], ['close']])
})

/** [password of the server, first line, let in?]: strict equality by type and value */
const firstLines = [
  ['secret', '{"password":"secret"}', true],
  ['secret', '{"password":"secret","authenticated":false,"requestId":1}', true],
  ['secret', '{"password":"no","password":"secret"}', true],
  ['secret', ' \t{"password":"secret"}\r', true],
  ['secret', '{"password":"Secret"}', false],
  ['secret', '{"password":"secre"}', false],
  ['secret', '{"password":"secret "}', false],
  ['secret', '{}', false],
  ['secret', '[]', false],
  ['secret', '["secret"]', false],
  ['secret', '"secret"', false],
  ['secret', '1', false],
  ['secret', 'true', false],
  ['12345', '{"password":12345}', false],
  [12345, '{"password":12345}', true],
  [12345, '{"password":"12345"}', false],
  ['', '{"password":""}', true],
  [null, '{"password":null}', true],
  [null, '{}', false],
  [true, '{"password":true}', true],
  [0, '{"password":-0}', true],
  [{ a: 1 }, '{"password":{"a":1}}', false],
  ['\u00e9', '{"password":"e\u0301"}', false],
  ['\u00e9', '{"password":"\\u00e9"}', true],
  ['\ud800', '{"password":"\\ud800"}', true],
  ['p'.repeat(4000), `{"password":"${'p'.repeat(4000)}"}`, true],
]

for (const [secret, line, enters] of firstLines) {
  const shown = String(line).slice(0, 60)
  const given = JSON.stringify(secret)?.slice(0, 20)
  test(`password ${given}: ${shown} is ${enters ? 'let in' : 'refused'}`, async t => {
    const { port } = await serve(t, { password: secret })
    const peer = await referenceClient(t, port)
    await peer.write(`${line}\n`)
    assert.equal(await peer.line(), enters ? ACCEPTED : REFUSED)
  })
}

for (const line of ['{}', '5', '"x"', '[]', '{"authenticated":true}']) {
  test(`a server without a password lets ${line} in`, async t => {
    const { port } = await serve(t, { password: undefined })
    const peer = await referenceClient(t, port)
    await peer.write(`${line}\n`)
    assert.equal(await peer.line(), ACCEPTED)
  })
}

test('a server without a password refuses who sends one', async t => {
  const { port } = await serve(t, { password: undefined })
  const peer = await referenceClient(t, port)
  await peer.send({ password: 'any' })
  assert.equal(await peer.line(), REFUSED)
})

test('what is no truthy JSON before the password does not count', async t => {
  const { port } = await serve(t)
  const peer = await referenceClient(t, port)
  await peer.write('\n \n\t\nnull\n0\n-0\nfalse\n""\nnonsense\n{"password":\n{]\n')
  await peer.send({ password })
  assert.equal(await peer.line(), ACCEPTED)
})

test('messages behind the password in the same record are delivered', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const peer = await referenceClient(t, port)
  await peer.send({ password }, { n: 1 }, { n: 2, requestId: 7 })
  await log.reach('request')
  assert.deepEqual(log.names, ['authenticated', 'message', 'request'])
  assert.deepEqual(log.of('message'), [[0, { n: 1 }]])
})

test('a later password line is a plain message', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  const peer = await admitted(t, port, password)
  await peer.send({ password: 'wrong' }, { password })
  assert.deepEqual(await log.reach('message', 2), [
    [0, { password: 'wrong' }],
    [0, { password }],
  ])
})

test('server.password is read at each login', async t => {
  const { server, port } = await serve(t)
  await admitted(t, port, password)
  server.password = 'rotated'
  await admitted(t, port, 'rotated')
  const peer = await referenceClient(t, port)
  await peer.send({ password })
  assert.equal(await peer.line(), REFUSED)
})

test('the config object of a server is read in the constructor only', async t => {
  const config = { password: 'first' }
  const { port } = await serve(t, config)
  config.password = 'second'
  await admitted(t, port, 'first')
})

test("the server's 'authenticated' comes first when both ends share a process", async t => {
  const { server, port } = await serve(t)
  /** @type {string[]} */
  const order = []
  server.on('authenticated', () => order.push('server'))
  const client = dial(t, port)
  client.on('authenticated', () => order.push('client'))
  await next(client, 'authenticated')
  assert.deepEqual(order, ['server', 'client'])
})

test("what is sent inside 'authenticated' arrives after the login", async t => {
  const { server, port } = await serve(t)
  server.on('authenticated', (/** @type {number} */ id) => server.send(id, { hello: id }))
  const client = dial(t, port)
  const log = new Log(client, ['authenticated', 'message'])
  await log.reach('message')
  assert.deepEqual(log.entries, [['authenticated'], ['message', { hello: 0 }]])
})

test("destroying the socket inside 'authenticated' ends the connection", async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, EVENTS)
  server.on('authenticated', (/** @type {number} */ _id, /** @type {any} */ socket) =>
    socket.destroy(),
  )
  const peer = await referenceClient(t, port)
  await peer.send({ password })
  await peer.gone()
  await log.reach('close')
  assert.deepEqual(log.names, ['authenticated', 'close'])
})
