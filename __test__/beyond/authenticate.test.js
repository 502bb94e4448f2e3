'use strict'

// `authenticate` of a server: who a client is, decided by the program, however long that takes.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { dial, serve, taken } = require('../helpers/ends')
const { Log, bounded, next } = require('../helpers/events')
const { tcp } = require('../helpers/raw')
const { referenceClient } = require('../helpers/reference-peer')
const { difference } = require('../helpers/subject')

const REFUSAL = '{"error":"incorrect password"}'

/** @returns a promise, and what settles it */
function pending() {
  /** @type {(value: any) => void} */
  let resolve = () => {}
  /** @type {(error: any) => void} */
  let reject = () => {}
  const promise = new Promise((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/**
 * A server whose `authenticate` is answered by the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} [config]
 */
async function asking(t, config) {
  /** @type {{ credential: any, details: any, answer: ReturnType<typeof pending> }[]} */
  const asked = []
  const heard = new Log(/** @type {any} */ ({ on() {} }), [])
  const authenticate = (/** @type {any} */ credential, /** @type {any} */ details) => {
    const answer = pending()
    asked.push({ credential, details, answer })
    heard.changed()
    return answer.promise
  }
  const { server, port } = await serve(t, { password: undefined, authenticate, ...config })
  const log = new Log(server, ['authenticated', 'message', 'close', 'error'])
  const question = async (at = 0) => {
    await heard.until(() => asked.length > at, `question ${at}`)
    return /** @type {(typeof asked)[0]} */ (asked[at])
  }
  return { server, port, log, asked, question }
}

difference(
  'each client has credentials of its own, and is known by what is said of it',
  async t => {
    const tokens = new Map([
      ['a token', { name: 'Ada' }],
      ['another', { name: 'Bob' }],
    ])
    const authenticate = async (/** @type {any} */ credential) => tokens.get(credential)
    const { server, port } = await serve(t, { password: undefined, authenticate })
    const began = Date.now()
    const ids = []
    for (const password of tokens.keys()) {
      const arrived = next(server, 'authenticated')
      dial(t, port, { password })
      ids.push((await arrived)[0])
    }
    assert.deepEqual(
      ids.map(id => server.clients.get(id).user.name),
      ['Ada', 'Bob'],
    )
    const [first] = server.clients.values()
    assert.equal(first.id, ids[0])
    assert.equal(first.socket, server.sockets.get(ids[0]))
    assert.ok(first.since >= began && first.since <= Date.now())
    first.data = { any: 'thing' }
    assert.deepEqual(server.clients.get(ids[0]).data, { any: 'thing' })

    const refused = dial(t, port, { password: 'stolen' })
    assert.deepEqual(await next(refused, 'message'), [{ error: 'incorrect password' }])
    await next(refused, 'close')
    assert.equal(server.clients.size, 2)
    assert.deepEqual(server.stats().logins, { accepted: 2, refused: 1, undecided: 0 })
  },
)

difference('an answer may be no promise, and anything that is true or not', async t => {
  const answers = [true, 1, 'somebody', {}, false, 0, '', null, undefined]
  let at = 0
  const { server, port } = await serve(t, {
    password: undefined,
    authenticate: () => answers[at++],
  })
  for (const answer of answers) {
    const peer = await referenceClient(t, port)
    const arrived = answer ? next(server, 'authenticated') : undefined
    await peer.send({ password: 'any' })
    assert.equal(await peer.line(), answer ? '{"authenticated":true}' : REFUSAL, String(answer))
    if (arrived) assert.equal(server.clients.get((await arrived)[0]).user, answer)
  }
})

difference('nothing is looked at until the answer, and all of it then', async t => {
  const { port, log, question, server } = await asking(t)
  const peer = await referenceClient(t, port)
  await peer.write('{"password":{"any":["value"]}}\n{"first":1}\n{"second":2}\n')
  const { credential, answer } = await question()
  assert.deepEqual(credential, { any: ['value'] })
  assert.equal(server.clients.size, 0)
  assert.equal(server.broadcast({ not: 'for who is not logged in' }), 0)
  assert.deepEqual(log.names, [])
  answer.resolve('somebody')
  assert.equal(await peer.line(), '{"authenticated":true}')
  assert.deepEqual(await log.reach('message', 2), [
    [0, { first: 1 }],
    [0, { second: 2 }],
  ])
  assert.deepEqual(log.names, ['authenticated', 'message', 'message'])
})

difference('authTimeout stands still while the program thinks', async t => {
  const { port, question } = await asking(t, { authTimeout: 150, authenticateTimeout: 0 })
  const [peer, silent] = [await referenceClient(t, port), await referenceClient(t, port)]
  await peer.send({ password: 'slow' })
  const { answer } = await question()
  // Who says nothing is cut by then.
  await silent.gone()
  answer.resolve(true)
  assert.equal(await peer.line(), '{"authenticated":true}')
})

difference('who is not answered in time is refused, and that is told', async t => {
  const { server, port, question, log } = await asking(t, {
    authenticateTimeout: 20,
    maxFailedLogins: 1,
  })
  /** @type {any[]} */
  const told = []
  const listener = (/** @type {any} */ message) => told.push(message)
  subscribe('tls-json:server:authenticate-error', listener)
  cleanup(t, () => void unsubscribe('tls-json:server:authenticate-error', listener))
  const peer = await referenceClient(t, port)
  await peer.send({ password: 'any' })
  const { details, answer } = await question()
  assert.equal(await peer.line(), REFUSAL)
  await peer.gone()
  assert.equal(details.signal.aborted, true)
  assert.equal(details.signal.reason.code, 'TLSJSON_AUTHENTICATE_TIMEOUT')
  assert.equal(told[0].error, details.signal.reason)
  assert.equal(told[0].server, server)
  answer.resolve('too late')
  await log.reach('close')
  assert.deepEqual(log.names, ['close'])
  assert.deepEqual(server.stats().logins, { accepted: 0, refused: 1, undecided: 1 })
  // It is no fault of the client's, whose address is not held to it.
  assert.equal(server.limitCounts.failedLogins, 0)
  await referenceClient(t, port)
})

/** @param {any} error */
function raise(error) {
  throw error
}

difference('what authenticate throws refuses one client, and ends nothing', async t => {
  const thrown = [new Error('thrown'), new Error('rejected'), undefined, new Error('then')]
  /** @type {any[]} */
  const told = []
  const listener = (/** @type {any} */ { error }) => told.push(error)
  subscribe('tls-json:server:authenticate-error', listener)
  cleanup(t, () => void unsubscribe('tls-json:server:authenticate-error', listener))
  let at = 0
  const authenticate = () => {
    const error = thrown[at++]
    if (error === thrown[0]) throw error
    // What only looks like a promise until somebody looks closer.
    if (error === thrown[3]) return Object.defineProperty({}, 'then', { get: () => raise(error) })
    return Promise.reject(error)
  }
  const { server, port } = await serve(t, { password: undefined, authenticate })
  for (const _ of thrown) {
    const peer = await referenceClient(t, port)
    await peer.send({ password: 'any' })
    assert.equal(await peer.line(), REFUSAL)
    await peer.gone()
  }
  assert.deepEqual(told, thrown)
  assert.equal(server.stats().logins.undecided, 4)
})

for (const way of /** @type {const} */ (['end', 'destroy', 'resetAndDestroy'])) {
  difference(`a client that goes while it is judged is not let in: ${way}`, async t => {
    const { server, port, log, question } = await asking(t)
    const socket = await tcp(t, port)
    const peer = await referenceClient(t, port, { socket })
    await peer.send({ password: 'any' })
    const { details, answer } = await question()
    const aborted = once(details.signal, 'abort')
    if (way === 'resetAndDestroy') socket.resetAndDestroy()
    else peer.socket[way]()
    await bounded(aborted, 'the signal')
    await log.reach('close')
    answer.resolve('nobody any more')
    await answer.promise
    await new Promise(resolve => setImmediate(resolve))
    assert.ok(!log.names.includes('authenticated'))
    assert.equal(server.clients.size, 0)
  })
}

difference('a client that the server ends while it is judged is not let in', async t => {
  const { server, port, log, question } = await asking(t)
  for (const [at, end] of /** @type {const} */ (['destroy', 'end']).entries()) {
    const peer = await referenceClient(t, port)
    await peer.send({ password: 'any' })
    const { details, answer } = await question(at)
    details.socket[end]()
    answer.resolve('somebody')
    await peer.gone()
  }
  await log.reach('close', 2)
  assert.ok(!log.names.includes('authenticated'))
  assert.equal(server.clients.size, 0)
})

difference('a password beside it is checked first', async t => {
  const { server, port, asked, question } = await asking(t, { password: 'for all' })
  const wrong = await referenceClient(t, port)
  await wrong.send({ password: 'wrong' })
  assert.equal(await wrong.line(), REFUSAL)
  assert.equal(asked.length, 0)
  const right = await referenceClient(t, port)
  await right.send({ password: 'for all' })
  ;(await question()).answer.resolve(true)
  assert.equal(await right.line(), '{"authenticated":true}')
  assert.equal(server.clients.size, 1)
})

difference('the certificate that a client has proved is handed over', async t => {
  const { key, cert } = certificates.client()
  /** @type {any[]} */
  const seen = []
  const authenticate = (
    /** @type {any} */ _credential,
    /** @type {any} */ { certificate, socket },
  ) => {
    seen.push([certificate?.subject, socket.authorized])
    return certificate
  }
  const options = { requestCert: true, rejectUnauthorized: false, ca: [cert] }
  const { server, port } = await serve(t, { password: undefined, authenticate, options })
  const good = await referenceClient(t, port, { key, cert })
  await good.send({})
  assert.equal(await good.line(), '{"authenticated":true}')
  const [client] = server.clients.values()
  assert.match(client.user.subject, /CN=/)
  // A certificate that nobody vouches for is none.
  for (const identity of [certificates.readmeCa(), {}]) {
    const other = await referenceClient(t, port, identity)
    await other.send({})
    assert.equal(await other.line(), REFUSAL)
  }
  assert.deepEqual(
    seen.map(([, authorized]) => authorized),
    [true, false, false],
  )
  assert.deepEqual(
    seen.slice(1).map(([subject]) => subject),
    [undefined, undefined],
  )
})

difference('what a listener of authenticated throws is an uncaught exception, as ever', async t => {
  const { server, port, question } = await asking(t)
  server.on('authenticated', () => {
    throw new Error('thrown by a listener')
  })
  const uncaught = new Promise(resolve => process.once('uncaughtException', resolve))
  const listeners = process.listeners('uncaughtException').slice(0, -1)
  for (const each of listeners) process.removeListener('uncaughtException', each)
  cleanup(t, () => {
    for (const each of listeners) process.on('uncaughtException', each)
  })
  const peer = await referenceClient(t, port)
  await peer.send({ password: 'any' })
  ;(await question()).answer.resolve(true)
  const error = /** @type {Error} */ (await bounded(uncaught, 'the exception'))
  assert.equal(error.message, 'thrown by a listener')
  assert.equal(await peer.line(), '{"authenticated":true}')
})

test('a pipelined login that is not awaited for goes on as ever', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['authenticated', 'message', 'close'])
  const peer = await referenceClient(t, port)
  const { password } = require('../helpers/ends')
  await peer.write(`${JSON.stringify({ password })}\n{"first":1}\n`)
  peer.socket.end()
  await log.reach('close')
  assert.deepEqual(log.names, ['authenticated', 'message', 'close'])
  await taken(server, 0)
})

difference('what is no function is refused at once', () => {
  const { Server } = require('../helpers/subject')
  for (const authenticate of [null, true, 'secret', {}]) {
    const make = () => new Server(/** @type {any} */ ({ authenticate }))
    assert.throws(make, { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
  }
  const late = () => new Server(/** @type {any} */ ({ authenticate() {}, authenticateTimeout: -1 }))
  assert.throws(late, { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
})
