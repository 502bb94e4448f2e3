'use strict'

// `server.shutdown()`: nothing that is under way is lost, nobody new comes in, and it ends in time.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')

const { dial, enter, join, password, serve } = require('../helpers/ends')
const { Log, bounded, elapsed, next, turn } = require('../helpers/events')
const { tcp } = require('../helpers/raw')
const { admitted, referenceClient } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

/**
 * A server whose requests are answered by the test, and peers that are logged in.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} count
 * @param {any} [config]
 */
async function busy(t, count, config) {
  const { server, port } = await serve(t, config)
  /** @type {any[]} */
  const asked = []
  const log = new Log(server, ['request', 'close', 'error', 'authenticated'])
  server.on(
    'request',
    (/** @type {number} */ id, /** @type {any} */ request, /** @type {any} */ res) =>
      asked.push({ id, request, res }),
  )
  const peers = []
  for (let at = 0; at < count; at++) peers.push(await admitted(t, port, password))
  await log.reach('authenticated', count)
  return { server, port, asked, log, peers }
}

difference('requests under way are answered, then the connection ends', async t => {
  const { server, asked, log, peers } = await busy(t, 2)
  const [peer, idle] = peers
  await peer.send({ requestId: 1 }, { requestId: 2 })
  await log.reach('request', 2)
  const down = server.shutdown({ spread: 0 })
  await idle.gone()
  assert.equal(peer.ended, false)
  asked[1].res.send({ answer: 2 })
  await turn()
  await turn()
  assert.equal(peer.ended, false)
  asked[0].res.error(new Error('first'))
  assert.deepEqual(await peer.value(), { answer: 2, responseId: 2 })
  assert.deepEqual(await peer.value(), { error: 'first', responseId: 1 })
  await peer.gone()
  assert.deepEqual(await bounded(down, 'the end'), { left: 2, cut: 0 })
  assert.deepEqual(log.of('error'), [])
  assert.equal(server.sockets.size, 0)
})

difference('an answer that cannot be serialised is still owed', async t => {
  const { server, asked, log, peers } = await busy(t, 1)
  const [peer] = peers
  await peer.send({ requestId: 1 })
  await log.reach('request')
  /** @type {any} */
  const circular = {}
  circular.circular = circular
  const down = server.shutdown({ spread: 0 })
  assert.throws(() => asked[0].res.send(circular), TypeError)
  // Longer than it takes to end who waits for nothing.
  await elapsed(100)
  asked[0].res.error(new Error('no answer'))
  assert.deepEqual(await peer.value(), { error: 'no answer', responseId: 1 })
  assert.deepEqual(await bounded(down, 'the end'), { left: 1, cut: 0 })
})

difference('requests of one record are all answered, although each is at once', async t => {
  const { server, port } = await serve(t)
  server.on(
    'request',
    (/** @type {number} */ _id, /** @type {any} */ { at }, /** @type {any} */ res) => {
      if (at === 0) down = server.shutdown({ spread: 0 })
      res.send({ at, filler: 'x'.repeat(100) })
    },
  )
  /** @type {any} */
  let down
  const peer = await admitted(t, port, password)
  const requests = Array.from({ length: 3000 }, (_, at) => ({
    requestId: at + 1,
    at,
    filler: 'x'.repeat(100),
  }))
  await peer.send(...requests)
  for (const { at } of requests) assert.equal((await peer.value()).at, at)
  await peer.gone()
  assert.deepEqual(await bounded(down, 'the end'), { left: 1, cut: 0 })
})

difference('requests of the server are waited for, too', async t => {
  const { server, peers } = await busy(t, 1)
  const asked = server.request(0, { question: 'why?' })
  const down = server.shutdown({ spread: 0 })
  const { requestId } = await peers[0].value()
  await turn()
  await peers[0].send({ responseId: requestId, answer: 1 })
  assert.deepEqual(await asked, { answer: 1 })
  assert.deepEqual(await bounded(down, 'the end'), { left: 1, cut: 0 })
})

difference('who hangs is cut when the time is over', async t => {
  const { server, log, peers } = await busy(t, 3)
  await peers[0].send({ requestId: 1 })
  await log.reach('request')
  // It does not answer our end.
  peers[1].socket.pause()
  peers[1].socket.allowHalfOpen = true
  const began = performance.now()
  const outcome = await bounded(server.shutdown({ timeout: 300, spread: 0 }), 'the end')
  assert.ok(performance.now() - began >= 299)
  assert.equal(outcome.left + outcome.cut, 3)
  assert.ok(outcome.cut >= 1)
  await peers[0].gone()
  assert.equal(server.clients.size, 0)
})

