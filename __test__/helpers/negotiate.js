'use strict'

// One handshake between any two of: this package's ends and Node's own. What both saw of it, in a form that compares.

const { once } = require('node:events')
const tls = require('node:tls')
const { Client, Server } = require('./subject')
const { bounded } = require('./events')
const { closeClient, closeServer } = require('./cleanup')
const { password } = require('./ends')

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {'native' | 'node'} Kind */

/**
 * @param {any} socket
 * @returns {object} what was agreed on
 */
function facts(socket) {
  const { name, standardName } = socket.getCipher()
  return {
    protocol: socket.getProtocol(),
    name,
    standardName,
    alpn: socket.alpnProtocol,
    // Of a server nothing.
    group: socket.getEphemeralKeyInfo(),
  }
}

/**
 * @param {any} error
 * @returns {object}
 */
function failure(error) {
  return { error: error.code ?? error.message, name: error.name }
}

/**
 * @param {any} listener
 * @returns {Promise<object>} what a server sees of its next client
 */
function nextClient(listener) {
  return new Promise(resolve => {
    listener.once('secureConnection', (/** @type {any} */ socket) => {
      socket.on('error', () => {})
      resolve(facts(socket))
    })
    listener.once('tlsClientError', (/** @type {any} */ error) => resolve(failure(error)))
  })
}

/**
 * @param {TestContext} t
 * @param {Kind} kind
 * @param {any} options as for `tls.createServer`
 * @returns {Promise<any>} a `tls.Server`, or what looks like one
 */
async function tlsServer(t, kind, options) {
  if (kind === 'native') {
    const server = new Server({ options, password })
    closeServer(t, server)
    server.listen(0)
    await bounded(once(server.tlsServer, 'listening'), 'listening')
    return server.tlsServer
  }
  const server = tls.createServer(options)
  /** @type {Set<any>} */
  const sockets = new Set()
  server.on('connection', socket => sockets.add(socket))
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  server.listen(0)
  await bounded(once(server, 'listening'), 'listening')
  return server
}

/**
 * @param {TestContext} t
 * @param {Kind} kind
 * @param {number} port
 * @param {any} options as for `tls.connect`
 * @returns {Promise<object>} what the client sees
 */
async function connect(t, kind, port, options) {
  const result = new Promise(resolve => {
    if (kind === 'native') {
      const client = new Client({ host: 'localhost', port, options, password })
      closeClient(t, client)
      client.on('error', (/** @type {any} */ error) => resolve(failure(error)))
      client.socket.on('secureConnect', () => resolve(facts(client.socket)))
    } else {
      const socket = tls.connect({ host: 'localhost', port, ...options })
      t.after(() => socket.destroy())
      socket.on('error', error => resolve(failure(error)))
      socket.on('secureConnect', () => resolve(facts(socket)))
    }
  })
  return bounded(result, `an outcome of the ${kind} client`)
}

/**
 * @param {TestContext} t
 * @param {{ server: Kind, client: Kind }} kinds
 * @param {{ server: any, client: any }} options
 * @returns {Promise<{ server: object, client: object }>} what both saw
 */
async function negotiate(t, kinds, options) {
  const listener = await tlsServer(t, kinds.server, options.server)
  const arrived = nextClient(listener)
  const client = await connect(t, kinds.client, listener.address().port, options.client)
  const server = await bounded(arrived, `an outcome of the ${kinds.server} server`)
  return { server, client }
}

module.exports = { connect, facts, negotiate, nextClient, tlsServer }
