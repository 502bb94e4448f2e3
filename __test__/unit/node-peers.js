'use strict'

const { once } = require('node:events')
const tls = require('node:tls')

/**
 * Listens until the test is over; then nothing of it stays behind.
 *
 * @param {{ after: (clean: () => void) => void }} test
 * @param {import('node:net').Server} server
 * @param {any} [where]
 * @returns {Promise<number>} the port
 */
async function listening(test, server, where = { port: 0, host: '127.0.0.1' }) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()
  server.on('connection', socket => sockets.add(socket))
  test.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  server.listen(where)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

/**
 * @param {import('node:net').Socket} socket
 * @returns {Promise<any>} what 'error' was emitted with
 */
async function failure(socket) {
  const error = await new Promise((resolve, reject) => {
    socket.once('error', resolve)
    socket.once('close', () => reject(new Error('closed without an error')))
  })
  socket.destroy()
  return error
}

/**
 * Connects to a Node server with Node.
 *
 * @param {{ after: (clean: () => void) => void }} test
 * @param {import('node:tls').TlsOptions} server
 * @param {import('node:tls').ConnectionOptions} client
 * @returns {Promise<{ error: any, certificate: any, detailed: any, authorizationError: any }>}
 */
async function handshake(test, server, client) {
  const listener = tls.createServer(server, socket => socket.on('error', () => {}))
  const port = await listening(test, listener)
  const socket = tls.connect({ host: '127.0.0.1', servername: 'localhost', ...client, port })
  test.after(() => socket.destroy())
  return new Promise(resolve => {
    const none = { certificate: null, detailed: null, authorizationError: null }
    socket.once('error', error => resolve({ error, ...none }))
    socket.once('secureConnect', () => {
      resolve({
        error: null,
        certificate: socket.getPeerCertificate(false),
        detailed: socket.getPeerCertificate(true),
        authorizationError: socket.authorizationError,
      })
    })
  })
}

module.exports = { failure, handshake, listening }
