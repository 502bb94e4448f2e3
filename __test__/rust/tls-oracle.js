'use strict'

// Judges certificate chains with Node's own TLS: `node tls-oracle.js <cases.json>`, one
// `{ chain, key, ca, purpose, partial, level }` per row, certificates as base64 DER. Prints one
// `{ code, message }` per row; `code` is null for a trusted chain. A server has no message to give.

const { readFileSync } = require('node:fs')
const { once } = require('node:events')
const tls = require('node:tls')

/**
 * @param {string} der base64
 * @returns {string} PEM
 */
const pem = der => {
  const lines = /** @type {string[]} */ (der.match(/.{1,64}/g)).join('\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** @typedef {{ chain: string[], key: string, ca: string[], purpose: string, partial: boolean, level: number }} Row */

/** The other side has its limits lowered, so that only the judging side judges. */
const lenient = { ciphers: 'DEFAULT@SECLEVEL=0' }

/**
 * @param {Row} row
 * @param {string} key
 * @param {string} cert
 * @returns {Promise<{ code: string | null, message?: string }>}
 */
async function judge(row, key, cert) {
  const judged = { key: readFileSync(row.key), cert: row.chain.map(pem).join('') }
  const judging = {
    ca: row.ca.map(pem),
    allowPartialTrustChain: row.partial,
    ciphers: `DEFAULT@SECLEVEL=${row.level}`,
  }
  const client = row.purpose === 'client'
  const server = tls.createServer(
    client
      ? { ...judging, key, cert, requestCert: true, rejectUnauthorized: false }
      : { ...judged, ...lenient },
  )
  /** @type {Set<tls.TLSSocket>} */
  const sockets = new Set()
  server.on('secureConnection', socket => sockets.add(socket.on('error', () => {})))
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const signal = AbortSignal.timeout(2000)
  const accepted = client ? once(server, 'secureConnection', { signal }) : null
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    checkServerIdentity: () => undefined,
    ...(client ? { ...judged, ...lenient, rejectUnauthorized: false } : judging),
  })
  try {
    if (accepted) {
      socket.on('error', () => {})
      const [{ authorizationError }] = await accepted
      return { code: authorizationError ?? null }
    }
    await once(socket, 'secureConnect', { signal })
    return { code: null }
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    return { code: code ?? null, message }
  } finally {
    socket.destroy()
    for (const one of sockets) one.destroy()
    server.close()
  }
}

async function main() {
  const { rows, key, cert } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
  const results = []
  for (const row of rows) {
    const result = judge(row, readFileSync(key, 'utf8'), pem(cert))
    // A context that Node refuses to build.
    results.push(await result.catch(({ message }) => ({ code: 'REFUSED', message })))
  }
  process.stdout.write(JSON.stringify(results), () => process.exit())
}

// Whatever hangs, a test run ends.
setTimeout(() => process.exit(1), 60_000)
main()
