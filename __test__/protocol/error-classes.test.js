'use strict'

// The classes that are exported for `instanceof`: which errors are instances, and of what.

const assert = require('node:assert/strict')
const net = require('node:net')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { isDeepStrictEqual } = require('node:util')

const { cleanup } = require('../helpers/cleanup')
const { copyPackage } = require('../helpers/copy')
const { clientConfig, dial, join, serve } = require('../helpers/ends')
const { next } = require('../helpers/events')
const { difference, directory } = require('../helpers/subject')

/** @type {Record<string, any>} */
const library = require(directory)
const { Client, Server, TlsJsonError } = library

/**
 * @param {unknown} error
 * @param {string} [from] Another copy of the package.
 * @returns {string[]} the exported classes that it is an instance of
 */
function classesOf(error, from = directory) {
  return Object.entries(require(from))
    .filter(([name, Class]) => name.endsWith('Error') && error instanceof Class)
    .map(([name]) => name)
    .sort()
}

/**
 * @param {Promise<unknown>} promise
 * @returns {Promise<any>} what it rejects with
 */
function rejection(promise) {
  return promise.then(
    () => assert.fail('resolved'),
    error => error,
  )
}

/**
 * @param {import('node:test').TestContext} t
 * @returns {Promise<number>} a port where TCP is accepted, and nothing is said
 */
async function silentPort(t) {
  const server = net.createServer(socket => socket.on('error', () => {}).resume())
  const sockets = new Set()
  server.on('connection', socket => sockets.add(socket))
  cleanup(t, () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await next(server.listen(0), 'listening')
  return /** @type {net.AddressInfo} */ (server.address()).port
}

difference('what is sent to nobody is a NotConnectedError, at both ends', async t => {
  const { server, client } = await join(t)
  const expected = ['NotConnectedError', 'TlsJsonError']
  assert.deepEqual(classesOf(await rejection(server.request(7, {}))), expected)
  const [failed] = await Promise.all([next(server, 'error'), server.send(7, {})])
  assert.deepEqual(classesOf(failed[1]), expected)
  client.disconnect()
  await next(client, 'close')
  assert.deepEqual(classesOf(await rejection(client.request({}))), expected)
})

difference('requests reject with a RequestTimeoutError or ConnectionLostError', async t => {
  const { server, client, id } = await join(t, { server: { requestTimeout: 20 } })
  client.on('request', () => {})
  const late = await rejection(server.request(id, {}))
  assert.deepEqual(classesOf(late), ['RequestTimeoutError', 'TlsJsonError'])
  const pending = rejection(client.request({}))
  server.sockets.get(id).destroy()
  const lost = await pending
  assert.deepEqual(classesOf(lost), ['ConnectionLostError', 'TlsJsonError'])
  assert.ok(isDeepStrictEqual(lost, new Error('connection lost')), 'as those of tls-json 3.x')
})

difference('an attempt that takes too long fails with a ConnectTimeoutError', async t => {
  const client = dial(t, await silentPort(t), { connectTimeout: 50 })
  const [error] = await next(client, 'error')
  assert.deepEqual(classesOf(error), ['ConnectTimeoutError', 'TlsJsonError'])
})

difference('who meets a limit gets a LimitError', async t => {
  const { server, client } = await join(t, { server: { maxMessageBytes: 1000 } })
  client.on('error', () => {})
  const failed = next(server, 'error')
  client.send('x'.repeat(2000))
  const [, error] = await failed
  assert.equal(error.code, 'TLSJSON_MESSAGE_TOO_LONG')
  assert.deepEqual(classesOf(error), ['LimitError', 'TlsJsonError'])

  const silent = dial(t, await silentPort(t), { silenceTimeout: 50 })
  const [silence] = await next(silent, 'error')
  assert.equal(silence.code, 'TLSJSON_SILENCE')
  assert.deepEqual(classesOf(silence), ['LimitError', 'TlsJsonError'])
})

difference("Node's errors, and those of arguments, stay Node's", async t => {
  const { server, port } = await serve(t)
  const taken = new Server({ password: 'secret' })
  const [[inUse]] = await Promise.all([next(taken.tlsServer, 'error'), taken.listen(port)])
  assert.deepEqual([inUse.code, classesOf(inUse)], ['EADDRINUSE', []])
  const distrustful = dial(t, port, { options: { ca: [] } })
  const [untrusted] = await next(distrustful, 'error')
  assert.deepEqual([untrusted.code, classesOf(untrusted)], ['DEPTH_ZERO_SELF_SIGNED_CERT', []])
  for (const wrong of [
    () => new Client(null),
    () => new Server({ authTimeout: '10s' }),
    () => server.broadcast({}, undefined),
    () => new TlsJsonError(),
  ]) {
    assert.throws(wrong, error => error instanceof TypeError && classesOf(error).length === 0)
  }
  const noSocket = () => server.tlsServer.emit('connection', {})
  assert.throws(noSocket, error => classesOf(error).join() === 'TlsJsonError')
  for (const other of [undefined, null, 'TLSJSON_INTERNAL', { code: 'TLSJSON_INTERNAL' }]) {
    assert.equal(other instanceof TlsJsonError, false)
  }
})

difference('errors of one copy of the package are instances of the classes of another', async t => {
  const copy = copyPackage(t)
  const theirs = new (require(copy).Client)(clientConfig(await silentPort(t)))
  cleanup(t, () => theirs.disconnect())
  theirs.on('error', () => {})
  const error = await rejection(theirs.request({}))
  assert.notEqual(require(copy).TlsJsonError, TlsJsonError)
  assert.deepEqual(classesOf(error), ['NotConnectedError', 'TlsJsonError'])
  assert.deepEqual(classesOf(error, copy), ['NotConnectedError', 'TlsJsonError'])
})

difference('modules import the classes by name, and a missing binary is an instance', async t => {
  const copy = copyPackage(t)
  const module = await import(String(pathToFileURL(path.join(directory, 'index.js'))))
  for (const name of Object.keys(library)) assert.equal(module[name], library[name], name)
  const addon = require.resolve(path.join(copy, 'lib/engine/addon-file.js'))
  require('node:fs').rmSync(require(addon).addonFile())
  const classes = require(path.join(copy, 'lib/errors/classes.js'))
  assert.throws(() => require(copy), classes.TlsJsonError)
})
