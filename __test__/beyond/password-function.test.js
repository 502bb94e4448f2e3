'use strict'

// A `password` that is a function: asked at each connect, for what is valid then.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Log, next, turn } = require('../helpers/events')
const { dial, password, serve } = require('../helpers/ends')
const { referenceServer } = require('../helpers/reference-peer')
const { isOriginal } = require('../helpers/subject')

const skip = isOriginal && 'the original knows values alone'

const EVENTS = ['authenticated', 'reconnectAttempt', 'message', 'close', 'error']

/** @typedef {(this: any) => any} Give */

/** @type {Record<string, Give>} */
const GIVEN = {
  'a value': () => password,
  'a promise': async () => password,
  'a thenable': () => ({ then: (/** @type {any} */ resolve) => void resolve(password) }),
  'what its configuration holds': function () {
    return this.secret
  },
}

for (const [what, give] of Object.entries(GIVEN)) {
  test(`it may give ${what}`, { skip }, async t => {
    const { port } = await serve(t)
    const client = dial(t, port, { password: give, secret: password })
    await next(client, 'authenticated')
  })
}

test('it is asked again at each connect, and sent as it is then', { skip }, async t => {
  const server = await referenceServer(t)
  let asked = 0
  const client = dial(t, server.port, {
    password: async () => ({ token: ++asked }),
    reconnectInterval: 1,
  })
  client.on('error', () => {})
  for (const token of [1, 2, 3]) {
    const peer = await server.accept()
    assert.deepEqual(await peer.value(), { password: { token } })
    peer.socket.destroy()
  }
})

for (const [how, fail] of /** @type {[string, Give][]} */ ([
  [
    'throws',
    () => {
      throw new Error('no token')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no token'))],
])) {
  test(`where it ${how}, the attempt fails and the next one follows`, { skip }, async t => {
    const { port, server } = await serve(t)
    server.on('error', () => {})
    let asked = 0
    const client = dial(t, port, {
      reconnectInterval: 1,
      password: function () {
        return ++asked === 1 ? fail.call(this) : password
      },
    })
    const log = new Log(client, EVENTS)
    await log.reach('authenticated')
    assert.deepEqual(log.names, ['error', 'close', 'reconnectAttempt', 'authenticated'])
    const [[error]] = /** @type {any} */ (log.of('error'))
    assert.equal(error.code, 'TLSJSON_PASSWORD_FAILED')
    assert.match(error.message, /no token/)
    assert.equal(error.cause.message, 'no token')
  })
}

test('what is no JSON is told, too', { skip }, async t => {
  const { port } = await serve(t)
  const client = dial(t, port, { password: () => 1n })
  const [error] = await next(client, 'error')
  assert.equal(error.code, 'TLSJSON_PASSWORD_FAILED')
})

test('connectTimeout holds for it, and says so', { skip }, async t => {
  const { port } = await serve(t)
  const client = dial(t, port, { password: () => new Promise(() => {}), connectTimeout: 200 })
  const [error] = await next(client, 'error')
  assert.equal(error.code, 'TLSJSON_CONNECT_TIMEOUT')
  assert.match(error.message, /`password` function/)
})

test('what comes when the client was disconnected is nobody’s', { skip }, async t => {
  const server = await referenceServer(t)
  /** @type {(value: string) => void} */
  let give = () => {}
  const client = dial(t, server.port, { password: () => new Promise(settle => (give = settle)) })
  const log = new Log(client, EVENTS)
  await next(client.socket, 'secureConnect')
  const peer = await server.accept()
  client.disconnect()
  give(password)
  await Promise.all([log.reach('close'), peer.gone()])
  await turn()
  assert.deepEqual([peer.lines, peer.parts, log.names], [[], [], ['close']])
})
