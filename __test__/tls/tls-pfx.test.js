'use strict'

// Key, certificate and authorities in one file. Node's own ends are asked in the same run.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const tls = require('node:tls')
const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { next } = require('../helpers/events')
const { connect, nextClient, tlsServer } = require('../helpers/negotiate')
const { Server, difference } = require('../helpers/subject')

const { root, intermediate, leaf } = certificates.chain()
const kinds = /** @type {const} */ (['native', 'node'])

/**
 * @param {import('node:test').TestContext} t
 * @param {string} password
 * @param {{ pair?: any, more?: any[], args?: string[] }} [wish]
 * @returns {Buffer} made by `openssl pkcs12 -export`
 */
function pfx(t, password, { pair = leaf, more = [], args = [] } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-pfx-'))
  cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }))
  const [file, others] = [path.join(folder, 'file.pfx'), path.join(folder, 'more.pem')]
  fs.writeFileSync(others, Buffer.concat(more.map(each => each.cert)))
  certificates.openssl(
    ...['pkcs12', '-export', '-inkey', pair.keyFile, '-in', pair.certFile, '-out', file],
    ...['-passout', `pass:${password}`, ...(more.length > 0 ? ['-certfile', others] : []), ...args],
  )
  return fs.readFileSync(file)
}

/**
 * @param {import('node:test').TestContext} t
 * @param {any} options of a server
 * @returns {Promise<string[]>} the certificates that it sends, and the root that ends the chain
 */
async function sent(t, options) {
  const server = await tlsServer(t, options.kind, options)
  const { port } = server.address()
  const socket = tls.connect({ port, rejectUnauthorized: false, ca: root.cert })
  t.after(() => socket.destroy())
  await next(socket, 'secureConnect')
  const names = []
  for (let at = socket.getPeerCertificate(true); at?.subject; at = at.issuerCertificate) {
    names.push(at.subject.CN)
    if (at === at.issuerCertificate) break
  }
  socket.destroy()
  return names.map(String)
}

const weak = ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']

/** @type {Record<string, { password?: string, more?: any[], args?: string[] }>} */
const forms = {
  'AES-256': {},
  'AES-128': { args: ['-certpbe', 'AES-128-CBC', '-keypbe', 'AES-128-CBC'] },
  'AES-192': { args: ['-certpbe', 'AES-192-CBC', '-keypbe', 'AES-192-CBC'] },
  '3DES': { args: weak },
  '3DES of PBES2': { args: ['-certpbe', 'DES-EDE3-CBC', '-keypbe', 'DES-EDE3-CBC'] },
  'an open certificate': { args: ['-certpbe', 'NONE'] },
  'an open key': { args: ['-keypbe', 'NONE'] },
  'no passphrase': { password: '' },
  'no passphrase, 3DES': { password: '', args: weak },
  'a long passphrase in other letters, 3DES': { password: 'пароль '.repeat(9), args: weak },
  'the intermediate': { more: [intermediate] },
  'the whole chain, 3DES': { more: [intermediate, root], args: weak },
  'the whole chain and an unrelated certificate': {
    more: [certificates.other(), root, intermediate],
  },
}

for (const [name, { password = 'open sesame', ...wish }] of Object.entries(forms)) {
  test(`a server with a pfx: ${name}`, async t => {
    const file = pfx(t, password, wish)
    const options = { pfx: file, ...(password && { passphrase: password }) }
    const expected = await sent(t, { kind: 'node', ...options })
    assert.equal(expected[0], 'localhost')
    assert.deepEqual(await sent(t, { kind: 'native', ...options }), expected)
  })
}

test('all certificates in a pfx are sent, also those that belong to no chain', async t => {
  const file = pfx(t, 'x', { more: [certificates.other(), intermediate] })
  const counts = []
  for (const kind of kinds) {
    const server = await tlsServer(t, kind, { pfx: file, passphrase: 'x' })
    const { port } = server.address()
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-showcerts']
    const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] })
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    child.stdin.end()
    await next(child, 'close')
    counts.push(output.match(/BEGIN CERTIFICATE/g)?.length)
  }
  assert.deepEqual(counts, [3, 3])
})

test('a list, with a passphrase for each or one for all', async t => {
  const file = pfx(t, 'one')
  const lists = [
    { pfx: [file], passphrase: 'one' },
    { pfx: [{ buf: file, passphrase: 'one' }] },
    { pfx: [{ buf: file }], passphrase: 'one' },
    { pfx: [{ buf: file, passphrase: 'one' }], passphrase: 'two' },
    { pfx: [{ buf: file, passphrase: Buffer.from('one') }] },
    { pfx: new Uint8Array(file), passphrase: 'one' },
  ]
  for (const options of lists) {
    assert.deepEqual(
      await sent(t, { kind: 'native', ...options }),
      await sent(t, { kind: 'node', ...options }),
    )
  }
})

test('authorities in a pfx are trusted, beside those of ca', async t => {
  const { key, cert } = certificates.san()
  for (const [options, files] of /** @type {[any, any[]][]} */ ([
    [{ key: leaf.key, cert: certificates.chain().fullchain }, [root]],
    [{ key: leaf.key, cert: certificates.chain().fullchain }, []],
    [{ key, cert }, [root]],
  ])) {
    const client = { pfx: pfx(t, 'x', { more: files }), passphrase: 'x', ca: cert }
    const seen = []
    for (const kind of kinds) {
      const server = await tlsServer(t, 'node', options)
      seen.push(await connect(t, kind, server.address().port, client))
      seen.push(await connect(t, kind, server.address().port, { ...client, ca: undefined }))
    }
    assert.deepEqual(seen.slice(0, 2), seen.slice(2))
  }
})

test('a client shows the certificate of its pfx', async t => {
  const rules = { requestCert: true, ca: root.cert }
  const file = pfx(t, 'x', { more: [intermediate] })
  for (const kind of kinds) {
    const { key, cert } = certificates.san()
    const server = await tlsServer(t, kind, { key, cert, ...rules })
    const arrived = nextClient(server)
    const options = { pfx: file, passphrase: 'x', ca: cert }
    await connect(t, 'native', server.address().port, options)
    assert.equal(/** @type {any} */ (await arrived).protocol, 'TLSv1.3')
  }
})

test('a pfx that cannot be opened throws what Node throws', t => {
  const file = pfx(t, 'right')
  for (const options of [
    { pfx: file },
    { pfx: file, passphrase: 'wrong' },
    { pfx: Buffer.from('garbage'), passphrase: 'x' },
    { pfx: file.subarray(0, 100), passphrase: 'right' },
    { pfx: [{ buf: file, passphrase: 'wrong' }], passphrase: 'right' },
    { pfx: 5 },
  ]) {
    const [expected, actual] = [
      () => tls.createServer(/** @type {any} */ (options)),
      () => new Server({ options: /** @type {any} */ (options), password: 'x' }),
    ].map(make => {
      try {
        make()
      } catch (/** @type {any} */ error) {
        return { name: error.name, code: error.code, message: error.message }
      }
      return null
    })
    assert.ok(expected)
    assert.deepEqual(actual, expected)
  }
})

difference('a pfx in a form that only Node reads is left to Node’s own TLS', t => {
  const file = pfx(t, 'secret', { args: ['-certpbe', 'PBE-SHA1-2DES'] })
  tls.createServer({ pfx: file, passphrase: 'secret' })
  const server = new Server({ options: { pfx: file, passphrase: 'secret' }, password: 'x' })
  assert.equal(server.transport, 'node')
})
