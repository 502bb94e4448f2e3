'use strict'

// Why there is no TLS with a server: doctor names it, and ends with the exit code of its kind.

const crypto = require('node:crypto')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const tls = require('node:tls')

const { freePort } = require('../helpers/ends')
const { good, listening, names, root, serving, trusting } = require('../helpers/doctor')
const { newPath } = require('../helpers/paths')
const { certificate } = require('../helpers/x509')
const extensions = require('../helpers/x509-extensions')

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {import('../helpers/doctor').Case} Case */

/** @type {Case[]} */
const CASES = [
  {
    title: 'a name that nobody knows',
    make: async () => ['nowhere.invalid:1'],
    ...{ cause: 'unknown-name', step: 'name', exit: 3, says: /Check its spelling/ },
  },
  {
    title: 'nothing listens',
    make: async () => [`localhost:${await freePort()}`],
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
    ...{ cause: 'nothing-listens', step: 'tcp', exit: 3, says: /is not there, or is no socket/ },
  },
  {
    title: 'plain HTTP on the port',
    make: async t => [
      await listening(
        t,
        http.createServer((_, response) => response.end('hi')),
      ),
    ],
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
    ...{ cause: 'tls-version', step: 'tls', exit: 3, says: /TLSv1\.1 and TLSv1 only/ },
  },
  {
    title: 'no cipher suite in common',
    make: async t => {
      const options = { maxVersion: /** @type {const} */ ('TLSv1.2'), ciphers: 'AES128-SHA' }
      const keys = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })
      const leaf = certificate({ keys, issuer: root, extensions: extensions.leaf() })
      const server = tls.createServer({ key: leaf.key, cert: leaf.pem, ...options })
      return [await listening(t, server), ...trusting(t, root)]
    },
    ...{
      cause: 'no-common-parameters',
      step: 'tls',
      exit: 3,
      says: /TLS_CHACHA20_POLY1305_SHA256/,
    },
  },
]

names('names, TCP, TLS, and what is in between', CASES)
