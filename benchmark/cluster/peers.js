'use strict'

/**
 * A node and its clients, of this package and of socket.io, for the same work.
 */

const fs = require('node:fs')
const https = require('node:https')
const { once } = require('node:events')

const { Client, Server } = require('../..')
const { Cluster, nats, redis } = require('../../cluster')

/** Packages that are there for the benchmark alone, without their types. */
const load = /** @type {(name: string) => any} */ (require)

const PASSWORD = 'benchmark'

/** No answer within this time is a failure, in ms. */
const TIMEOUT = 10_000

/**
 * @typedef {object} Node
 * @property {number} port
 * @property {(message: object) => void} broadcast to all clients of all nodes
 * @property {(id: any, message: object) => Promise<any>} request
 * @property {() => Promise<void> | undefined} relief what to wait for before more is sent
 * @property {(id: any) => any} globalId
 */

/**
 * @typedef {object} Setup
 * @property {'ours' | 'socket.io'} peer
 * @property {string | null} url of the broker; null for one node alone
 * @property {string} key
 * @property {string} cert
 */

/**
 * @param {Setup} setup
 * @returns {Promise<Node>}
 */
async function ourNode({ url, key, cert }) {
  const options = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) }
  const server = new Server({ options, password: PASSWORD, requestTimeout: TIMEOUT })
  server.on('error', (_, error) => console.error(error))
  /** @type {Cluster | undefined} */
  let cluster
  if (url !== null) {
    cluster = new Cluster(server, { broker: url.startsWith('nats') ? nats(url) : redis(url) })
    cluster.on('error', (_, error) => console.error(error))
    await cluster.ready()
  }
  server.listen(0)
  await once(server.tlsServer, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.tlsServer.address())
  return {
    port,
    broadcast: message => (cluster ?? server).broadcast(message),
    request: (id, message) =>
      cluster ? cluster.request(id, message) : server.request(id, message),
    relief: () => {
      if (!cluster?.needDrain) return undefined
      return once(cluster, 'drain').then(() => undefined)
    },
    globalId: id => (cluster ? cluster.idOf(id) : id),
  }
}

/**
 * @param {Setup} setup
 * @returns {Promise<Node>}
 */
async function socketIoNode({ url, key, cert }) {
  const server = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) })
  const io = new (load('socket.io').Server)(server, {
    transports: ['websocket'],
    serveClient: false,
  })
  if (url !== null) {
    const publisher = load('redis').createClient({ url })
    const subscriber = publisher.duplicate()
    for (const client of [publisher, subscriber]) client.on('error', console.error)
    await Promise.all([publisher.connect(), subscriber.connect()])
    io.adapter(load('@socket.io/redis-adapter').createAdapter(publisher, subscriber))
  }
  /** In the order in which they came, as ids of our clients are. @type {string[]} */
  const ids = []
  io.on('connection', (/** @type {any} */ socket) => ids.push(socket.id))
  server.listen(0)
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    port,
    broadcast: message => io.emit('message', message),
    request: async (id, message) => {
      const own = io.sockets.sockets.get(id)
      if (own) return own.timeout(TIMEOUT).emitWithAck('request', message)
      const [answer] = await io.timeout(TIMEOUT).to(id).emitWithAck('request', message)
      return answer
    },
    relief: () => undefined,
    globalId: id => ids[id],
  }
}

/**
 * @param {Setup} setup
 * @returns {Promise<Node>}
 */
function startNode(setup) {
  return setup.peer === 'ours' ? ourNode(setup) : socketIoNode(setup)
}

/**
 * A client that is logged in, and answers requests with themselves.
 *
 * @param {Setup['peer']} peer
 * @param {number} port
 * @param {Buffer} ca
 * @param {(message: any) => void} heard
 * @returns {Promise<void>}
 */
async function startClient(peer, port, ca, heard) {
  if (peer === 'ours') {
    const client = new Client({ host: 'localhost', port, password: PASSWORD, options: { ca } })
    client.on('message', heard)
    client.on('request', (request, res) => res.send(request))
    await once(client, 'authenticated')
    return
  }
  const options = { transports: ['websocket'], ca, forceNew: true, reconnection: false }
  const client = load('socket.io-client').io(`https://localhost:${port}`, options)
  client.on('message', heard)
  client.on('request', (/** @type {any} */ request, /** @type {any} */ answer) => answer(request))
  await new Promise((resolve, reject) => {
    client.on('connect', resolve)
    client.on('connect_error', reject)
  })
}

module.exports = { startClient, startNode }
