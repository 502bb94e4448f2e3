'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Server, Client } = require('../helpers/subject')
const { serve, dial, serverConfig, clientConfig } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { run } = require('../helpers/program')
const { referenceClient } = require('../helpers/reference-peer')
const certificates = require('../helpers/certificates')
const { encrypted } = require('../helpers/special-certificates')

const EVENTS = ['authenticated', 'error', 'close']

test('minVersion and maxVersion of a client', async t => {
  const { port } = await serve(t)
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const client = dial(t, port, { options: { minVersion: version, maxVersion: version } })
    await next(client, 'authenticated')
    assert.equal(client.socket.getProtocol(), version)
  }
})

test('minVersion and maxVersion of a server', async t => {
  for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
    const { port } = await serve(t, { options: { minVersion: version, maxVersion: version } })
    const { socket } = await referenceClient(t, port)
    assert.equal(socket.getProtocol(), version)
  }
})

test('versions that do not overlap', async t => {
  const { port } = await serve(t, { options: { minVersion: 'TLSv1.3' } })
  const client = dial(t, port, { options: { maxVersion: 'TLSv1.2' } })
  const log = new Log(client, EVENTS)
  await log.reach('close')
  assert.deepEqual(log.names, ['error', 'close'])
  assert.equal(log.of('error')[0]?.[0].code, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
})

test('an encrypted key with its passphrase', async t => {
  const { cert, keyFile } = certificates.readmeCa()
  const key = encrypted(keyFile, 'open sesame')
  for (const options of [
    { key, cert, passphrase: 'open sesame' },
    { key: [{ pem: key, passphrase: 'open sesame' }], cert },
  ]) {
    const { port } = await serve(t, { options })
    await next(dial(t, port), 'authenticated')
  }
})

test('an encrypted key with a wrong passphrase, or none, throws', () => {
  const { cert, keyFile } = certificates.readmeCa()
  const key = encrypted(keyFile, 'open sesame')
  for (const passphrase of ['wrong', undefined]) {
    assert.throws(() => new Server(serverConfig({ options: { key, cert, passphrase } })), Error)
  }
})

test("wrong TLS material throws node's own error at once", () => {
  const { key, cert } = certificates.readmeCa()
  const cases = [
    [{ key: 'garbage', cert }, { code: 'ERR_OSSL_UNSUPPORTED' }],
    [{ key, cert: 'garbage' }, { code: 'ERR_OSSL_PEM_NO_START_LINE' }],
    [{ key, cert: certificates.other().cert }, { code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' }],
    [
      { key: 5, cert },
      { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' },
    ],
    [{ key, cert, minVersion: 'TLSv9' }, { code: 'ERR_TLS_INVALID_PROTOCOL_VERSION' }],
  ]
  for (const [options, error] of /** @type {any[][]} */ (cases)) {
    assert.throws(() => new Server(serverConfig({ options })), error)
  }
  assert.throws(() => new Client(clientConfig(1, { options: { minVersion: 'TLSv9' } })), {
    code: 'ERR_TLS_INVALID_PROTOCOL_VERSION',
  })
})

test('key and cert as strings', async t => {
  const { key, cert } = certificates.readmeCa()
  const { port } = await serve(t, { options: { key: String(key), cert: String(cert) } })
  await next(dial(t, port, { options: { ca: String(cert) } }), 'authenticated')
})

test('host, port and path in options win', async t => {
  const { port } = await serve(t)
  const client = dial(t, 1, { host: 'no-such-host.invalid', options: { host: 'localhost', port } })
  await next(client, 'authenticated')
})

test('unknown options are ignored', async t => {
  const { port } = await serve(t, { options: { requestTimeout: 5, nonsense: {} } })
  const client = dial(t, port, { options: { requestTimeout: 1, nonsense: [] } })
  await next(client, 'authenticated')
})

test('the config objects are not touched, may be frozen and shared', async t => {
  const freeze = (/** @type {any} */ config) => {
    Object.freeze(config.options)
    return Object.freeze(config)
  }
  const { closeServer, closeClient } = require('../helpers/cleanup')
  const config = freeze(serverConfig())
  const servers = [new Server(config), new Server(config)]
  for (const server of servers) closeServer(t, server)
  const [server] = /** @type {any[]} */ (servers)
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const shared = freeze(clientConfig(server.tlsServer.address().port))
  const before = JSON.stringify([config, shared])
  for (let n = 0; n < 2; n++) {
    const client = new Client(shared)
    closeClient(t, client)
    await next(client, 'authenticated')
  }
  assert.equal(JSON.stringify([config, shared]), before)
})

test("a server's rejectUnauthorized means nothing without requestCert", async t => {
  const { server: subject, port } = await serve(t, { options: { rejectUnauthorized: true } })
  const arrived = next(subject, 'authenticated')
  await next(dial(t, port), 'authenticated')
  const [, socket] = await arrived
  assert.deepEqual([socket.authorized, socket.authorizationError], [false, null])
})

/** Node 26 refuses what earlier ones warn of: an address for a server's name. */
const takesAddressForName = Number(process.versions.node.split('.')[0]) < 26

test("Node's warnings come once, whoever connects", async t => {
  const { stdout } = await run(
    t,
    context => {
      const { throws } = require('node:assert')
      process.on('warning', ({ message }) => console.log(message.slice(0, 43)))
      const connect = (/** @type {any} */ options) => {
        const client = new context.Client(context.clientConfig(1, { options }))
        client.on('error', () => {})
        client.disconnect()
      }
      // Node throws this back, but not before it has warned.
      const odd = (/** @type {any} */ options) =>
        throws(() => connect({ ...options, checkServerIdentity: undefined }))
      odd({})
      connect({})
      if (!context.given.takesAddressForName) {
        throws(() => connect({ servername: '127.0.0.1' }), { code: 'ERR_INVALID_ARG_VALUE' })
        return
      }
      connect({ servername: '127.0.0.1' })
      odd({ servername: '127.0.0.1' })
      // Only Node's own TLS has it.
      connect({ servername: '127.0.0.1', ciphers: 'AES128-SHA' })
      const socket = require('node:tls').connect({ port: 1, servername: '127.0.0.1' })
      socket.on('error', () => {}).destroy()
    },
    {
      env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      flags: ['--no-warnings'],
      given: { takesAddressForName },
    },
  )
  assert.deepEqual(stdout.trim().split('\n'), [
    'Setting the NODE_TLS_REJECT_UNAUTHORIZED en',
    ...(takesAddressForName ? ['Setting the TLS ServerName to an IP address'] : []),
  ])
})
