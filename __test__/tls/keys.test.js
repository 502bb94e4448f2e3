'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { roles, bothRoles } = require('../helpers/roles')

/** Which key of a message decides what it is. */

/** Values with ids that do not count: falsy, nested, or another role's business. */
const plain = [
  { requestId: 0 },
  { requestId: '' },
  { requestId: null },
  { requestId: false },
  { responseId: 0, a: 1 },
  { responseId: null },
  { __ping: false },
  { __ping: null, __pong: null },
  [{ requestId: 1 }],
  { inner: { requestId: 1, responseId: 1, __ping: 1, __pong: 1 } },
]

bothRoles(
  test,
  'ids that are falsy or nested make plain messages',
  async ({ peer, log, onRequest }) => {
    onRequest(() => assert.fail('a request'))
    await peer.send(...plain)
    const got = await log.reach('message', plain.length)
    assert.deepEqual(
      got,
      plain.map(value => [value]),
    )
  },
)

bothRoles(test, 'requestId wins over responseId, which stays', async ({ peer, onRequest }) => {
  const seen = new Promise(resolve => onRequest((req, res) => resolve([req, res.send({ ok: 1 })])))
  await peer.send({ responseId: 5, requestId: 'x', __ping: 1, __pong: 2, a: 1 })
  assert.deepEqual(await seen, [{ responseId: 5, __ping: 1, __pong: 2, a: 1 }, undefined])
  assert.equal(await peer.line(), '{"ok":1,"responseId":"x"}')
})

for (const id of [1, -1, 1.5, 1e300, 'text', '0', true, [1], [], {}, { a: 1 }]) {
  bothRoles(
    test,
    `a request's id ${JSON.stringify(id)} comes back as it was`,
    async ({ peer, onRequest }) => {
      onRequest((req, res) => res.send({ echo: req }))
      await peer.send({ requestId: id, a: 1 })
      assert.equal(await peer.line(), `{"echo":{"a":1},"responseId":${JSON.stringify(id)}}`)
    },
  )
}

bothRoles(test, 'an own requestId sent with send is a request there', async ({ peer, send }) => {
  send({ requestId: 77, a: 1 })
  assert.equal(await peer.line(), '{"requestId":77,"a":1}')
})

bothRoles(test, 'answers nobody waits for are swallowed', async ({ peer, log, request }) => {
  const answer = request({ ask: 1 })
  assert.equal(await peer.line(), '{"ask":1,"requestId":1}')
  await peer.send({ responseId: 2 }, { responseId: '1' }, { responseId: [1] }, { responseId: true })
  await peer.send({ responseId: -1, a: 1 }, { responseId: 1e9 }, { responseId: { a: 1 } })
  await peer.write('{"answer":true,"responseId":1.0}\n')
  assert.deepEqual(await answer, { answer: true })
  await peer.send({ responseId: 1, late: true }, { marker: true })
  await log.reach('message')
  assert.deepEqual(log.entries, [['message', { marker: true }]])
})

test('server: a pong is swallowed whatever it carries, a ping is a message', async t => {
  const { peer, log } = await roles.server(t)
  await peer.send({ __pong: 1 }, { __pong: 'x', a: 1 }, { __pong: [], __ping: 1 }, { __ping: 4 })
  await log.reach('message')
  assert.deepEqual(log.entries, [['message', { __ping: 4 }]])
})

test('server: a falsy pong is a message', async t => {
  const { peer, log } = await roles.server(t)
  await peer.send({ __pong: 0 }, { __pong: '' })
  await log.reach('message', 2)
  assert.deepEqual(log.entries, [
    ['message', { __pong: 0 }],
    ['message', { __pong: '' }],
  ])
})

test('client: a ping is answered with its value alone and swallowed', async t => {
  const { peer, log } = await roles.client(t)
  for (const value of [7, 65_534, 'x', [1, { a: 2 }], true, { k: 'v' }]) {
    await peer.send({ __ping: value, other: 1, __pong: 3 })
    assert.equal(await peer.line(), `{"__pong":${JSON.stringify(value)}}`)
  }
  await peer.send({ __pong: 5 })
  await log.reach('message')
  assert.deepEqual(log.entries, [['message', { __pong: 5 }]])
})
