'use strict'

// What the package's client does not tell about a server that it refuses: the certificates that it sent, whether it asks for
// ours, which old versions it speaks, and what it answers to lines that are no login. So this is Node's own TLS, which
// takes any certificate here. No password ever goes this way.

const tls = require('node:tls')
const { X509Certificate } = require('node:crypto')

const { connectTcp } = require('./network')

/** @typedef {import('./network').Endpoint} Endpoint */
/** @typedef {{ timeout: number, signal: AbortSignal }} Limits */

/**
 * @param {Endpoint} endpoint
 * @param {tls.ConnectionOptions} options
 * @param {Limits} limits
 * @returns {Promise<tls.TLSSocket>} with TLS up
 */
async function connectTls(endpoint, options, { timeout, signal }) {
  const { socket } = await connectTcp(endpoint, timeout, signal)
  const secure = tls.connect({ ...options, socket, rejectUnauthorized: false })
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => secure.destroy(new Error('no end of the handshake')), timeout)
    secure.once('secureConnect', () => {
      clearTimeout(late)
      // What comes later is of interest to who waits for it.
      secure.on('error', () => {})
      resolve(secure)
    })
    secure.once('close', () => {
      clearTimeout(late)
      reject(new Error('closed during the handshake'))
    })
    secure.once('error', reject)
  })
}

/**
 * @param {Endpoint} endpoint
 * @param {tls.ConnectionOptions} options
 * @param {Limits} limits
 * @returns {Promise<{ chain: X509Certificate[], asksForCertificate: boolean } | undefined>} undefined where there was no TLS
 */
async function certificatesOf(endpoint, options, limits) {
  /** @type {tls.TLSSocket} */
  let socket
  try {
    socket = await connectTls(endpoint, options, limits)
  } catch (err) {
    if (limits.signal.aborted) throw err
    return undefined
  }
  /** @type {X509Certificate[]} */
  const chain = []
  let certificate = socket.getPeerCertificate(true)
  while (certificate?.raw && !chain.some(({ raw }) => raw.equals(certificate.raw))) {
    chain.push(new X509Certificate(certificate.raw))
    certificate = certificate.issuerCertificate
  }
  // A client knows schemes of its server only if that has asked for a certificate.
  const asksForCertificate = socket.getSharedSigalgs().length > 0
  socket.destroy()
  return { chain, asksForCertificate }
}

const ALL_VERSIONS = /** @type {const} */ (['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1'])

/**
 * @param {Endpoint} endpoint
 * @param {string | undefined} servername
 * @param {Limits} limits
 * @returns {Promise<string[]>} the versions that the server speaks
 */
async function versionsOf(endpoint, servername, limits) {
  /** @type {string[]} */
  const found = []
  for (const version of ALL_VERSIONS) {
    const options = {
      servername,
      minVersion: version,
      maxVersion: version,
      ciphers: 'ALL:@SECLEVEL=0',
    }
    try {
      const socket = await connectTls(endpoint, options, limits)
      found.push(version)
      socket.destroy()
    } catch (err) {
      if (limits.signal.aborted) throw err
    }
  }
  return found
}

/**
 * @param {Endpoint} endpoint
 * @param {tls.ConnectionOptions} options
 * @param {Limits} limits
 * @returns {Promise<string>} the first that it says, by itself or to a web browser; nothing if it only ends the connection
 */
async function wordsOf(endpoint, options, limits) {
  const socket = await connectTls(endpoint, options, limits).catch(err => {
    if (limits.signal.aborted) throw err
    return undefined
  })
  if (socket === undefined) return ''
  return new Promise(resolve => {
    const late = setTimeout(() => socket.destroy(), limits.timeout)
    socket.once('data', data => {
      resolve(data.toString('latin1'))
      socket.destroy()
    })
    socket.once('close', () => {
      clearTimeout(late)
      resolve('')
    })
    // A request to a web server, and one empty line after another to a tls-json server.
    socket.write('GET / HTTP/1.1\r\nHost: doctor\r\nConnection: close\r\n\r\n')
  })
}

module.exports = { certificatesOf, versionsOf, wordsOf }