difference('who announced it is told to leave, and given the time to go by itself', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['authenticated', 'request'])
  server.on(
    'request',
    (/** @type {number} */ _id, /** @type {any} */ _request, /** @type {any} */ res) =>
      res.send({ answer: 1 }),
  )
  const polite = await referenceClient(t, port)
  await polite.send({ password, tlsjson: ['leave'] })
  const stubborn = await referenceClient(t, port)
  await stubborn.send({ password, tlsjson: ['leave', 'error'] })
  const unaware = await referenceClient(t, port)
  await unaware.send({ password, tlsjson: ['error'] })
  for (const peer of [polite, stubborn, unaware]) await peer.line('the answer to the password')
  await log.reach('authenticated', 3)
  const down = server.shutdown({ spread: 400 })
  await unaware.gone()
  assert.deepEqual(unaware.lines.length, 1)
  for (const peer of [polite, stubborn]) {
    assert.equal(await peer.line(), '{"responseId":"tlsjson","leave":{"after":400}}')
    assert.equal(peer.ended, false)
  }
  // They may still ask until they go.
  await polite.send({ requestId: 1 })
  assert.deepEqual(await polite.value(), { answer: 1, responseId: 1 })
  polite.socket.end()
  await stubborn.gone()
  assert.deepEqual(await bounded(down, 'the end'), { left: 3, cut: 0 })
})

difference('what is sent to who is being ended is told as to who has gone', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['error', 'authenticated', 'close'])
  const peer = await admitted(t, port, password, /** @type {any} */ ({ allowHalfOpen: true }))
  await log.reach('authenticated')
  const down = server.shutdown({ spread: 0 })
  await peer.until(() => peer.ended, 'the end')
  server.send(0, { too: 'late' })
  assert.equal(server.broadcast({ too: 'late' }), 0)
  const [[, error]] = await log.reach('error')
  assert.equal(error.code, 'TLSJSON_NOT_CONNECTED')
  await assert.rejects(server.request(0, {}, { timeout: 10 }))
  peer.socket.end()
  assert.deepEqual(await bounded(down, 'the end'), { left: 1, cut: 0 })
  assert.equal(log.of('error').length, 1)
})

difference('connections are ended one after the other', async t => {
  const { server, peers, log } = await busy(t, 10)
  const times = Promise.all(
    peers.map(async peer => {
      await peer.until(() => peer.ended, 'the end')
      return performance.now()
    }),
  )
  const began = performance.now()
  const down = server.shutdown({ spread: 500 })
  const gaps = (await times).map(time => time - began)
  // A machine may be late, and never early.
  for (const [at, gap] of gaps.entries()) assert.ok(gap >= 50 * at - 2, `${at}: ${gap}`)
  assert.deepEqual(await bounded(down, 'the end'), { left: 10, cut: 0 })
  assert.deepEqual(log.of('error'), [])
})

difference('nobody new comes in', async t => {
  const { server, port, log, peers } = await busy(t, 1)
  const unauthenticated = await referenceClient(t, port)
  const handshake = await tcp(t, port)
  await peers[0].send({ requestId: 1 })
  await log.reach('request')
  const down = server.shutdown({ timeout: 5000, spread: 0 })
  await unauthenticated.gone()
  const refused = dial(t, port)
  const [error] = await next(refused, 'error')
  assert.equal(error.code, 'ECONNREFUSED')
  // Whose handshake was under way is turned away behind it.
  const late = await referenceClient(t, port, { socket: handshake }).catch(() => null)
  if (late !== null) {
    late.send({ password }).catch(() => {})
    await late.gone()
    assert.deepEqual(late.lines, [])
  }
  assert.equal(log.of('authenticated').length, 1)
  log.of('request')[0][2].send({ answer: 1 })
  assert.deepEqual(await bounded(down, 'the end'), { left: 1, cut: 0 })
})

difference('who is being judged is turned away', async t => {
  /** @type {any} */
  let details
  const authenticate = (/** @type {any} */ _credential, /** @type {any} */ given) => {
    details = given
    return new Promise(() => {})
  }
  const { server, port } = await serve(t, { password: undefined, authenticate })
  const peer = await referenceClient(t, port)
  await peer.send({ password })
  while (details === undefined) await turn()
  const aborted = once(details.signal, 'abort')
  assert.deepEqual(await bounded(server.shutdown({ spread: 0 }), 'the end'), { left: 0, cut: 0 })
  await aborted
  await peer.gone()
})

difference('nor is who is let in while the server is shut down', async t => {
  for (const answer of [true, Promise.resolve(true)]) {
    const authenticate = () => {
      down = server.shutdown({ spread: 0 })
      return answer
    }
    const { server, port } = await serve(t, { password: undefined, authenticate })
    const log = new Log(server, ['authenticated', 'close'])
    /** @type {any} */
    let down
    const peer = await referenceClient(t, port)
    await peer.send({ password })
    await peer.gone()
    assert.deepEqual(await bounded(down, 'the end'), { left: 0, cut: 0 })
    assert.deepEqual([peer.lines, log.names], [[], ['close']])
  }
})

