'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { constants, X509Certificate } = require('node:crypto')
const { once } = require('node:events')
const { BlockList } = require('node:net')
const { test } = require('node:test')
const tls = require('node:tls')
const { table } = require('../../lib/tls/option-table')
const { clientMaterial } = require('../../lib/tls/client-material')
const { clientPlan, serverPlan } = require('../../lib/tls/plan')
const { serverMaterial } = require('../../lib/tls/server-material')
const { defaultGroups } = require('../../lib/tls/parameters')
const { CertificateMaker } = require('./certificates')
const { listening } = require('./node-peers')

/** Node 26 refuses what earlier ones warn of: an address for a server's name. */
const takesAddressForName = Number(process.versions.node.split('.')[0]) < 26

const maker = new CertificateMaker()
const ec = maker.selfSigned()
const other = maker.selfSigned()
/** What carries what rustls can do. */
const wanted = process.env.TLSJSON_TRANSPORT === 'node' ? 'node' : 'rustls'
const der = (/** @type {{ cert: string }} */ { cert }) => new X509Certificate(cert).raw

/**
 * @param {() => unknown} run
 * @returns {any} what it threw
 */
function thrown(run) {
  try {
    run()
  } catch (error) {
    return error
  }
  return null
}

/**
 * @param {any} error
 * @returns {unknown}
 */
function shape(error) {
  // The number in front belongs to the thread.
  return error && { ...error, name: error.name, message: error.message.replace(/^[0-9A-F]+:/, '') }
}

test('no options at all', () => {
  for (const options of [undefined, null, {}]) {
    assert.deepEqual(serverMaterial(options), {
      keyPairs: [],
      ca: null,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      allowPartialTrustChain: false,
      securityLevel: Number.parseFloat(process.versions.openssl) >= 3.2 ? 2 : 1,
      alpnProtocols: [],
      honorCipherOrder: true,
      cipherSuites: [],
      groups: defaultGroups(),
      signatureSchemes: [],
      requestCert: false,
      rejectUnauthorized: true,
      handshakeTimeout: 120_000,
      ofConnections: { allowHalfOpen: false, probeDelay: undefined, blockList: undefined },
    })
  }
  const { material, identity } = clientMaterial(undefined)
  assert.deepEqual([material.keyPairs, material.ca], [[], null])
  assert.equal(identity.checkServerIdentity, tls.checkServerIdentity)
  assert.deepEqual(
    { ...identity, checkServerIdentity: null },
    {
      hostname: 'localhost',
      servername: undefined,
      sni: null,
      checkServerIdentity: null,
      rejectUnauthorized: true,
    },
  )
})

test('what Node refuses is refused with Node’s own error', () => {
  const broken = ec.cert.replace(/A/g, 'B')
  const locked = maker.openssl(
    ...['pkcs8', '-topk8', '-in', maker.file(ec.key), '-passout', 'pass:secret'],
  )
  const cases = [
    5,
    'text',
    { key: 5 },
    { cert: {} },
    { ca: 5 },
    { key: 'garbage', cert: ec.cert },
    { key: ec.key, cert: 'garbage' },
    { key: ec.key, cert: '/etc/some/path.pem' },
    { key: ec.key, cert: broken },
    { key: ec.key, cert: der(ec) },
    { key: other.key, cert: ec.cert },
    { key: ec.key, cert: [ec.cert, other.cert] },
    { key: locked, cert: ec.cert },
    { key: locked, cert: ec.cert, passphrase: 'wrong' },
    { key: ec.key, cert: ec.cert, passphrase: 5 },
    { minVersion: 'bogus' },
    { maxVersion: 'TLSv9' },
    { secureProtocol: 'bogus' },
    { secureProtocol: 'TLS_method', minVersion: 'TLSv1.2' },
    { ciphers: 'no-such' },
    { ticketKeys: Buffer.alloc(3) },
    { sessionTimeout: 'x' },
    { handshakeTimeout: 'x' },
    { pfx: Buffer.from('garbage') },
    { ALPNCallback() {}, ALPNProtocols: ['a'] },
  ]
  for (const options of /** @type {any[]} */ (cases)) {
    const node = thrown(() => tls.createServer(options))
    assert.ok(node, JSON.stringify(options))
    assert.deepEqual(shape(thrown(() => serverMaterial(options))), shape(node))
    const client = thrown(() => tls.createSecureContext(options))
    if (typeof options !== 'object' || !client) continue
    assert.deepEqual(shape(thrown(() => clientMaterial(options))), shape(client))
  }
})

