'use strict'

// What is said beyond the protocol of tls-json 3.x goes only to who has announced it, and is understood only from them.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { serve, dial, password } = require('../helpers/ends')
const { next } = require('../helpers/events')
const { referenceClient, referenceServer } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')
const { errorOf, leaveOf, note } = require('../../lib/protocol/extensions')

const PLAIN = '{"authenticated":true}'
const EXTENDED = '{"authenticated":true,"tlsjson":["leave","error"]}'

/**
 * @param {import('node:test').TestContext} t
 * @param {number} port
 * @param {unknown} announced
 * @returns the peer, and what it was answered
 */
async function enterAs(t, port, announced) {
  const peer = await referenceClient(t, port)
  await peer.send({ password, tlsjson: announced })
  return { peer, answer: await peer.line('the answer to the password') }
}

difference('a server answers an announcement, and nobody else, with its own', async t => {
  const { port } = await serve(t)
  for (const announced of [['error'], ['leave', 'error'], ['of a later version', 'leave']]) {
    assert.equal((await enterAs(t, port, announced)).answer, EXTENDED)
  }
})

test('an announcement of nothing that is known is none', async t => {
  const { port } = await serve(t)
  const odd = [[], 'error', true, 7, { error: true }, [1, null, ['error']], ['later']]
  for (const announced of [...odd, Array(65).fill('error'), undefined]) {
    assert.equal((await enterAs(t, port, announced)).answer, PLAIN)
  }
})

test('a wrong password is refused in the same words, whatever is announced', async t => {
  const { port } = await serve(t)
  const peer = await referenceClient(t, port)
  await peer.send({ password: 'wrong', tlsjson: ['error'] })
  assert.equal(await peer.line(), '{"error":"incorrect password"}')
})

difference('res.error tells who announced it the error, and never its stack', async t => {
  const { server, port } = await serve(t)
  const thrown = [
    Object.assign(new RangeError('too far'), { code: 'TOO_FAR', secret: 'not to be told' }),
    'words',
    undefined,
    { message: 'a likeness', code: 404, name: '' },
    Symbol('odd'),
  ]
  server.on(
    'request',
    (/** @type {number} */ _id, /** @type {any} */ { at }, /** @type {any} */ res) => {
      // As `.catch(res.error)` calls it.
      const { error } = res
      error(thrown[at])
    },
  )
  const { peer } = await enterAs(t, port, ['error'])
  const answers = []
  for (const at of thrown.keys()) {
    await peer.send({ requestId: at + 1, at })
    answers.push(await peer.line())
  }
  assert.deepEqual(answers, [
    '{"tlsjson":{"error":{"name":"RangeError","message":"too far","code":"TOO_FAR"}},"responseId":1}',
    '{"tlsjson":{"error":{"name":"Error","message":"words"}},"responseId":2}',
    '{"tlsjson":{"error":{"name":"Error","message":""}},"responseId":3}',
    '{"tlsjson":{"error":{"name":"Error","message":"a likeness","code":404}},"responseId":4}',
    '{"tlsjson":{"error":{"name":"Error","message":"Symbol(odd)"}},"responseId":5}',
  ])
})

difference('res.error gives everybody else an ordinary answer', async t => {
  const { server, port } = await serve(t)
  server.on(
    'request',
    (/** @type {number} */ _id, /** @type {any} */ _request, /** @type {any} */ res) =>
      res.error(Object.assign(new Error('nothing here'), { code: 'ENONE' })),
  )
  for (const announced of [undefined, ['leave']]) {
    const { peer } = await enterAs(t, port, announced)
    await peer.send({ requestId: 7 })
    assert.equal(await peer.line(), '{"error":"nothing here","responseId":7}')
  }
})

difference('res.error of a client', async t => {
  const reference = await referenceServer(t)
  const client = dial(t, reference.port)
  client.on('request', (/** @type {any} */ _request, /** @type {any} */ res) => res.error('no'))
  const peer = await reference.admit()
  await peer.send({ requestId: 3 })
  assert.equal(await peer.line(), '{"error":"no","responseId":3}')
})

