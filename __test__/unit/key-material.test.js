'use strict'

const assert = require('node:assert/strict')
const { createPrivateKey, createPublicKey, X509Certificate } = require('node:crypto')
const { test } = require('node:test')
const { clientMaterial } = require('../../lib/tls/client-material')
const { serverMaterial } = require('../../lib/tls/server-material')
const { CertificateMaker } = require('./certificates')
const { handshake } = require('./node-peers')

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
    [
      maker.key('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'),
      /EC key on secp256k1/,
    ],
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