difference(
  'called again it is the same, and a new one when there is something to shut down',
  async t => {
    const { server, client } = await join(t)
    const down = server.shutdown({ spread: 0 })
    assert.equal(server.shutdown({ timeout: 1 }), down)
    await next(client, 'close')
    await bounded(down, 'the end')
    assert.equal(server.shutdown(), down)
    await new Promise(resolve => server.listen(0, () => resolve(undefined)))
    const arrived = next(server, 'authenticated')
    dial(t, server.tlsServer.address().port)
    await arrived
    const again = server.shutdown({ spread: 0 })
    assert.notEqual(again, down)
    assert.deepEqual(await bounded(again, 'the end'), { left: 1, cut: 0 })
  },
)

difference('a server that listens again meanwhile keeps those who come then', async t => {
  const { server, asked, log, peers } = await busy(t, 1)
  await peers[0].send({ requestId: 1 })
  await log.reach('request')
  const down = server.shutdown({ spread: 0 })
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const peer = await admitted(t, server.tlsServer.address().port, password)
  asked[0].res.send({ answer: 1 })
  assert.deepEqual(await bounded(down, 'the end'), { left: 1, cut: 0 })
  assert.deepEqual([peer.ended, server.tlsServer.listening], [false, true])
  const again = server.shutdown({ spread: 0 })
  assert.notEqual(again, down)
  assert.deepEqual(await bounded(again, 'the end'), { left: 1, cut: 0 })
  assert.equal(server.tlsServer.listening, false)
})

difference('a server that is closed after it has listened again lets in who has come', async t => {
  const { server } = await serve(t)
  await bounded(server.shutdown(), 'the end')
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const { port } = server.tlsServer.address()
  const peer = await referenceClient(t, port)
  const { client } = await enter(t, server)
  const closed = new Promise(resolve => server.close(() => resolve(undefined)))
  const arrived = next(server, 'authenticated')
  await peer.send({ password })
  assert.equal(await peer.line(), '{"authenticated":true}')
  await arrived
  client.disconnect()
  peer.socket.end()
  await bounded(closed, 'the end')
})

difference('who takes nothing of what waits does not make it late', async t => {
  const { server, log, peers } = await busy(t, 1)
  peers[0].socket.pause()
  const text = 'x'.repeat(1 << 20)
  for (let n = 0; n < 50; n++) server.send(0, { text })
  const began = performance.now()
  const outcome = await bounded(server.shutdown({ timeout: 300, spread: 0 }), 'the end')
  const ms = performance.now() - began
  assert.deepEqual(outcome, { left: 0, cut: 1 })
  // It would take a second more to give up what waits.
  assert.ok(ms >= 299 && ms < 1250, `${ms} ms`)
  await log.reach('close')
})

difference('without clients, or without having listened, it is over at once', async t => {
  const { server } = await serve(t)
  assert.deepEqual(await bounded(server.shutdown(), 'the end'), { left: 0, cut: 0 })
  const { Server } = require('../helpers/subject')
  const never = /** @type {any} */ (new Server({ password }))
  assert.deepEqual(await bounded(never.shutdown(), 'the end'), { left: 0, cut: 0 })
})

difference('it is what await using does', async t => {
  const { asyncDispose } = /** @type {any} */ (Symbol)
  if (asyncDispose === undefined) return t.skip('this Node has no Symbol.asyncDispose')
  const { server, client } = await join(t)
  const closed = next(client, 'close')
  assert.equal(await bounded(server[asyncDispose](), 'the end'), undefined)
  await closed
})

difference('options of no use are refused, and nothing is shut down', async t => {
  const { server } = await serve(t)
  for (const options of [{ timeout: -1 }, { timeout: '1' }, { spread: NaN }, { spread: null }]) {
    const error = await server
      .shutdown(options)
      .then(assert.fail, (/** @type {any} */ reason) => reason)
    assert.ok(error instanceof TypeError)
    assert.equal(/** @type {any} */ (error).code, 'ERR_INVALID_ARG_VALUE')
  }
  for (const options of [null, 5000, 'SIGTERM']) {
    await assert.rejects(server.shutdown(options), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  assert.equal(server.tlsServer.listening, true)
})

test('a server that is not shut down counts nothing of it', async t => {
  const { server, peers, log, asked } = await busy(t, 1)
  await peers[0].send({ requestId: 1 })
  await log.reach('request')
  asked[0].res.send({ answer: 1 })
  asked[0].res.send({ answer: 'again' })
  assert.deepEqual(await peers[0].value(), { answer: 1, responseId: 1 })
  assert.deepEqual(await peers[0].value(), { answer: 'again', responseId: 1 })
  assert.equal(server.tlsServer.listening, true)
})
