'use strict'

/**
 * What is done again and again to see what it leaves. Each loop opens what stays, does its rounds,
 * and closes.
 */

const assert = require('node:assert/strict')
const net = require('node:net')
const { Worker } = require('node:worker_threads')

const certificates = require('../helpers/certificates')
const { clientConfig, serverConfig } = require('../helpers/ends')
const { bounded, next } = require('../helpers/events')
const { prelude } = require('../helpers/program')
const { Server, Client } = require('../helpers/subject')

/** How many clients a storm has. */
const STORM = 20

/** The beginning of a ClientHello: a record of handshake bytes of which most are missing. */
const HALF_HELLO = Buffer.from('1603010200010001fc0303', 'hex')

/** Everything that a server which only speaks TLS has to refuse. */
const GARBAGE = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

/**
 * @typedef {object} Running
 * @property {(n: number) => Promise<void>} round
 * @property {() => Promise<void>} close
 * @property {() => Record<string, number>} [alive] objects that should be garbage and are there
 */

/**
 * @typedef {object} Loop
 * @property {string} what
 * @property {number} rounds
 * @property {() => Promise<Running> | Running} open
 */

/** @returns {Promise<{ server: any, port: number }>} a server that answers requests */
async function listening() {
  const server = /** @type {any} */ (new Server(serverConfig()))
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send({ n: req.n }),
  )
  await bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
  return { server, port: server.tlsServer.address().port }
}

/** @param {any} server */
async function closed(server) {
  for (const socket of server.sockets.values()) socket.destroy()
  await bounded(new Promise(resolve => server.close(resolve)), 'the close callback')
}

/** @param {any} client */
async function gone(client) {
  const end = next(client, 'close')
  client.disconnect()
  await end
}

/** Counts objects that are there, by the name of their kind. */
class Alive {
  constructor() {
    /** @type {Record<string, number>} */
    this.counts = {}
    this.registry = new FinalizationRegistry((/** @type {string} */ name) => {
      this.counts[name] = (this.counts[name] ?? 0) - 1
    })
  }

  /** @param {Record<string, object>} objects */
  watch(objects) {
    for (const [name, object] of Object.entries(objects)) {
      this.counts[name] = (this.counts[name] ?? 0) + 1
      this.registry.register(object, name)
    }
  }
}