test('versions', () => {
  const range = (/** @type {any} */ options) => {
    const { minVersion, maxVersion } = serverMaterial(options)
    return `${minVersion} ${maxVersion}`
  }
  assert.equal(range({ minVersion: 'TLSv1', maxVersion: 'TLSv1.2' }), 'TLSv1.2 TLSv1.2')
  assert.equal(range({ minVersion: 'TLSv1.1' }), 'TLSv1.2 TLSv1.3')
  assert.equal(range({ minVersion: 'TLSv1.3' }), 'TLSv1.3 TLSv1.3')
  assert.equal(range({ minVersion: undefined, maxVersion: null }), 'TLSv1.2 TLSv1.3')
  const old = thrown(() => serverMaterial({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }))
  assert.match(old.message, /maxVersion \('TLSv1\.1'\)/)
  const none = thrown(() => clientMaterial({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }))
  assert.equal(none.code, 'TLSJSON_UNSUPPORTED_OPTION')
  const program = `console.log(require(${JSON.stringify(
    require.resolve('../../lib/tls/server-material'),
  )}).serverMaterial().minVersion)`
  const args = ['--tls-min-v1.3', '-e', program]
  assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), 'TLSv1.3\n')
})

test("each unsupported option is planned for Node's own TLS, and its default is not", () => {
  /** @type {Record<string, any>} */
  const asks = {
    pfx: maker.container(ec.key, ec.cert),
    crl: maker.revocationList(ec.key, ec.cert),
    secureProtocol: 'TLSv1_2_method',
    secureOptions: constants.SSL_OP_NO_TLSv1_3,
    secureContext: tls.createSecureContext(),
    pskCallback: () => null,
    SNICallback: () => {},
    socket: {},
    clientCertEngine: null,
    privateKeyEngine: null,
    privateKeyIdentifier: null,
  }
  const harmless = {
    ciphers: tls.DEFAULT_CIPHERS,
    ecdhCurve: tls.DEFAULT_ECDH_CURVE,
    secureOptions: constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1,
    ALPNProtocols: undefined,
    pfx: undefined,
  }
  const unsupported = Object.keys(table).filter(name => table[name].handling === 'node')
  assert.deepEqual(Object.keys(asks).sort(), unsupported.sort())
  for (const name of unsupported) {
    const { role } = table[name]
    const value = asks[name]
    const refused = value !== null && !(Array.isArray(value) && value.length === 0)
    for (const [who, read] of /** @type {const} */ ([
      ['server', serverPlan],
      ['client', clientPlan],
    ])) {
      const { transport, why } = /** @type {any} */ (read({ [name]: value }))
      const isForNode = refused && (role ?? who) === who
      assert.equal(transport, isForNode ? 'node' : wanted, `${who} ${name}`)
      if (isForNode && wanted === 'rustls') assert.equal(why, name)
    }
  }
  assert.equal(serverPlan(harmless).transport, wanted)
  assert.equal(clientPlan(harmless).transport, wanted)
})

test('ignored and unknown options do nothing', () => {
  const options = {
    requestTimeout: 5,
    nonsense: {},
    dhparam: 'auto',
    sessionTimeout: 300,
    noDelay: true,
    requestOCSP: true,
  }
  assert.deepEqual(serverMaterial(options), serverMaterial({}))
})

