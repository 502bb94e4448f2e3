'use strict'

/**
 * A meeting of a client and a server, each either the package's or one written on node:tls, seen
 * from both ends. What two of Node's make of some certificates and options is what every other
 * pairing has to make of them.
 */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { test } = require('node:test')
const tls = require('node:tls')

const { withContext } = require('./context')
const { Watch } = require('./events')
const { closeServer, closeClient, cleanup } = require('./cleanup')
const { Server, Client, overNode } = require('./subject')

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {'native' | 'node'} Kind */

/**
 * @typedef {object} Vector
 * @property {string} name number and name in the list of vectors
 * @property {any} server its TLS options
 * @property {any} [client] its TLS options
 * @property {string} [host] localhost unless given
 * @property {string | null} [code] what Node's own two come to: an error's code at the client, or
 *   null where it is let in. Left out where versions of Node differ
 * @property {boolean} [otherServerError] a documented difference: the code in 'tlsClientError'
 * @property {boolean} [otherChain] a documented difference: how a client links its server's certificates
 * @property {(one: Outcome) => void} [also] what else Node's own two have to show
 */

/**
 * @typedef {object} Outcome What can be compared of a meeting
 * @property {Record<string, unknown>} client
 * @property {Record<string, unknown>} server
 */

const PASSWORD = 'four ways'
const PAIRINGS = /** @type {const} */ ([
  ['node', 'node'],
  ['native', 'node'],
  ['node', 'native'],
  ['native', 'native'],
])

/** What a server saw of its one visitor. */
class Visit extends Watch {
  /** @param {any} tlsServer */
  constructor(tlsServer) {
    super()
    /** @type {Record<string, unknown>} */
    this.seen = { secure: false }
    this.over = false
    tlsServer.on('tlsClientError', (/** @type {any} */ error) => {
      this.seen.error = error.code ?? String(error)
      this.#end()
    })
    tlsServer.on('secureConnection', (/** @type {any} */ socket) => {
      this.seen = {
        secure: true,
        authorized: socket.authorized,
        authorizationError: socket.authorizationError,
        // Small letters: a documented difference.
        servername: socket.servername && socket.servername.toLowerCase(),
        alpnProtocol: socket.alpnProtocol,
        protocol: socket.getProtocol(),
        cipher: socket.getCipher()?.standardName,
        chain: chainOf(socket),
      }
      socket.on('close', () => this.#end())
      this.changed()
    })
  }

  #end() {
    this.over = true
    this.changed()
  }
}

/**
 * @param {TestContext} t
 * @param {any} options
 * @returns {tls.Server} lets in everybody who sends a line
 */
function nodeServer(t, options) {
  /** @type {Set<tls.TLSSocket>} */
  const sockets = new Set()
  const server = tls.createServer(options, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => socket.write('{"authenticated":true}\n'))
  })
  server.on('tlsClientError', () => {})
  cleanup(t, async () => {
    for (const socket of sockets) socket.destroy()
    const closed = once(server, 'close')
    if (server.listening) {
      server.close()
      await closed
    }
  })
  return server
}

/**
 * @param {any} error
 * @returns {Record<string, unknown>} what is the same in every process
 */
function comparable(error) {
  if (!(error instanceof Error)) return { value: error }
  // A client of TLS 1.3 that is refused behind its back may notice at its next read or write.
  if ('syscall' in error) return {}
  const { code, reason, host, library, name } = /** @type {any} */ (error)
  const openssl = String(code).startsWith('ERR_SSL_')
  return { name, code, reason, ...(openssl ? { library } : { message: error.message, host }) }
}

/**
 * @param {any} socket
 * @returns {Record<string, unknown>}
 */
function standing(socket) {
  return {
    authorized: socket.authorized,
    authorizationError: socket.authorizationError,
    alpnProtocol: socket.alpnProtocol,
    protocol: socket.getProtocol(),
    cipher: socket.getCipher()?.standardName,
    chain: chainOf(socket),
  }
}

/**
 * @param {any} socket
 * @returns {string[]} the peer's certificates as they are linked to their issuers, leaf first
 */
function chainOf(socket) {
  const links = []
  let certificate = socket.getPeerCertificate(true)
  while (certificate?.raw !== undefined) {
    links.push(`${certificate.subject?.CN} ${certificate.fingerprint256}`)
    if (certificate.issuerCertificate === certificate) return [...links, 'its own issuer']
    certificate = certificate.issuerCertificate
  }
  return links
}

