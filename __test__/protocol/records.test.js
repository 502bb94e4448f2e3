'use strict'

// Where records end on the wire, as a peer on plain node:tls sees them: one 'data' event each. Promise continuations of
// such a peer run between two of them.

const assert = require('node:assert/strict')
const { test } = require('node:test')

// A tick that lasts long is written in parts. Here it never does, however busy the machine is.
process.hrtime = Object.assign(() => /** @type {[number, number]} */ ([0, 1]), process.hrtime)

const { password, serve } = require('../helpers/ends')
const { turn } = require('../helpers/events')
const { roles } = require('../helpers/roles')
const { referenceClient } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

/**
 * @param {InstanceType<typeof import('../helpers/reference-peer').Connection>} peer
 * @param {number} lines how many come
 * @param {number} from the chunk to begin with
 * @returns {Promise<string[]>} the records they came in
 */
async function records(peer, lines, from = 0) {
  const all = () =>
    peer.chunks
      .slice(from)
      .map(String)
      .filter(text => !text.includes('__ping'))
  await peer.until(
    () => all().join('').split('\n').length > lines,
    () => `${lines} lines, have ${JSON.stringify(all())}`,
  )
  return all()
}

test('the reply to the login and what is sent in its listener are two records', async t => {
  const { server, port } = await serve(t)
  server.on('authenticated', (/** @type {number} */ id) => server.send(id, { g: 1 }))
  const peer = await referenceClient(t, port)
  await peer.send({ password })
  assert.deepEqual(await records(peer, 2), ['{"authenticated":true}\n', '{"g":1}\n'])
})

test('so are two messages that are sent when the client of this process has got it', async t => {
  const { server, port } = await serve(t)
  const peer = await referenceClient(t, port)
  peer.socket.once('data', () => {
    // As programs do behind `await once(client, 'authenticated')`.
    queueMicrotask(() => [1, 2].forEach(n => server.send(0, { n })))
  })
  await peer.send({ password })
  assert.deepEqual(await records(peer, 3), ['{"authenticated":true}\n', '{"n":1}\n', '{"n":2}\n'])
})

/**
 * Has an end answer each request, and send four messages in the same tick.
 *
 * @param {import('../helpers/roles').End} end
 */
async function newsBehindAnswers({ peer, send, onRequest }) {
  onRequest((_, res) => {
    res.send({})
    for (let n = 1; n <= 4; n++) send({ n })
  })
  // What was written before is out.
  await turn()
  return { peer, from: peer.chunks.length }
}

for (const [role, make] of Object.entries(roles)) {
  test(`${role}: of five messages of one tick the first is a record, the others another`, async t => {
    const { peer, send } = await make(t)
    // What was written before is out.
    await turn()
    const from = peer.chunks.length
    for (let n = 1; n <= 5; n++) send({ n })
    process.nextTick(() => send({ n: 6 }))
    assert.deepEqual(await records(peer, 6, from), [
      '{"n":1}\n',
      [2, 3, 4, 5, 6].map(n => `{"n":${n}}\n`).join(''),
    ])
  })

  test(`${role}: an answer and the news behind it are two records`, async t => {
    const { peer, from } = await newsBehindAnswers(await make(t))
    await peer.send({ requestId: 1 })
    assert.deepEqual(await records(peer, 5, from), [
      '{"responseId":1}\n',
      [1, 2, 3, 4].map(n => `{"n":${n}}\n`).join(''),
    ])
  })

  test(`${role}: of two requests in one record the first answer is a record, all else another`, async t => {
    const { peer, from } = await newsBehindAnswers(await make(t))
    await peer.send({ requestId: 1 }, { requestId: 2 })
    const news = [1, 2, 3, 4].map(n => `{"n":${n}}\n`).join('')
    assert.deepEqual(await records(peer, 10, from), [
      '{"responseId":1}\n',
      `${news}{"responseId":2}\n${news}`,
    ])
  })
}

difference('so it is for everyone in a fan-out, by send and by broadcast', async t => {
  const { server, port } = await serve(t)
  const peers = []
  for (let n = 0; n < 80; n++) {
    const peer = await referenceClient(t, port)
    await peer.send({ password })
    await peer.line()
    peers.push(peer)
  }
  await turn()
  const starts = peers.map(peer => peer.chunks.length)
  for (let n = 1; n <= 3; n++) for (let id = 0; id < peers.length; id++) server.send(id, { n })
  await turn()
  for (let n = 4; n <= 6; n++) server.broadcast({ n })
  for (const [at, peer] of peers.entries()) {
    const came = await records(peer, 6, starts[at])
    assert.equal(came[0], '{"n":1}\n', `client ${at}`)
    // It may be joined with what still waited, but nothing is joined behind it.
    assert.ok(
      came.some(record => record.endsWith('{"n":4}\n')),
      `client ${at}: ${JSON.stringify(came)}`,
    )
  }
})
