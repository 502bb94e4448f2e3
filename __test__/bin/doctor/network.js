'use strict'

// Why there is no TLS with a server: doctor names it, and ends with the exit code of its kind.

const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const path = require('node:path')
const tls = require('node:tls')

const { cleanup } = require('../../helpers/cleanup')
const { alertRecord } = require('../../helpers/broken-peers')
const { withoutPrivilege } = require('../../helpers/command')
const { deafPort } = require('../../helpers/deaf-port')
const { freePort } = require('../../helpers/free-port')
const { good, listening, root, serving, trusting } = require('../../helpers/doctor')
const { newPath } = require('../../helpers/paths')
const { rsaKeys } = require('../../helpers/rsa-keys')
const { certificate } = require('../../helpers/x509')
const extensions = require('../../helpers/x509-extensions')

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {import('../../helpers/doctor').Case} Case */

/** Resolvers refuse a label of more than 63 bytes by themselves: nobody is asked. */
const UNKNOWN = `${'x'.repeat(64)}.invalid`

/** A ServerHello that chooses TLS 1.1, which nobody offered. */
const OLD_HELLO = Buffer.from(
  ['16030100 2a', '02000026 0302', '00'.repeat(32), '00', 'c013', '00'].join('').replace(/ /g, ''),
  'hex',
)

/**
 * @param {Buffer | string} bytes that it says to everybody
 * @returns {net.Server}
 */
function saying(bytes) {
  return net.createServer(socket => socket.once('data', () => socket.write(bytes)))
}

