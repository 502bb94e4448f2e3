'use strict'

// Why a server does not let a client in whose TLS is right: doctor names it.

const net = require('node:net')
const tls = require('node:tls')

const { alone, good, having, listening, root, serving, trusting } = require('../../helpers/doctor')

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {import('../../helpers/doctor').Case} Case */

/** @type {Case[]} */
const CASES = [
  {
    title: 'a wrong password',
    make: async t => [await serving(t, good), ...trusting(t, root)],
    env: { TLSJSON_PASSWORD: 'wrong' },
    error: 'TLSJSON_PASSWORD_REFUSED',
    ...{ cause: 'wrong-password', step: 'login', exit: 5, says: /has refused the password/ },
  },
  {
    title: 'no password',
    make: async t => [await serving(t, good), ...trusting(t, root)],
    env: { TLSJSON_PASSWORD: '' },
    ...{ cause: 'no-password', step: 'login', exit: 5, says: /--password-file FILE/ },
  },
  {
    title: 'a server that does not answer the login',
    make: async t => {
      const server = tls.createServer(
        { key: good.key, cert: good.pem },
        socket => void socket.resume(),
      )
      return [await listening(t, server), ...trusting(t, root), '--timeout', '1s']
    },
    error: 'TLSJSON_CONNECT_TIMEOUT',
    ...{ cause: 'no-login-answer', step: 'login', exit: 6, says: /Is it a tls-json server\?/ },
  },
  {
    title: 'a server that closes at the login',
    make: async t => {
      const server = tls.createServer({ key: good.key, cert: good.pem }, socket =>
        socket.once('data', () => socket.destroy()),
      )
      return [await listening(t, server), ...trusting(t, root)]
    },
    ...{ cause: 'closed-at-login', step: 'login', exit: 7, says: /maxFailedLogins/ },
  },
  {
    title: 'a server of something else, which greets',
    make: async t => {
      const server = tls.createServer({ key: good.key, cert: good.pem }, socket =>
        socket.write('220 mail\r\n'),
      )
      return [await listening(t, server), ...trusting(t, root), '--timeout', '3s']
    },
    ...{ cause: 'not-tls-json', step: 'login', exit: 3, says: /it says "220 mail\\r\\n"/ },
  },
  {
    title: 'a server of something else, which talks and talks',
    make: async t => {
      const server = tls.createServer({ key: good.key, cert: good.pem }, socket =>
        socket.write('x'.repeat(70_000)),
      )
      return [await listening(t, server), ...trusting(t, root)]
    },
    error: 'TLSJSON_LOGIN_TOO_LONG',
    ...{ cause: 'not-tls-json', step: 'login', exit: 3, says: /no tls-json server/ },
  },
  {
    title: 'something in between that breaks TLS at the login',
    make: async t => {
      const server = net.createServer(raw => {
        const socket = new tls.TLSSocket(raw, { isServer: true, key: good.key, cert: good.pem })
        socket.on('error', () => {}).once('data', () => raw.write('hello\r\n'))
      })
      return [await listening(t, server), ...trusting(t, root)]
    },
    error: 'ERR_SSL_WRONG_VERSION_NUMBER',
    ...{ cause: 'login-failed', step: 'login', exit: 1, says: /has broken at the login: \S/ },
  },
  {
    title: 'a request that fails',
    make: async t => [await serving(t, good), ...trusting(t, root), '--request', '{"fail":true}'],
    ...{ cause: 'request-failed', step: 'round trip', exit: 1, says: /no such thing/ },
  },
  ...['TLSv1.2', 'TLSv1.3'].flatMap(maxVersion => {
    const demanding = (/** @type {TestContext} */ t) =>
      serving(t, good, [], {
        ca: root.pem,
        requestCert: true,
        rejectUnauthorized: true,
        maxVersion,
      })
    return [
      {
        title: `no client certificate, ${maxVersion}`,
        make: async (/** @type {TestContext} */ t) => [await demanding(t), ...trusting(t, root)],
        ...{
          cause: 'client-certificate-missing',
          step: 'client cert',
          exit: 4,
          says: /--cert FILE --key FILE/,
        },
      },
      {
        title: `a client certificate that is refused, ${maxVersion}`,
        make: async (/** @type {TestContext} */ t) => {
          const at = await demanding(t)
          return [at, ...trusting(t, root), ...having(t, alone({ subject: 'client' }))]
        },
        ...{
          cause: 'client-certificate-refused',
          step: 'client cert',
          exit: 4,
          says: /server's options\.ca/,
        },
      },
    ]
  }),
]

module.exports = CASES
