'use strict'

/** A chain shown in a real handshake, once to Node and once to the package. */

const { once } = require('node:events')
const tls = require('node:tls')

const { bounded } = require('../helpers/events')
const { Client, Server } = require('../helpers/subject')
const { certificate } = require('../helpers/x509')

/** @typedef {import('./chain-cases').Case} Case */
/** @typedef {{ code: string | null, message?: string }} VerificationResult `code` is null for a trusted chain; a server gives no message */

/** Who shows a chain has its own limits lowered, so that only the judge judges. */
const lenient = { ciphers: 'DEFAULT@SECLEVEL=0' }
const own = certificate({ subject: 'judge' })

/** @param {Case} given */
const shown = ({ sent }) => ({ key: sent[0]?.key, cert: sent.map(({ pem }) => pem).join('') })

/** @param {Case} given */
const judging = ({ trusted, partial }) => ({
  ca: trusted.map(({ pem }) => pem),
  ...(partial && { allowPartialTrustChain: true }),
})

/** The judges of one run: one server that shows, and others made as they are needed. */
class Judges {
  constructor() {
    this.shower = tls.createServer(lenient, socket => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write('{"authenticated":true}\n'))
    })
    this.shower.on('tlsClientError', () => {})
  }

  /** @returns {Promise<void>} */
  async open() {
    this.shower.listen(0, '127.0.0.1')
    await once(this.shower, 'listening')
  }

  /** @returns {Promise<void>} */
  async close() {
    await new Promise(resolve => this.shower.close(resolve))
  }

  /**
   * @param {Case} given
   * @returns {Promise<{ node: VerificationResult, ours: VerificationResult }>}
   */
  async ask(given) {
    const what = `a result for the chain of seed ${given.seed}`
    if (given.shownBy === 'client') {
      const options = { ...judging(given), key: own.key, cert: own.pem }
      const asking = { ...options, requestCert: true, rejectUnauthorized: false }
      const node = tls.createServer(asking)
      const ours = /** @type {any} */ (new Server({ options: asking, password: 'x' }))
      ours.on('error', () => {})
      return {
        node: await bounded(this.#byServer(given, node), `Node's ${what}`),
        ours: await bounded(this.#byServer(given, ours.tlsServer), what),
      }
    }
    this.shower.setSecureContext({ ...shown(given), ...lenient })
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.shower.address())
    const options = { ...judging(given), checkServerIdentity: () => undefined }
    return {
      node: await bounded(byNodeClient(port, options), `Node's ${what}`),
      ours: await bounded(byOurClient(port, options), what),
    }
  }

  /**
   * @param {Case} given
   * @param {any} server
   * @returns {Promise<VerificationResult>}
   */
  async #byServer(given, server) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address()
    const seen = once(server, 'secureConnection')
    const visitor = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...shown(given),
      ...lenient,
    })
    visitor.on('error', () => {})
    try {
      const [socket] = await seen
      socket.on('error', () => {})
      const { authorizationError } = socket
      socket.destroy()
      return { code: authorizationError ?? null }
    } finally {
      visitor.destroy()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

/**
 * @param {number} port
 * @param {tls.ConnectionOptions} options
 * @returns {Promise<VerificationResult>}
 */
async function byNodeClient(port, options) {
  const socket = tls.connect({ port, host: '127.0.0.1', ...options })
  try {
    return await new Promise(resolve => {
      socket.once('secureConnect', () => resolve({ code: null }))
      socket.on('error', error => {
        const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
        resolve({ code: String(code), message })
      })
    })
  } finally {
    socket.destroy()
  }
}

/**
 * @param {number} port
 * @param {any} options
 * @returns {Promise<VerificationResult>}
 */
async function byOurClient(port, options) {
  const client = /** @type {any} */ (
    new Client({ port, host: '127.0.0.1', password: 'x', requestTimeout: 1000, options })
  )
  try {
    return await new Promise(resolve => {
      client.once('authenticated', () => resolve({ code: null }))
      client.on('error', (/** @type {any} */ { code, message }) => {
        resolve({ code: String(code), message })
      })
    })
  } finally {
    client.disconnect()
  }
}

module.exports = { Judges }
