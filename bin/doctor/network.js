'use strict'

// Names and TCP.

const dns = require('node:dns/promises')
const net = require('node:net')

/** @typedef {{ host: string, port: number } | { path: string }} Endpoint */

/**
 * @param {string} host
 * @returns {Promise<{ addresses: string[], ms: number }>} in the order in which they are tried
 */
async function addressesOf(host) {
  const started = performance.now()
  const found = await dns.lookup(host, { all: true, verbatim: true })
  return { addresses: found.map(({ address }) => address), ms: performance.now() - started }
}

/**
 * @param {Endpoint} endpoint
 * @param {number} timeout milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<{ socket: net.Socket, ms: number }>}
 * @throws an error with the system's code, or `ETIMEDOUT`
 */
function connectTcp(endpoint, timeout, signal) {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const socket = net.connect({ ...endpoint, signal })
    const late = setTimeout(() => {
      const error = new Error(`no answer within ${timeout} ms`)
      socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }))
    }, timeout)
    socket.once('error', error => {
      clearTimeout(late)
      reject(error)
    })
    socket.once('connect', () => {
      clearTimeout(late)
      resolve({ socket, ms: performance.now() - started })
    })
  })
}

module.exports = { addressesOf, connectTcp }