/** @type {Case[]} */
const CASES = [
  {
    title: 'a name that nobody knows',
    make: async () => [`${UNKNOWN}:1`],
    error: 'ENOTFOUND',
    ...{ cause: 'unknown-name', step: 'name', exit: 3, says: /Check its spelling/ },
  },
  {
    // Without a network of its own no process gets this from the system: its resolver says it.
    title: 'no answer of a name server',
    make: async () => ['example.org:1'],
    env: { NODE_OPTIONS: `--require=${path.join(__dirname, 'no-name-server.js')}` },
    ...{ cause: 'no-name-server', step: 'name', exit: 3, says: /getaddrinfo EAI_AGAIN/ },
  },
  {
    title: 'no answer to TCP',
    make: async t => [`127.0.0.1:${await deafPort(t, '127.0.0.1')}`, '--timeout', '300ms'],
    error: 'ETIMEDOUT',
    ...{ cause: 'no-answer', step: 'tcp', exit: 6, says: /a firewall drops it/ },
  },
  {
    // TCP has no groups.
    title: 'an address to which there is no way',
    make: async () => ['224.0.0.1:1'],
    ...{ cause: 'unreachable', step: 'tcp', exit: 3, says: /ENETUNREACH.*routes, VPN/ },
  },
  {
    title: 'an address that the system does not take',
    make: async () => ['[fe80::1]:1'],
    ...{ cause: 'connect-failed', step: 'tcp', exit: 3, says: /wants its interface/ },
  },
  {
    title: 'a Unix domain socket of somebody else',
    make: async t => {
      const file = newPath(t)
      const server = net.createServer().listen(file)
      cleanup(t, () => void server.close())
      await new Promise(resolve => server.once('listening', resolve))
      fs.chmodSync(file, 0)
      return [`unix:${file}`]
    },
    ...withoutPrivilege,
    ...{ cause: 'no-rights', step: 'tcp', exit: 3, says: /EACCES.*Look at the rights of the path/ },
  },
  {
    title: 'a file where a Unix domain socket is to be',
    make: async () => [`unix:${__filename}`],
    ...{ cause: 'nothing-listens', step: 'tcp', exit: 3, says: /is no socket/ },
  },
  {
    title: 'nothing listens',
    make: async () => [`localhost:${await freePort()}`],
    error: 'ECONNREFUSED',
    ...{
      cause: 'nothing-listens',
      step: 'tcp',
      exit: 3,
      says: /Start the server, or check the port/,
    },
  },
  {
    title: 'nothing listens, and the environment names a proxy',
    make: async () => [`localhost:${await freePort()}`],
    env: { HTTPS_PROXY: 'http://127.0.0.1:3128' },
    ...{ cause: 'nothing-listens', step: 'tcp', exit: 3, says: /HTTPS_PROXY names a proxy/ },
  },
  {
    title: 'no such Unix domain socket',
    make: async t => [`unix:${newPath(t)}`],
    error: 'ENOENT',
    ...{ cause: 'nothing-listens', step: 'tcp', exit: 3, says: /it is not there/ },
  },
  {
    title: 'plain HTTP on the port',
    make: async t => [
      await listening(
        t,
        http.createServer((_, response) => response.end('hi')),
      ),
    ],
    error: 'ERR_SSL_WRONG_VERSION_NUMBER',
    ...{ cause: 'plain-http', step: 'tls', exit: 3, says: /HTTP without TLS/ },
  },
  {
    title: 'SSH on the port',
    make: async t => [
      await listening(
        t,
        net.createServer(socket => socket.write('SSH-2.0-x\r\n')),
      ),
    ],
    ...{ cause: 'not-tls', step: 'tls', exit: 3, says: /speaks SSH, not TLS/ },
  },
  {
    title: 'a proxy in between whose server is not there',
    make: async t => [
      await listening(
        t,
        net.createServer(socket => socket.destroy()),
      ),
    ],
    error: 'ECONNRESET',
    ...{ cause: 'closes-at-once', step: 'tls', exit: 3, says: /proxy or load balancer/ },
  },
  {
    title: 'a proxy in between that ends TLS, and speaks HTTP',
    make: async t => {
      const server = https.createServer({ key: good.key, cert: good.pem }, (_, response) =>
        response.end(),
      )
      return [await listening(t, server), ...trusting(t, root)]
    },
    ...{ cause: 'https', step: 'login', exit: 3, says: /pass TCP through/ },
  },
  {
    title: 'a proxy in between that puts in its own certificate',
    make: async t => {
      const proxy = certificate({ subject: 'mitmproxy', extensions: extensions.authority() })
      const leaf = certificate({ issuer: proxy, extensions: extensions.leaf() })
      return [await serving(t, leaf, [proxy]), ...trusting(t, root)]
    },
    ...{ cause: 'intercepted', step: 'certificate', exit: 4, says: /around that proxy/ },
  },
  {
    title: 'no answer to TLS',
    make: async t => [
      await listening(
        t,
        net.createServer(() => {}),
      ),
      '--timeout',
      '1s',
    ],
    ...{ cause: 'silent', step: 'tls', exit: 6, says: /is its process busy/ },
  },
  {
    title: 'TLS 1.1 only',
    make: async t => {
      const options = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }
      const server = tls.createServer({
        key: good.key,
        cert: good.pem,
        .../** @type {any} */ (options),
      })
      return [await listening(t, server), ...trusting(t, root)]
    },
    error: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    ...{ cause: 'tls-version', step: 'tls', exit: 3, says: /TLSv1\.1 and TLSv1 only/ },
  },
  {
    title: 'a server that chooses an old version unasked',
    make: async t => [await listening(t, saying(OLD_HELLO))],
    error: 'ERR_SSL_UNSUPPORTED_PROTOCOL',
    ...{ cause: 'tls-version', step: 'tls', exit: 3, says: /speaks TLSv1\.1 only/ },
  },
  {
    title: 'a server that knows no such name',
    make: async t => [await listening(t, saying(alertRecord(112)))],
    ...{ cause: 'unknown-servername', step: 'tls', exit: 3, says: /--servername NAME/ },
  },
  {
    title: 'a server that ends the handshake by an alert',
    make: async t => [await listening(t, saying(alertRecord(80)))],
    error: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
    ...{ cause: 'tls-alert', step: 'tls', exit: 3, says: /internal_error.*Look at its log/ },
  },
  {
    title: 'no cipher suite in common',
    make: async t => {
      const options = { maxVersion: /** @type {const} */ ('TLSv1.2'), ciphers: 'AES128-SHA' }
      const keys = rsaKeys(2048)
      const leaf = certificate({ keys, issuer: root, extensions: extensions.leaf() })
      const server = tls.createServer({ key: leaf.key, cert: leaf.pem, ...options })
      return [await listening(t, server), ...trusting(t, root)]
    },
    error: 'ERR_SSL_SSLV3_ALERT_…',
    ...{
      cause: 'no-common-parameters',
      step: 'tls',
      exit: 3,
      says: /TLS_CHACHA20_POLY1305_SHA256/,
    },
  },
]

module.exports = CASES
