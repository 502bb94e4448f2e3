'use strict'

// docs/reference/tls-parity.md is what the running Node and this package show.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const tls = require('node:tls')

const { closeServer } = require('../helpers/cleanup')
const { dial, serve } = require('../helpers/ends')
const { helloOf } = require('../helpers/hello')
const { oddPair } = require('../helpers/odd-certificates')
const { Server } = require('../helpers/subject')
const { over, skip } = require('../helpers/transports')

/** @typedef {import('node:test').TestContext} TestContext */

const OPENSSL = process.versions.openssl.split('.', 2).join('.')
const TEXT = fs.readFileSync(
  path.join(__dirname, '..', '..', 'docs', 'reference', 'tls-parity.md'),
  'utf8',
)

/**
 * @param {string} title of a section
 * @returns {string[][]} the rows of its table
 */
function rows(title) {
  const section = TEXT.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
  const lines = section.split('\n').filter(line => line.startsWith('| '))
  const table = lines.map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
  assert.ok(table.length > 5, title)
  return table.slice(1).filter(([cell]) => !/^-+$/.test(String(cell)))
}

/** @param {string} cell such as `0x11ec` */
const number = cell => Number(cell.replaceAll('`', ''))

/** @param {number[]} numbers */
const hex = numbers => numbers.map(one => one.toString(16).padStart(4, '0'))

/**
 * @param {TestContext} t
 * @returns {Promise<import('../helpers/hello').Hello>} Node's
 */
const nodes = t =>
  helloOf(t, port => {
    const socket = tls.connect({ port })
    t.after(() => socket.destroy())
    socket.on('error', () => {})
  })

/**
 * @param {TestContext} t
 * @param {object} [options]
 * @returns {Promise<import('../helpers/hello').Hello>} this package's
 */
const ours = (t, options) =>
  helloOf(t, port => {
    const client = dial(t, port, { options })
    client.on('error', () => {})
    assert.equal(client.transport, 'rustls')
  })

for (const [title, name] of /** @type {const} */ ([
  ['Groups of the key exchange', 'groups'],
  ['Signatures of handshakes', 'schemes'],
])) {
  test(title, { skip }, async t => {
    const [node, own] = [await nodes(t), await ours(t)]
    const table = rows(title)
    const offered = table.filter(([, , by]) => by?.split(', ').includes(OPENSSL))
    const listed = offered.map(([cell]) => number(String(cell)))
    assert.deepEqual(hex(node[name]).sort(), hex(listed).sort(), `OpenSSL ${OPENSSL} offers`)
    const here = new Set(
      offered.filter(row => row[3] === 'yes').map(([cell]) => number(String(cell))),
    )
    assert.deepEqual(hex(own[name]), hex(node[name].filter(one => here.has(one))), 'here')
  })
}

test('shares of the key exchange', { skip }, async t => {
  assert.deepEqual(hex((await ours(t)).shares), hex((await nodes(t)).shares))
})

test('a group that ecdhCurve names is offered alone', { skip }, async t => {
  const known = ['P-521', ...(OPENSSL === '3.0' ? [] : ['X25519MLKEM768', 'SecP256r1MLKEM768'])]
  for (const ecdhCurve of known) {
    const expected = await helloOf(t, port => {
      const socket = tls.connect({ port, ecdhCurve })
      t.after(() => socket.destroy())
      socket.on('error', () => {})
    })
    const { groups, shares } = await ours(t, { ecdhCurve })
    assert.deepEqual([groups, shares], [expected.groups, expected.shares], ecdhCurve)
  }
})

test('Cipher suites', { skip }, async t => {
  const [node, own] = [await nodes(t), await ours(t)]
  const listed = rows('Cipher suites').map(([cell]) => number(String(cell)))
  // The last is the signal of RFC 5746, and no suite.
  assert.deepEqual(hex(own.suites.filter(suite => suite !== 0x00ff)), hex(listed))
  const shared = new Set(listed)
  assert.deepEqual(hex(node.suites.filter(suite => shared.has(suite))), hex(listed))
})

/** How `openssl genpkey` makes them. @type {Record<string, string[]>} */
const KEYS = {
  'EC on P-256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'EC on P-384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'EC on P-521': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  Ed25519: ['-algorithm', 'ED25519'],
  'RSA of 2048 bits': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'RSA of 1024 bits': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  'RSA for PSS only': ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
  Ed448: ['-algorithm', 'ED448'],
}

for (const [name = '', own, peers] of rows('Keys')) {
  test(`keys: ${name}`, { skip }, async t => {
    const pair = oddPair(t, .../** @type {string[]} */ (KEYS[name]))
    const level = name === 'RSA of 1024 bits' ? { ciphers: 'DEFAULT@SECLEVEL=1' } : {}
    const server = new Server({ options: { ...pair, ...level }, password: 'x' })
    closeServer(t, server)
    assert.equal(server.transport, own)
    const versions = peers === 'rustls, with TLS 1.3' ? ['TLSv1.3'] : ['TLSv1.2', 'TLSv1.3']
    for (const version of versions) {
      const got = await meets(t, { ...pair, ...level }, { ca: pair.cert, ...level }, version)
      assert.equal(got, peers === 'none' ? 'error' : 'authenticated', version)
    }
    if (versions.length > 1) return
    const old = await meets(t, { ...pair }, { ca: pair.cert }, 'TLSv1.2')
    assert.equal(old, 'error', 'no difference any more')
  })
}

/**
 * @param {TestContext} t
 * @param {object} server
 * @param {object} client
 * @param {string} version
 * @returns {Promise<string>} what becomes of a client over rustls at a server over Node's own TLS
 */
async function meets(t, server, client, version) {
  const only = { minVersion: version, maxVersion: version }
  const { port } = await over('node', () => serve(t, { options: { ...server, ...only } }))
  const one = dial(t, port, { options: { ...client, ...only } })
  assert.equal(one.transport, 'rustls')
  return new Promise(resolve => {
    one.on('error', () => resolve('error'))
    one.on('authenticated', () => resolve('authenticated'))
  })
}