/** @type {Record<string, Loop>} */
const loops = {
  cycles: {
    what: 'a server and a client from nothing to nothing, with traffic both ways',
    rounds: 10_000,
    open() {
      const alive = new Alive()
      return {
        async round() {
          const { server, port } = await listening()
          const client = /** @type {any} */ (new Client(clientConfig(port)))
          client.on('request', (/** @type {any} */ req, /** @type {any} */ res) =>
            res.send({ n: req.n }),
          )
          const message = next(server, 'message')
          await next(client, 'authenticated')
          client.send({ hello: 'server' })
          const answers = [client.request({ n: 1 }), server.request(0, { n: 2 })]
          assert.deepEqual(await Promise.all(answers), [{ n: 1 }, { n: 2 }])
          assert.deepEqual(await message, [0, { hello: 'server' }])
          const { tlsServer } = server
          const { socket, requests } = client
          alive.watch({ server, client, tlsServer, socket, requests })
          const end = next(server, 'close')
          await Promise.all([gone(client), end])
          await closed(server)
        },
        close: async () => {},
        alive: () => alive.counts,
      }
    },
  },

  storms: {
    what: `${STORM} clients that lose their connection at once and connect again`,
    rounds: 1000,
    async open() {
      const { server, port } = await listening()
      const config = clientConfig(port, { reconnectInterval: 1 })
      const clients = Array.from({ length: STORM }, () => /** @type {any} */ (new Client(config)))
      const back = () => Promise.all(clients.map(client => next(client, 'authenticated')))
      await back()
      return {
        async round(n) {
          const asked = clients.map(client =>
            client.request({ n }).catch((/** @type {any} */ error) => error.code),
          )
          const again = back()
          for (const socket of server.sockets.values()) socket.destroy()
          await Promise.all([again, ...asked])
        },
        async close() {
          await Promise.all(clients.map(gone))
          await closed(server)
        },
      }
    },
  },

  workers: {
    what: 'a worker terminated in the middle of its traffic',
    rounds: 200,
    open: () => ({ round: terminated, close: async () => {} }),
  },

  renewals: {
    what: "a server's certificate renewed while clients come, talk and go",
    rounds: 5000,
    async open() {
      const pairs = [certificates.readmeCa(), certificates.san()]
      const ca = pairs.map(({ cert }) => cert)
      const { server, port } = await listening()
      const stays = /** @type {any} */ (new Client(clientConfig(port)))
      await next(stays, 'authenticated')
      return {
        async round(n) {
          const { key, cert } = /** @type {import('../helpers/certificates').Pair} */ (pairs[n % 2])
          const asked = stays.request({ n })
          server.tlsServer.setSecureContext({ key, cert })
          const comes = /** @type {any} */ (new Client(clientConfig(port, { options: { ca } })))
          await next(comes, 'authenticated')
          await Promise.all([comes.request({ n }), asked])
          await gone(comes)
        },
        async close() {
          await gone(stays)
          await closed(server)
        },
      }
    },
  },

  handshakes: {
    what: 'handshakes that fail: a certificate that is not trusted, a wrong name, garbage',
    rounds: 5000,
    async open() {
      const { server, port } = await listening()
      const strange = certificates.other()
      return {
        async round(n) {
          const options = n % 2 ? { ca: [strange.cert] } : { servername: 'elsewhere.example' }
          const client = /** @type {any} */ (new Client(clientConfig(port, { options })))
          const failed = next(client, 'error')
          const end = next(client, 'close')
          const [error] = await failed
          assert.match(error.code, /^(DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS_CERT_ALTNAME)/)
          await end
          await refused(port)
        },
        close: () => closed(server),
      }
    },
  },

  logins: {
    what: 'a wrong password, answered and cut',
    rounds: 5000,
    async open() {
      const { server, port } = await listening()
      return {
        async round() {
          const client = /** @type {any} */ (new Client(clientConfig(port, { password: 'no' })))
          const end = next(client, 'close')
          assert.deepEqual(await next(client, 'message'), [{ error: 'incorrect password' }])
          await end
        },
        close: () => closed(server),
      }
    },
  },

  torn: {
    what: 'connections destroyed in the middle of the handshake, by either end',
    rounds: 5000,
    async open() {
      const { server, port } = await listening()
      return {
        async round(n) {
          const client = /** @type {any} */ (new Client(clientConfig(port)))
          const end = next(client, 'close')
          if (n % 2) await next(client.socket, 'connect')
          client.disconnect()
          await end
          await halfHello(port)
        },
        close: () => closed(server),
      }
    },
  },

  garbage: {
    what: 'servers that never listened, clients forgotten while connected or refused',
    rounds: 5000,
    async open() {
      const { server, port } = await listening()
      const alive = new Alive()
      return {
        async round() {
          const idle = new Server(serverConfig())
          const client = /** @type {any} */ (new Client(clientConfig(port)))
          const [[, socket]] = await Promise.all([
            next(server, 'authenticated'),
            next(client, 'authenticated'),
          ])
          alive.watch({ server: idle, client, socket })
          client.removeAllListeners()
          const end = next(server, 'close')
          socket.destroy()
          await end
        },
        close: () => closed(server),
        alive: () => alive.counts,
      }
    },
  },
}

/**
 * A worker in which two clients and a server ask each other without end, terminated meanwhile.
 *
 * @returns {Promise<void>}
 */
async function terminated() {
  const source = `
    const { parentPort } = require('node:worker_threads')
    ${prelude()}
    const server = new Server(serverConfig())
    server.on('request', (id, req, res) => res.send(req))
    server.on('message', (id, message) => server.send(id, message))
    server.listen(0, () => {
      let asked = 0
      const ask = async client => {
        for (;;) {
          client.send({ text: 'x'.repeat(1000) })
          await client.request({ asked })
          if (++asked === 20) parentPort.postMessage('busy')
        }
      }
      for (const n of [1, 2]) {
        const client = new Client(clientConfig(server.tlsServer.address().port))
        client.on('authenticated', () => ask(client))
      }
    })`
  const worker = new Worker(source, { eval: true })
  const exit = next(worker, 'exit')
  await next(worker, 'message')
  await worker.terminate()
  assert.deepEqual(await exit, [1])
}

/**
 * Says what is no TLS, and is cut.
 *
 * @param {number} port
 */
async function refused(port) {
  const socket = net.connect(port, 'localhost')
  socket.on('error', () => {})
  const end = next(socket, 'close')
  socket.resume()
  socket.write(GARBAGE)
  await end
}

/**
 * Begins a handshake and resets the connection.
 *
 * @param {number} port
 */
async function halfHello(port) {
  const socket = net.connect(port, 'localhost')
  await next(socket, 'connect')
  const end = next(socket, 'close')
  socket.write(HALF_HELLO, () => socket.resetAndDestroy())
  await end
}

module.exports = { loops }