test('what a server makes of its connections, as the running Node says', () => {
  const blockList = new BlockList()
  const options = { keepAlive: true, keepAliveInitialDelay: 33_999, allowHalfOpen: 1, blockList }
  // Its types know less than Node.
  const node = /** @type {any} */ (tls.createServer(/** @type {any} */ (options)))
  assert.deepEqual(serverMaterial(options).ofConnections, {
    allowHalfOpen: true,
    probeDelay: 33_000,
    blockList: node.blockList,
  })
  assert.equal(serverMaterial({ keepAliveInitialDelay: 5000 }).ofConnections.probeDelay, undefined)
})

test('switches of a server', () => {
  const read = (/** @type {any} */ options) => {
    const { requestCert, rejectUnauthorized, handshakeTimeout } = serverMaterial(options)
    return [requestCert, rejectUnauthorized, handshakeTimeout]
  }
  assert.deepEqual(read({ requestCert: true, rejectUnauthorized: false }), [true, false, 120_000])
  assert.deepEqual(read({ requestCert: 1, rejectUnauthorized: 0 }), [false, true, 120_000])
  assert.deepEqual(read({ handshakeTimeout: 300 }), [false, true, 300])
})

test('a server trusts an intermediate for an anchor no more than Node’s server does', async t => {
  const { inter, leaf } = maker.family()
  const options = { ...leaf, ca: inter.cert, requestCert: true, allowPartialTrustChain: true }
  const server = tls.createServer(/** @type {any} */ ({ ...options, rejectUnauthorized: false }))
  const port = await listening(t, server)
  const socket = tls.connect({ host: '127.0.0.1', port, ...leaf, rejectUnauthorized: false })
  t.after(() => socket.destroy())
  const [accepted] = await once(server, 'secureConnection')
  assert.equal(serverMaterial(options).allowPartialTrustChain, accepted.authorized)
})

test('equal values give the same client material, whatever the objects', () => {
  const first = clientMaterial({ ca: ec.cert, key: [{ pem: ec.key }], cert: ec.cert })
  const again = clientMaterial({
    ca: `${ec.cert}`,
    key: [{ pem: ec.key }],
    cert: ec.cert,
    servername: 'x.example',
    nonsense: 1,
  })
  assert.equal(again.material, first.material)
  assert.equal(again.identity.sni, 'x.example')
  const options = { ca: Buffer.from(ec.cert) }
  const before = clientMaterial(options).material
  assert.equal(clientMaterial({ ca: Buffer.from(ec.cert) }).material, before)
  Buffer.from(other.cert).copy(options.ca)
  const after = clientMaterial(options).material
  assert.notEqual(after, before)
  assert.deepEqual(before.ca, [der(ec)])
  assert.notEqual(clientMaterial({ ca: [ec.cert, ec.cert] }).material, before)
  assert.equal(
    clientMaterial({ ca: ec.cert, allowPartialTrustChain: true }).material.allowPartialTrustChain,
    true,
  )
})

test('a context is validated once, and only a bounded number is kept', t => {
  const { createSecureContext } = tls
  t.after(() => void (tls.createSecureContext = createSecureContext))
  let calls = 0
  tls.createSecureContext = options => {
    calls += 1
    // Taken for Node's own, which says: new SecureContext(
    return createSecureContext(options)
  }
  const first = clientMaterial({ ca: 'validated once' }).material
  for (let n = 0; n < 5; n += 1) clientMaterial({ ca: 'validated once' })
  assert.equal(calls, 1)
  for (let n = 0; n < 70; n += 1) clientMaterial({ ca: `number ${n}` })
  assert.notEqual(clientMaterial({ ca: 'validated once' }).material, first)
  assert.equal(calls, 72)
  for (let n = 0; n < 2; n += 1) assert.ok(thrown(() => clientMaterial({ key: 'bad' })))
  assert.equal(calls, 74)
})

test("an unsupported option is planned for Node's own TLS even when the rest is known already", () => {
  clientMaterial({ ca: ec.cert })
  assert.equal(clientPlan({ ca: ec.cert, pskCallback() {} }).transport, 'node')
})

