'use strict'

const { Server, Client } = require('./subject')
const { bounded, next, turn } = require('./events')
const { closeServer, closeClient } = require('./cleanup')
const certificates = require('./certificates')

/** @typedef {import('node:test').TestContext} TestContext */

/** The password both ends use unless a test gives another one. */
const password = 'correct horse battery staple'

/**
 * @param {any} [config]
 * @returns {any} a Server's config: the README's, with a CA:TRUE certificate for localhost
 */
function serverConfig(config = {}) {
  const { key, cert } = certificates.readmeCa()
  const { options, ...rest } = config
  return {
    options: { key, cert, rejectUnauthorized: true, ...options },
    // An answer that comes may take a busy machine its time.
    requestTimeout: 60_000,
    // Most peers of tests answer no pings, and would be taken for dead where a busy machine needs 15 s for a test.
    keepAliveInterval: 600_000,
    password,
    ...rest,
  }
}

/**
 * @param {number} port
 * @param {any} [config]
 * @returns {any} a Client's config that fits `serverConfig`
 */
function clientConfig(port, config = {}) {
  const { options, ...rest } = config
  return {
    options: { ca: [certificates.readmeCa().cert], ...options },
    host: 'localhost',
    port,
    requestTimeout: 60_000,
    password,
    ...rest,
  }
}

/**
 * A Server that listens on a free port and is closed after the test.
 *
 * @param {TestContext} t
 * @param {any} [config]
 * @param {number} [port]
 * @returns {Promise<{ server: any, port: number }>}
 */
async function serve(t, config, port = 0) {
  const server = /** @type {any} */ (new Server(serverConfig(config)))
  closeServer(t, server)
  await bounded(new Promise(resolve => server.listen(port, () => resolve(undefined))), 'listening')
  return { server, port: server.tlsServer.address().port }
}

/**
 * A Client that is disconnected after the test.
 *
 * @param {TestContext} t
 * @param {number} port
 * @param {any} [config]
 * @returns {any}
 */
function dial(t, port, config) {
  const client = new Client(clientConfig(port, config))
  closeClient(t, client)
  return client
}

/**
 * A Server and a Client that have let each other in.
 *
 * @param {TestContext} t
 * @param {{ server?: any, client?: any }} [config]
 * @returns {Promise<{ server: any, client: any, port: number, id: number, socket: any }>}
 */
async function join(t, config = {}) {
  const { server, port } = await serve(t, config.server)
  const { client, id, socket } = await enter(t, server, config.client)
  return { server, client, port, id, socket }
}

/**
 * One more Client for a Server, let in.
 *
 * @param {TestContext} t
 * @param {any} server
 * @param {any} [config]
 * @returns {Promise<{ client: any, id: number, socket: any }>}
 */
async function enter(t, server, config) {
  const arrived = next(server, 'authenticated', "the server's 'authenticated'")
  const client = dial(t, server.tlsServer.address().port, config)
  const entered = next(client, 'authenticated', "the client's 'authenticated'")
  const [[id, socket]] = await Promise.all([arrived, entered])
  return { client, id, socket }
}

/**
 * Waits until the server has taken that many connections. A client may think its handshake done
 * before the server has seen its last flight, and an id is given only then.
 *
 * @param {any} server
 * @param {number} count
 * @returns {Promise<void>}
 */
async function taken(server, count) {
  let waiting = true
  const look = async () => {
    while (waiting && server.sockets.size < count) await turn()
  }
  await bounded(look(), `${count} connections taken`).finally(() => {
    waiting = false
  })
}

module.exports = { password, serverConfig, clientConfig, serve, dial, join, enter, taken }