difference(
  'an answer that is an error rejects a request, if its sender has announced it',
  async t => {
    const { server, port } = await serve(t)
    const arrived = next(server, 'authenticated')
    const { peer } = await enterAs(t, port, ['error'])
    const [id] = await arrived
    const asked = server.request(id, { question: 'why?' })
    const { requestId } = await peer.value('the request')
    await peer.send({
      responseId: requestId,
      tlsjson: {
        error: { name: 'RangeError', message: 'too far', code: 'TOO_FAR', stack: 'at …' },
      },
    })
    const error = await asked.then(assert.fail, (/** @type {any} */ reason) => reason)
    assert.equal(error.code, 'TLSJSON_REMOTE_ERROR')
    assert.equal(error.message, 'too far')
    assert.deepEqual(error.remote, { name: 'RangeError', message: 'too far', code: 'TOO_FAR' })
    assert.ok(error instanceof Error)
    const { sent, failed, answered, pending } = server.stats().requests
    assert.deepEqual(
      { sent, failed, answered, pending },
      { sent: 1, failed: 1, answered: 0, pending: 0 },
    )
  },
)

test('from everybody else it is an answer like any other', async t => {
  const { server, port } = await serve(t)
  for (const announced of [undefined, ['leave']]) {
    const arrived = next(server, 'authenticated')
    const { peer } = await enterAs(t, port, announced)
    const [id] = await arrived
    const asked = server.request(id, {})
    const { requestId } = await peer.value('the request')
    await peer.send({ responseId: requestId, tlsjson: { error: { message: 'too far' } } })
    assert.deepEqual(await asked, { tlsjson: { error: { message: 'too far' } } })
  }
})

test('a notice is nothing to a server, nor to a client whose server has announced nothing', async t => {
  const { server, port } = await serve(t)
  const heard = next(server, 'message')
  const { peer } = await enterAs(t, port, ['leave'])
  await peer.send({ responseId: 'tlsjson', leave: { after: 1 } }, { still: 'here' })
  assert.deepEqual((await heard)[1], { still: 'here' })

  const reference = await referenceServer(t)
  const client = dial(t, reference.port)
  const entered = next(client, 'message')
  await (
    await reference.admit()
  ).send({ responseId: 'tlsjson', leave: { after: 1 } }, { still: 'here' })
  assert.deepEqual((await entered)[0], { still: 'here' })
})

test('what others may say is read with care', () => {
  const notice = (/** @type {unknown} */ leave) => leaveOf({ leave }, 'tlsjson')
  assert.equal(notice({ after: 250 }), 250)
  assert.equal(notice({ after: 1e12 }), 86_400_000)
  for (const after of [-1, '250', null, undefined, NaN]) assert.equal(notice({ after }), 0)
  for (const leave of [undefined, null, 1, 'now']) assert.equal(notice(leave), undefined)
  assert.equal(leaveOf({ leave: { after: 1 } }, 1), undefined)

  const failure = (/** @type {unknown} */ error) => errorOf({ tlsjson: { error } })
  assert.deepEqual(failure({}), { name: 'Error', message: '' })
  assert.deepEqual(failure({ name: 1, message: [], code: {} }), { name: 'Error', message: '' })
  for (const error of [undefined, null, 'words', 1]) assert.equal(failure(error), undefined)
  for (const tlsjson of [null, 1, 'error', []]) assert.equal(errorOf({ tlsjson }), undefined)

  /** @type {{ extensions: ReadonlySet<string> }} */
  const connection = { extensions: new Set() }
  note(connection, null)
  assert.equal(connection.extensions.size, 0)
  note(connection, { tlsjson: ['error', 'error', 'leave'] })
  assert.deepEqual([...connection.extensions], ['leave', 'error'])
})