test('what only a closer look finds out is in the plan too, and what Node does not take is thrown', () => {
  const { transport, why } = /** @type {any} */ (clientPlan({ servername: 'not a host name' }))
  assert.equal(transport, 'node')
  if (wanted === 'node') return
  assert.match(why, /^The option servername \(/)
  assert.throws(() => serverPlan({ minVersion: 'TLSv9' }), {
    code: 'ERR_TLS_INVALID_PROTOCOL_VERSION',
  })
})

test('only the exact value false turns verification off', () => {
  const rejects = (/** @type {any} */ options) =>
    clientMaterial(options).identity.rejectUnauthorized
  assert.equal(rejects({ rejectUnauthorized: false }), false)
  for (const value of [0, null, 'false', undefined, true, '']) {
    assert.equal(rejects({ rejectUnauthorized: value }), true)
  }
  const inherited = Object.create({ rejectUnauthorized: false })
  assert.equal(rejects(inherited), true)
})

test('NODE_TLS_REJECT_UNAUTHORIZED is read at each connect and warned of once', () => {
  const program = `
    const { clientMaterial } = require(${JSON.stringify(require.resolve('../../lib/tls/client-material'))})
    const rejects = options => clientMaterial(options).identity.rejectUnauthorized
    const seen = [rejects({})]
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    seen.push(rejects({}), rejects(undefined), rejects({ rejectUnauthorized: true }))
    seen.push(rejects({ rejectUnauthorized: undefined }))
    seen.push(rejects({ ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' }))
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = 'false'
    seen.push(rejects({}))
    const warnings = []
    process.on('warning', warning => warnings.push(warning.message))
    setImmediate(() => console.log(JSON.stringify({ seen, warnings })))`
  const args = ['--no-warnings', '-e', program]
  const env = { ...process.env }
  delete env.NODE_TLS_REJECT_UNAUTHORIZED
  const { seen, warnings } = JSON.parse(
    execFileSync(process.execPath, args, { env, encoding: 'utf8' }),
  )
  assert.deepEqual(seen, [true, false, false, true, true, false, true])
  const node = `
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    process.on('warning', warning => console.log(warning.message))
    const { Duplex } = require('node:stream')
    require('node:tls').connect({ socket: new Duplex({ read() {}, write() {} }) })`
  const words = execFileSync(process.execPath, ['--no-warnings', '-e', node], {
    env,
    encoding: 'utf8',
  })
  assert.deepEqual(warnings, [words.trim()])
})

test('whom a client believes to talk to', () => {
  const who = (/** @type {any} */ options) => {
    const { hostname, servername, sni } = clientMaterial(options).identity
    return [hostname, servername, sni]
  }
  assert.deepEqual(who({ host: 'a.example' }), ['a.example', undefined, null])
  assert.deepEqual(who({ host: 'a', servername: 'b.example' }), [
    'b.example',
    'b.example',
    'b.example',
  ])
  assert.deepEqual(who({ host: 'a', servername: '' }), ['a', undefined, null])
  const address = { host: 'a', servername: '127.0.0.1' }
  if (takesAddressForName) assert.deepEqual(who(address), ['127.0.0.1', '127.0.0.1', null])
  else assert.equal(thrown(() => who(address))?.code, 'ERR_INVALID_ARG_VALUE')
  for (const servername of ['a b', '-a.example', 'bücher.example', 'a..b', 'a.b.', '1.2.3']) {
    assert.equal(thrown(() => who({ servername }))?.code, 'TLSJSON_UNSUPPORTED_OPTION', servername)
  }
  const check = () => undefined
  assert.equal(clientMaterial({ checkServerIdentity: check }).identity.checkServerIdentity, check)
})

test('what only tls.connect refuses is refused with its error', () => {
  const { Duplex } = require('node:stream')
  for (const options of [
    { checkServerIdentity: undefined },
    { checkServerIdentity: 'x' },
    { minDHSize: 0 },
    { minDHSize: '5' },
    { servername: 5 },
  ]) {
    const inert = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    const node = thrown(() => tls.connect(/** @type {any} */ ({ socket: inert, ...options })))
    assert.ok(node, JSON.stringify(options))
    const ours = thrown(() => clientMaterial(options))
    assert.deepEqual(shape(ours), shape(node))
  }
})
