'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { createPrivateKey, createPublicKey, constants, X509Certificate } = require('node:crypto')
const { once } = require('node:events')
const { BlockList } = require('node:net')
const { test } = require('node:test')
const tls = require('node:tls')
const { table } = require('../../lib/tls-option-table')
const { clientMaterial, serverMaterial } = require('../../lib/tls-options')
const { CertificateMaker } = require('./certificates')
const { handshake, listening } = require('./node-peers')

const maker = new CertificateMaker()
const ec = maker.selfSigned()
const rsa = maker.selfSigned({
  key: maker.key('-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'),
})
const other = maker.selfSigned()
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

/**
 * @param {any} pair
 * @param {{ key: string, cert: string }} wanted
 * @returns {void}
 */
function assertPair(pair, wanted) {
  assert.ok(pair, 'no pair')
  assert.deepEqual(pair.chain[0], der(wanted))
  const key = createPrivateKey({ key: pair.key, format: 'der', type: 'pkcs8' })
  assert.equal(key.equals(createPrivateKey(wanted.key)), true)
}

test('no options at all', () => {
  for (const options of [undefined, null, {}]) {
    assert.deepEqual(serverMaterial(options), {
      keyPairs: [],
      ca: null,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      allowPartialTrustChain: false,
      securityLevel: Number(process.versions.node.split('.')[0]) >= 24 ? 2 : 1,
      requestCert: false,
      rejectUnauthorized: true,
      handshakeTimeout: 120_000,
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
  const locked = encrypted('pkcs8', '-topk8', '-v2', 'aes-256-cbc')
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

/**
 * @param {...string} args of `openssl`, that write the key with the passphrase "secret"
 * @returns {string}
 */
function encrypted(...args) {
  const [command, ...others] = args
  return maker.openssl(command, '-in', maker.file(ec.key), ...others, '-passout', 'pass:secret')
}

test('keys in every encoding', () => {
  const traditional = maker.openssl('ec', '-in', maker.file(ec.key))
  const params = maker.openssl('ecparam', '-name', 'prime256v1') + traditional
  const pkcs1 = maker.openssl('rsa', '-in', maker.file(rsa.key), '-traditional')
  const secrets = [
    encrypted('pkcs8', '-topk8', '-v2', 'aes-256-cbc'),
    encrypted('pkcs8', '-topk8', '-v2', 'des3'),
    encrypted('pkcs8', '-topk8', '-scrypt'),
    encrypted('pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES'),
    encrypted('ec', '-aes128'),
  ]
  const passphrase = 'secret'
  const bytes = Buffer.from(`....${ec.key}`)
  /** @type {any[]} */
  const cases = [
    { key: ec.key },
    { key: Buffer.from(ec.key) },
    { key: new Uint8Array(Buffer.from(ec.key)) },
    { key: new DataView(bytes.buffer, bytes.byteOffset + 4, bytes.length - 4) },
    { key: [ec.key] },
    { key: ec.key.replace(/\n/g, '\r\n') },
    { key: traditional },
    { key: params },
    { key: `preamble\n\n${ec.cert}${ec.key}`, cert: `${ec.key}${ec.cert}` },
    { key: ec.key, passphrase: 'not needed' },
    { key: [{ pem: ec.key }] },
    ...secrets.flatMap(key => [
      { key, passphrase },
      { key: [{ pem: key, passphrase }] },
      { key: [{ pem: Buffer.from(key), passphrase }], passphrase: 'another' },
      { key: [{ pem: key }], passphrase },
    ]),
  ]
  for (const options of cases) {
    const [pair] = serverMaterial({ cert: ec.cert, ...options }).keyPairs
    assertPair(pair, ec)
    assertPair(clientMaterial({ cert: ec.cert, ...options }).material.keyPairs[0], ec)
  }
  assertPair(serverMaterial({ key: pkcs1, cert: rsa.cert }).keyPairs[0], rsa)
})

test('an EC key comes out whole and uncompressed, whatever the file had', () => {
  const bare = maker.openssl(
    ...['ec', '-in', maker.file(ec.key), '-conv_form', 'compressed', '-no_public'],
  )
  const [pair] = serverMaterial({ key: bare, cert: ec.cert }).keyPairs
  assertPair(pair, ec)
  const point = createPublicKey(ec.key).export({ format: 'jwk' })
  const expected = Buffer.from(
    `${point.x}${point.y}`.replace(/[-_]/g, c => (c === '-' ? '+' : '/')),
  )
  assert.ok(expected.length > 0)
  const x = Buffer.from(String(point.x), 'base64url')
  const y = Buffer.from(String(point.y), 'base64url')
  assert.ok(pair.key.includes(Buffer.concat([Buffer.from([4]), x, y])))
})

test('certificates in every wrapping', () => {
  const { root, inter, leaf } = maker.family()
  const trusted = maker.openssl(
    ...['x509', '-in', maker.file(ec.cert), '-trustout', '-addtrust', 'serverAuth'],
  )
  assert.match(trusted, /BEGIN TRUSTED CERTIFICATE/)
  const renamed = ec.cert.replace(/ CERTIFICATE/g, ' X509 CERTIFICATE')
  for (const cert of [
    ec.cert,
    [ec.cert],
    Buffer.from(ec.cert),
    `some text\n${ec.cert}`,
    ec.cert.replace(/\n/g, '\r\n'),
    trusted,
    renamed,
  ]) {
    const { chain } = serverMaterial({ key: ec.key, cert }).keyPairs[0]
    assert.deepEqual(chain, [der(ec)])
    assert.deepEqual(serverMaterial({ ca: cert }).ca, [der(ec)])
  }
  const bundle = `${leaf.cert}words between\n${inter.cert}${root.cert}`
  const { chain } = serverMaterial({ key: leaf.key, cert: bundle }).keyPairs[0]
  assert.deepEqual(chain, [leaf, inter, root].map(der))
})

test('pairs are found in any order; the kind OpenSSL prefers comes first', () => {
  const ed = maker.selfSigned({ key: maker.key('-algorithm', 'ED25519') })
  const options = { key: [rsa.key, ec.key, ed.key], cert: [ed.cert, rsa.cert, ec.cert] }
  const { keyPairs } = serverMaterial(options)
  assert.equal(keyPairs.length, 3)
  for (const [at, wanted] of [ec, ed, rsa].entries()) assertPair(keyPairs[at], wanted)
})

test('a key or a certificate without the other makes no pair', () => {
  assert.deepEqual(serverMaterial({ key: ec.key }).keyPairs, [])
  assert.deepEqual(serverMaterial({ cert: ec.cert }).keyPairs, [])
  assert.deepEqual(serverMaterial({ key: rsa.key, cert: ec.cert }).keyPairs, [])
  assert.deepEqual(clientMaterial({ key: ec.key }).material.keyPairs, [])
})

test('keys the engine cannot sign with are named', () => {
  const rsaKey = (/** @type {string[]} */ ...options) =>
    maker.key('-algorithm', 'RSA', ...options.flatMap(option => ['-pkeyopt', option]))
  /** @type {[string, RegExp][]} */
  const cases = [
    [maker.key('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'), /EC key on secp521r1/],
    [maker.key('-algorithm', 'ED448'), /key of type ed448/],
    [maker.key('-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'), /key of type rsa-pss/],
    [rsaKey('rsa_keygen_bits:2048', 'rsa_keygen_pubexp:3'), /RSA key with exponent 3/],
    [rsaKey('rsa_keygen_bits:2100'), /RSA key of 2100 bits/],
  ]
  if (Number(process.versions.node.split('.')[0]) < 24) {
    cases.push([rsaKey('rsa_keygen_bits:1024'), /RSA key of 1024 bits/])
  }
  for (const [key, words] of cases) {
    const error = thrown(() => serverMaterial(maker.selfSigned({ key })))
    assert.equal(error?.code, 'TLSJSON_UNSUPPORTED_OPTION', String(words))
    assert.match(error.message, words)
    assert.doesNotMatch(error.message, /BEGIN|secret/)
  }
})

test('ca trusts what Node trusts of it', async t => {
  const broken = ec.cert.replace(/\n[^-]/, '\n!')
  const open = ec.cert.replace(/-----END[^\n]+\n/, '')
  const misspelt = ec.cert.replace('END CERTIFICATE', 'END X509 CERTIFICATE')
  const indented = ec.cert.replace(/^/gm, ' ')
  /** @type {any[]} */
  const cases = [
    [],
    'garbage',
    der(ec),
    ec.cert,
    Buffer.from(ec.cert),
    ['garbage', ec.cert],
    [other.cert, ec.cert],
    other.cert + ec.cert,
    rsa.key + ec.cert,
    broken + ec.cert,
    ec.cert + broken,
    open + ec.cert,
    misspelt + ec.cert,
    [broken, ec.cert],
    indented,
    `text ${ec.cert}`,
    `-----BEGIN SOMETHING-----\n${ec.cert}`,
    `-----BEGIN SOMETHING-----\nAAAA\n-----END SOMETHING-----\n${ec.cert}`,
    `-----BEGIN SOMETHING-----\n!!!!\n-----END SOMETHING-----\n${ec.cert}`,
    encrypted('ec', '-aes128') + ec.cert,
    ec.cert.replace(/\n/g, ' \t\r\n'),
    ec.cert.trimEnd(),
    ec.cert.replace(/-----\n/, '-----\nName: value\n\n'),
  ]
  for (const ca of cases) {
    const { error } = await handshake(t, ec, { ca })
    const found = clientMaterial({ ca }).material.ca ?? []
    const ours = found.some(entry => entry.equals(der(ec)))
    assert.equal(ours, error === null, `${JSON.stringify(ca).slice(0, 60)}: ${error?.code}`)
    assert.deepEqual(serverMaterial({ ca }).ca, clientMaterial({ ca }).material.ca)
  }
  for (const ca of [undefined, null, '']) assert.equal(serverMaterial({ ca }).ca, null)
})

test('a leaf that comes alone is completed from ca', () => {
  const { root, inter, leaf } = maker.family()
  const sent = (/** @type {any} */ options) =>
    serverMaterial({ key: leaf.key, cert: leaf.cert, ...options }).keyPairs[0].chain
  assert.deepEqual(sent({}), [leaf].map(der))
  assert.deepEqual(sent({ ca: inter.cert }), [leaf, inter].map(der))
  assert.deepEqual(sent({ ca: [root.cert, other.cert, inter.cert] }), [leaf, inter, root].map(der))
  assert.deepEqual(sent({ ca: root.cert }), [leaf].map(der))
  const cert = leaf.cert + inter.cert
  assert.deepEqual(sent({ cert, ca: [inter.cert, root.cert] }), [leaf, inter].map(der))
  assert.deepEqual(serverMaterial({ ...ec, ca: ec.cert }).keyPairs[0].chain, [der(ec)])
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
    require.resolve('../../lib/tls-options'),
  )}).serverMaterial().minVersion)`
  const args = ['--tls-min-v1.3', '-e', program]
  assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), 'TLSv1.3\n')
})

test('each unsupported option is refused, and its default is not', () => {
  /** @type {Record<string, any>} */
  const asks = {
    crl: [],
    ciphers: 'ECDHE-RSA-AES128-GCM-SHA256',
    ecdhCurve: 'P-256',
    sigalgs: 'ecdsa_secp256r1_sha256',
    secureProtocol: 'TLSv1_2_method',
    secureOptions: constants.SSL_OP_NO_TLSv1_2,
    secureContext: tls.createSecureContext(),
    pskCallback: () => null,
    ALPNProtocols: ['a'],
    ALPNCallback: () => 'a',
    SNICallback: () => {},
    blockList: new BlockList(),
    socket: {},
    timeout: 5000,
    pfx: null,
    clientCertEngine: null,
    privateKeyEngine: null,
    privateKeyIdentifier: null,
  }
  const harmless = {
    crl: undefined,
    ciphers: tls.DEFAULT_CIPHERS,
    ecdhCurve: tls.DEFAULT_ECDH_CURVE,
    secureOptions: constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1,
    ALPNProtocols: undefined,
    pfx: undefined,
    blockList: undefined,
    timeout: 0,
  }
  const unsupported = Object.keys(table).filter(name => table[name].handling === 'unsupported')
  assert.deepEqual(Object.keys(asks).sort(), unsupported.sort())
  for (const name of unsupported) {
    const { role } = table[name]
    const value = asks[name]
    const refused = value !== null && !(Array.isArray(value) && value.length === 0)
    for (const [who, read] of /** @type {const} */ ([
      ['server', serverMaterial],
      ['client', clientMaterial],
    ])) {
      const error = thrown(() => read({ [name]: value }))
      if (refused && (role ?? who) === who) {
        assert.equal(error?.code, 'TLSJSON_UNSUPPORTED_OPTION', `${who} ${name}: ${error}`)
        assert.ok(error.message.startsWith(`The option ${name} (`), error.message)
        assert.ok(error.message.length < 250, error.message)
      } else {
        assert.equal(error, null, `${who} ${name}`)
      }
    }
  }
  serverMaterial(harmless)
  clientMaterial(harmless)
})

test('pfx is refused without a word of its contents', () => {
  const pfx = execFileSync(
    'openssl',
    [
      ...['pkcs12', '-export', '-inkey', maker.file(ec.key), '-in', maker.file(ec.cert)],
      ...['-passout', 'pass:secret'],
    ],
    { cwd: maker.directory },
  )
  const error = thrown(() => serverMaterial({ pfx, passphrase: 'secret' }))
  assert.equal(error.code, 'TLSJSON_UNSUPPORTED_OPTION')
  assert.doesNotMatch(error.message, /secret|Buffer/)
})

test('ignored and unknown options do nothing', () => {
  const options = {
    requestTimeout: 5,
    nonsense: {},
    dhparam: 'auto',
    sessionTimeout: 300,
    noDelay: true,
    keepAlive: true,
    honorCipherOrder: false,
    allowHalfOpen: true,
    requestOCSP: true,
  }
  assert.deepEqual(serverMaterial(options), serverMaterial({}))
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
  const first = clientMaterial({ ca: ec.cert, key: [{ pem: rsa.key }], cert: rsa.cert })
  const again = clientMaterial({
    ca: `${ec.cert}`,
    key: [{ pem: rsa.key }],
    cert: rsa.cert,
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
  const spy = t.mock.method(tls, 'createSecureContext')
  const first = clientMaterial({ ca: 'validated once' }).material
  for (let n = 0; n < 5; n += 1) clientMaterial({ ca: 'validated once' })
  assert.equal(spy.mock.callCount(), 1)
  for (let n = 0; n < 70; n += 1) clientMaterial({ ca: `number ${n}` })
  assert.notEqual(clientMaterial({ ca: 'validated once' }).material, first)
  assert.equal(spy.mock.callCount(), 72)
  for (let n = 0; n < 2; n += 1) assert.ok(thrown(() => clientMaterial({ key: 'bad' })))
  assert.equal(spy.mock.callCount(), 74)
})

test('an unsupported option is refused even when the rest is known already', () => {
  clientMaterial({ ca: ec.cert })
  const error = thrown(() => clientMaterial({ ca: ec.cert, ALPNProtocols: ['a'] }))
  assert.equal(error?.code, 'TLSJSON_UNSUPPORTED_OPTION')
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
    const { clientMaterial } = require(${JSON.stringify(require.resolve('../../lib/tls-options'))})
    const rejects = options => clientMaterial(options).identity.rejectUnauthorized
    const seen = [rejects({})]
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    seen.push(rejects({}), rejects(undefined), rejects({ rejectUnauthorized: true }))
    seen.push(rejects({ rejectUnauthorized: undefined }))
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
  assert.deepEqual(seen, [true, false, false, true, true, true])
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
  assert.deepEqual(who({ host: 'a', servername: 'b.example.' }), [
    'b.example.',
    'b.example.',
    'b.example',
  ])
  assert.deepEqual(who({ host: 'a', servername: '' }), ['a', undefined, null])
  assert.deepEqual(who({ host: 'a', servername: '127.0.0.1' }), ['127.0.0.1', '127.0.0.1', null])
  for (const servername of ['a b', '-a.example', 'bücher.example', 'a..b', '1.2.3']) {
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
