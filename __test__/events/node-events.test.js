'use strict'

// What of a tls.Server only Node's own TLS has, on `server.tlsServer`.

const assert = require('node:assert/strict')
const tls = require('node:tls')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { cleanup, closeServer } = require('../helpers/cleanup')
const { dial, enter, serve, serverConfig } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { isOriginal, overNode, Server } = require('../helpers/subject')

/** @typedef {import('node:test').TestContext} TestContext */

const carried = overNode ? 'node' : 'rustls'

/**
 * A TLS client that leaves as soon as it has a session, or TLS.
 *
 * @param {TestContext} t
 * @param {number} port
 * @param {tls.ConnectionOptions} options
 * @param {string} event
 */
async function visit(t, port, options, event) {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  cleanup(t, () => void socket.destroy())
  socket.on('error', () => {})
  const [value] = await next(socket, event)
  const reused = socket.isSessionReused()
  const closed = next(socket, 'close')
  socket.destroy()
  await closed
  return { value, reused }
}

test('sessions: kept by newSession, found by resumeSession', async t => {
  const server = /** @type {any} */ (new Server(serverConfig()))
  closeServer(t, server)
  /** @type {Map<string, Buffer>} */
  const sessions = new Map()
  server.tlsServer.on(
    'newSession',
    (/** @type {Buffer} */ id, /** @type {Buffer} */ data, /** @type {() => void} */ done) => {
      sessions.set(id.toString('hex'), data)
      done()
    },
  )
  server.tlsServer.on(
    'resumeSession',
    (/** @type {Buffer} */ id, /** @type {(error: null, data: any) => void} */ done) => {
      done(null, sessions.get(id.toString('hex')) ?? null)
    },
  )
  await bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
  if (!isOriginal) assert.equal(server.transport, 'node')
  const { port } = server.tlsServer.address()
  // By id, as tickets are no business of the server's.
  const { constants } = require('node:crypto')
  /** @type {tls.ConnectionOptions} */
  const options = { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET }
  const first = await visit(t, port, options, 'session')
  assert.equal(sessions.size, 1)
  const second = await visit(t, port, { ...options, session: first.value }, 'secureConnect')
  assert.deepEqual([first.reused, second.reused], [false, true])
  await enter(t, server)
})

test('OCSPRequest is asked, and its answer reaches the client', async t => {
  const server = /** @type {any} */ (new Server(serverConfig()))
  closeServer(t, server)
  server.tlsServer.on(
    'OCSPRequest',
    (
      /** @type {Buffer} */ _certificate,
      /** @type {any} */ _issuer,
      /** @type {(error: null, answer: Buffer) => void} */ done,
    ) => done(null, Buffer.from('an answer')),
  )
  await bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
  const { port } = server.tlsServer.address()
  const { value } = await visit(t, port, { requestOCSP: true }, 'OCSPResponse')
  assert.equal(String(value), 'an answer')
  await enter(t, server)
})

test('who begins to listen to one of them later gets it from then on', async t => {
  const { server, port } = await serve(t)
  if (!isOriginal) assert.equal(server.transport, carried)
  await enter(t, server)
  const listener = (/** @type {any[]} */ ...args) => args.at(-1)(null, Buffer.from('late'))
  server.tlsServer.on('OCSPRequest', listener)
  const { value } = await visit(t, port, { requestOCSP: true }, 'OCSPResponse')
  assert.equal(String(value), 'late')
  server.tlsServer.removeListener('OCSPRequest', listener)
  await enter(t, server)
})

test('ticket keys are judged, kept and given as by Node', async t => {
  const { key, cert } = certificates.readmeCa()
  const ticketKeys = Buffer.alloc(48, 7)
  const node = tls.createServer({ key, cert, ticketKeys })
  const { server } = await serve(t, { options: { ticketKeys } })
  const { tlsServer } = server
  assert.deepEqual(tlsServer.getTicketKeys(), node.getTicketKeys())
  const fresh = Buffer.alloc(48, 9)
  tlsServer.setTicketKeys(fresh)
  assert.deepEqual(tlsServer.getTicketKeys(), fresh)
  for (const wrong of [undefined, 'keys', Buffer.alloc(3)]) {
    /** @type {any} */
    let expected
    assert.throws(
      () => node.setTicketKeys(/** @type {any} */ (wrong)),
      error => Boolean((expected = error)),
    )
    const { code, name, message } = expected
    assert.throws(() => tlsServer.setTicketKeys(wrong), { code, name, message })
  }
  assert.deepEqual(tlsServer.getTicketKeys(), fresh)
  const other = await serve(t)
  const once = other.server.tlsServer.getTicketKeys()
  assert.equal(once.length, 48)
  assert.deepEqual(other.server.tlsServer.getTicketKeys(), once)
  await enter(t, server)
})

test(
  'setOptions: from then on a certificate is asked for, and one that is not trusted refused',
  { skip: !('setOptions' in tls.Server.prototype) && 'this Node has it no more' },
  async t => {
    const { key, cert } = certificates.san()
    const { server, port } = await serve(t, { options: { ca: [cert] } })
    server.on('error', () => {})
    await enter(t, server)
    server.tlsServer.setOptions({ requestCert: true })
    const log = new Log(server, ['authenticated'])
    const unauthenticated = dial(t, port)
    unauthenticated.on('error', () => {})
    await next(unauthenticated, 'close')
    const { socket } = await enter(t, server, { options: { key, cert } })
    assert.equal(socket.authorized, true)
    assert.equal(log.names.length, 1)
    server.tlsServer.setOptions({})
    await enter(t, server)
    assert.throws(() => server.tlsServer.setOptions(undefined), TypeError)
  },
)