/**
 * @param {TestContext} t
 * @param {number} port
 * @param {Vector} vector
 * @returns {Promise<Record<string, unknown>>}
 */
async function visitByNode(t, port, { host = 'localhost', client }) {
  const socket = tls.connect({ port, host, ...client })
  cleanup(t, () => void socket.destroy())
  socket.on('secureConnect', () => socket.write(`${JSON.stringify({ password: PASSWORD })}\n`))
  return new Promise(resolve => {
    /** @type {Record<string, unknown>} */
    let seen = {}
    socket.on('error', error => (seen = comparable(error)))
    socket.on('close', () => resolve(seen))
    socket.once('data', () => resolve({ in: true, ...standing(socket) }))
  })
}

/**
 * @param {TestContext} t
 * @param {number} port
 * @param {Vector} vector
 * @returns {Promise<Record<string, unknown>>}
 */
async function visitBySubject(t, port, { host = 'localhost', client: options }) {
  const client = /** @type {any} */ (
    new Client({ host, port, password: PASSWORD, requestTimeout: 1000, options: { ...options } })
  )
  closeClient(t, client)
  return new Promise(resolve => {
    /** @type {Record<string, unknown>} */
    let seen = {}
    client.on('error', (/** @type {any} */ error) => (seen = comparable(error)))
    client.on('close', () => resolve(seen))
    client.on('authenticated', () => resolve({ in: true, ...standing(client.socket) }))
  })
}

/**
 * @param {TestContext} t
 * @param {Vector} vector
 * @param {{ client: Kind, server: Kind }} kinds
 * @returns {Promise<Outcome>}
 */
async function meet(t, vector, kinds) {
  let tlsServer
  if (kinds.server === 'node') {
    tlsServer = nodeServer(t, vector.server)
  } else {
    const options = { ...vector.server }
    const server = /** @type {any} */ (
      new Server({ options, password: PASSWORD, requestTimeout: 1000 })
    )
    server.on('error', () => {})
    closeServer(t, server)
    tlsServer = server.tlsServer
    tlsServer.on('tlsClientError', () => {})
  }
  const visit = new Visit(tlsServer)
  const listening = once(tlsServer, 'listening')
  tlsServer.listen(0)
  await listening
  const { port } = tlsServer.address()
  const client = await (kinds.client === 'node' ? visitByNode : visitBySubject)(t, port, vector)
  if (client.in) await visit.until(() => visit.seen.secure === true, 'the server to see its client')
  else await visit.until(() => visit.over, 'the server to see the end')
  return { client, server: visit.seen }
}

/** Node 24 shows a server its client's certificate without its issuers, whatever its documentation promises. */
const showsLeafAlone = Number(process.versions.node.split('.')[0]) >= 24

/**
 * A test for each vector: that all pairings come to the same.
 *
 * @param {readonly Vector[]} vectors
 * @returns {void}
 */
function fourWays(vectors) {
  for (const vector of vectors) {
    test(vector.name, async () => {
      const expected = await withContext(t => meet(t, vector, { client: 'node', server: 'node' }))
      if (vector.code !== undefined) {
        const { in: admitted, code } = expected.client
        const wanted = vector.code === null ? [true, undefined] : [undefined, vector.code]
        assert.deepEqual([admitted, code], wanted, 'Node itself, to which the others are held')
      }
      vector.also?.(expected)
      for (const [client, server] of PAIRINGS.slice(1)) {
        const got = await withContext(t => meet(t, vector, { client, server }))
        if (vector.otherServerError && !overNode && server === 'native') {
          assert.notEqual(got.server.error, expected.server.error, 'no difference any more')
          got.server.error = expected.server.error
        }
        if (vector.otherChain && !overNode && client === 'native') {
          assert.notDeepEqual(got.client.chain, expected.client.chain, 'no difference any more')
          got.client.chain = expected.client.chain
        }
        if (showsLeafAlone && server === 'native' && expected.server.chain?.length === 1) {
          got.server.chain = got.server.chain?.slice(0, 1)
        }
        assert.deepEqual(got, expected, `${client} client, ${server} server`)
      }
    })
  }
}

module.exports = { fourWays, meet, showsLeafAlone }
