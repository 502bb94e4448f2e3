'use strict'

// Client certificates that are meant to cost the server something: long chains, large keys, large certificates. What
// Node's server makes of each is what is expected of ours; who is connected beside goes on.

const assert = require('node:assert/strict')
const crypto = require('node:crypto')
const { test } = require('node:test')
const tls = require('node:tls')
const { rsaKeys } = require('../helpers/rsa-keys')
const { certificate } = require('../helpers/x509')
const { authority, extendedKeyUsage } = require('../helpers/x509-extensions')
const { cleanup } = require('../helpers/cleanup')
const { enter, serve } = require('../helpers/ends')
const { bounded, next } = require('../helpers/events')
const { nodeServer } = require('../helpers/broken-peers')

/** @typedef {{ cert: string, key: string }} Shown */

const root = certificate({ subject: 'root', extensions: authority() })

/**
 * @param {number} length certificates below the root
 * @returns {Shown}
 */
function chain(length) {
  let issuer = root
  const above = []
  for (let n = 1; n < length; n++) {
    issuer = certificate({ subject: `authority ${n}`, issuer, extensions: authority() })
    above.unshift(issuer.pem)
  }
  const leaf = certificate({ issuer, extensions: [extendedKeyUsage('clientAuth')] })
  return { cert: [leaf.pem, ...above].join(''), key: leaf.key }
}

/**
 * @param {number} bytes of an extension that nobody knows
 * @returns {Shown}
 */
function large(bytes) {
  const unknown = { oid: '1.2.3.4.5.6', value: Buffer.alloc(bytes, 1) }
  const { pem, key } = certificate({ issuer: root, extensions: [unknown] })
  return { cert: pem, key }
}

/** @param {number} bits @returns {Shown} */
function rsa(bits) {
  const { pem, key } = certificate({ issuer: root, keys: rsaKeys(bits) })
  return { cert: pem, key }
}

/** What is shown, and whether it is good. @type {Record<string, { show: () => Shown, good: boolean }>} */
const CASES = {
  'a chain of 50': { show: () => chain(50), good: true },
  'a chain of 150': { show: () => chain(150), good: false },
  'a certificate of 40 KB': { show: () => large(40_000), good: true },
  'a certificate of 1 MB': { show: () => large(1 << 20), good: false },
  // For more: TLSJSON_RSA_BITS=8192, which takes long to make.
  'a large RSA key': { show: () => rsa(Number(process.env.TLSJSON_RSA_BITS ?? 3072)), good: true },
  'a key on another curve': {
    show: () => {
      const { pem, key } = certificate({
        issuer: root,
        keys: crypto.generateKeyPairSync('ec', { namedCurve: 'P-384' }),
      })
      return { cert: pem, key }
    },
    good: true,
  },
}

/**
 * @param {import('node:test').TestContext} t
 * @param {any} tlsServer
 * @param {number} port
 * @param {Shown} shown
 * @param {'TLSv1.2' | 'TLSv1.3'} version
 * @returns {Promise<boolean>} whether the server takes the client
 */
async function taken(t, tlsServer, port, shown, version) {
  const outcome = new Promise(resolve => {
    tlsServer.once('secureConnection', (/** @type {any} */ socket) => {
      socket.on('error', () => {})
      resolve(socket.authorized)
    })
    tlsServer.once('tlsClientError', () => resolve(false))
  })
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: version,
    ...shown,
  })
  socket.on('error', () => {})
  cleanup(t, () => void socket.destroy())
  return bounded(outcome, "the server's word")
}

for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
  for (const [name, { show, good }] of Object.entries(CASES)) {
    test(`${version}: ${name} of a client`, async t => {
      const options = { requestCert: true, ca: root.pem }
      const shown = show()
      const node = await nodeServer(t, options)
      assert.equal(await taken(t, node.server, node.port, shown, version), good, 'Node')
      const { server, port } = await serve(t, { options })
      const { cert, key } = chain(1)
      const { client } = await enter(t, server, { options: { cert, key } })
      assert.equal(await taken(t, server.tlsServer, port, shown, version), good)
      const message = next(server, 'message')
      client.send('undisturbed')
      assert.deepEqual(await message, [0, 'undisturbed'])
    })
  }
}
