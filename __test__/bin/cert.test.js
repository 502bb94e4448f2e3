'use strict'

// `tls-json cert`: the files it makes, who may read them, what it never replaces, and what it shows.

const assert = require('node:assert/strict')
const { X509Certificate, createPrivateKey } = require('node:crypto')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const tls = require('node:tls')
const { once } = require('node:events')
const { test } = require('node:test')

const command = require('../../bin/commands/cert')
const { writeFiles } = require('../../bin/cli/certificate-files')
const { UsageError } = require('../../bin/cli/usage-error')
const { cleanup } = require('../helpers/cleanup')
const certificates = require('../helpers/certificates')
const { dial, serve } = require('../helpers/ends')
const { next } = require('../helpers/events')
const { temporary } = require('../helpers/temporary')

const onWindows = process.platform === 'win32' && 'Windows has no such modes and links'

/**
 * Runs the command as the frame does.
 *
 * @param {string[]} positionals
 * @param {Record<string, unknown>} [values] of options
 * @returns {Promise<{ objects: any[], text: string, notes: string[], warnings: string[] }>} what it said
 */
async function run(positionals, values = {}) {
  /** @type {any[]} */
  const objects = []
  /** @type {string[]} */
  const texts = []
  /** @type {string[]} */
  const notes = []
  /** @type {string[]} */
  const warnings = []
  const out = {
    result(/** @type {any} */ object, /** @type {string} */ text) {
      objects.push(object)
      texts.push(text)
    },
    note: (/** @type {string} */ text) => notes.push(text),
    warn: (/** @type {string} */ text) => warnings.push(text),
  }
  const { signal } = new AbortController()
  await command.run(
    /** @type {any} */ ({ positionals, values: { days: 3650, ...values }, out, signal }),
  )
  return { objects, text: texts.join('\n'), notes, warnings }
}

/** @param {string} file */
const mode = file => fs.statSync(file).mode & 0o777

/** @param {string} file */
const certificateOf = file => new X509Certificate(fs.readFileSync(file))

test('make: a key for its owner alone, and a certificate for localhost', async t => {
  const out = temporary(t)
  const { objects, text } = await run(['make'], { out })
  const [key, cert] = [path.join(out, 'localhost.key'), path.join(out, 'localhost.crt')]
  assert.deepEqual(fs.readdirSync(out).sort(), ['localhost.crt', 'localhost.key'])
  assert.equal(text, `${key}\n${cert}`)
  assert.equal(objects[0].key, key)
  assert.equal(objects[0].cert, cert)
  const certificate = certificateOf(cert)
  assert.equal(objects[0].fingerprint256, certificate.fingerprint256)
  assert.equal(Date.parse(objects[0].validTo), Date.parse(certificate.validTo))
  assert.ok(certificate.checkPrivateKey(createPrivateKey(fs.readFileSync(key))))
  if (!onWindows) {
    assert.equal(mode(key), 0o600)
    assert.equal(mode(cert) & 0o022, 0, 'nobody else can write it')
  }

  const options = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) }
  const { server, port } = await serve(t, { options })
  const accepted = next(server, 'authenticated')
  dial(t, port, { host: '127.0.0.1', options: { ca: options.cert } })
  await accepted
})

test('make: names, days, and what the files are called', async t => {
  const out = path.join(temporary(t), 'new', 'folder')
  await run(['make', '*.example.test', '192.0.2.7'], { out, days: 30 })
  const file = path.join(out, '_.example.test.crt')
  const certificate = certificateOf(file)
  assert.equal(certificate.subjectAltName, 'DNS:*.example.test, IP Address:192.0.2.7')
  const days = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)
  assert.equal(days, 30 * 86_400_000)
  await run(['make', '::1'], { out, name: 'here' })
  assert.equal(certificateOf(path.join(out, 'here.crt')).subject, 'CN=::1')
})

test('make --authority: mutual TLS, and further clients by --issuer', async t => {
  const out = temporary(t)
  const { objects } = await run(['make', 'localhost', '127.0.0.1'], { out, authority: true })
  assert.equal(objects.length, 3)
  await run(['make', 'bob'], { out, client: true, issuer: path.join(out, 'ca.crt') })
  const read = (/** @type {string} */ name) => fs.readFileSync(path.join(out, name))
  const ca = read('ca.crt')
  const { server, port } = await serve(t, {
    options: { key: read('server.key'), cert: read('server.crt'), ca, requestCert: true },
  })
  for (const name of ['client', 'bob']) {
    const accepted = next(server, 'authenticated')
    dial(t, port, { options: { key: read(`${name}.key`), cert: read(`${name}.crt`), ca } })
    const [, socket] = await accepted
    assert.equal(socket.authorized, true)
    assert.equal(socket.getPeerCertificate().subject.CN, name)
  }
})

test('make: replaces nothing, and if one file is there writes none', async t => {
  const out = temporary(t)
  const cert = path.join(out, 'localhost.crt')
  fs.writeFileSync(cert, 'mine')
  await assert.rejects(run(['make'], { out }), error => {
    assert.ok(error instanceof UsageError)
    assert.match(error.message, /localhost\.crt.*--force/)
    return true
  })
  assert.deepEqual(fs.readdirSync(out), ['localhost.crt'])
  assert.equal(fs.readFileSync(cert, 'utf8'), 'mine')
})

test('make --force replaces, and gives a key its mode', { skip: onWindows }, async t => {
  const out = temporary(t)
  const key = path.join(out, 'localhost.key')
  fs.writeFileSync(key, 'mine', { mode: 0o644 })
  await run(['make'], { out, force: true })
  assert.match(fs.readFileSync(key, 'utf8'), /PRIVATE KEY/)
  assert.equal(mode(key), 0o600)
  assert.deepEqual(fs.readdirSync(out).sort(), ['localhost.crt', 'localhost.key'])
})

test(
  'make: follows no link, not to a file, nor to nothing, nor by force',
  { skip: onWindows },
  async t => {
    const out = temporary(t)
    const elsewhere = path.join(temporary(t), 'precious')
    const key = path.join(out, 'localhost.key')
    fs.symlinkSync(elsewhere, key)
    await assert.rejects(run(['make'], { out }), UsageError)
    assert.equal(fs.existsSync(elsewhere), false)
    fs.writeFileSync(elsewhere, 'precious')
    await assert.rejects(run(['make'], { out }), UsageError)
    await run(['make'], { out, force: true })
    assert.equal(fs.readFileSync(elsewhere, 'utf8'), 'precious')
    assert.ok(fs.lstatSync(key).isFile())
  },
)

test('make: what cannot be written leaves nothing behind', { skip: onWindows }, async t => {
  const out = temporary(t)
  fs.mkdirSync(path.join(out, 'localhost.crt'))
  await assert.rejects(run(['make'], { out, force: true }), /cannot write .*localhost\.crt: EISDIR/)
  assert.deepEqual(
    fs.readdirSync(out).filter(name => name.startsWith('localhost.crt')),
    ['localhost.crt'],
  )
})

test('who is faster than the command keeps his file, and what it had written is gone', t => {
  const file = path.join(temporary(t), 'localhost.key')
  const draft = (/** @type {string} */ text) => ({ file, text, mode: 0o600 })
  // The second finds the first, which was not there when it looked.
  assert.throws(() => writeFiles([draft('first'), draft('second')], false), /: EEXIST/)
  assert.equal(fs.existsSync(file), false)
})

/** @type {[what: string, positionals: string[], values: Record<string, unknown>, message: RegExp][]} */
const WRONG = [
  ['neither make nor show', [], {}, /make or show/],
  ['something else', ['delete'], {}, /delete/],
  ['a name that is none', ['make', 'a b'], {}, /option names/],
  ['an authority for a client', ['make'], { authority: true, client: true }, /--client/],
  ['an issuer that is not there', ['make'], { issuer: 'nobody.crt' }, /nobody\.crt: ENOENT/],
  ['no certificate to show', ['show'], {}, /which certificate/],
  ['neither a file nor a server', ['show', 'nothing.crt'], {}, /no such file: nothing\.crt/],
]

for (const [what, positionals, values, message] of WRONG) {
  test(`wrong use: ${what}`, async t => {
    const out = temporary(t)
    await assert.rejects(run(positionals, { out, ...values }), error => {
      assert.ok(error instanceof UsageError, String(error))
      assert.match(error.message, message)
      return true
    })
    assert.deepEqual(fs.readdirSync(out), [])
  })
}

test('show FILE: every certificate in it', async () => {
  const { fullchain, leaf } = certificates.chain()
  const file = path.join(path.dirname(leaf.certFile), `${process.pid}-chain.crt`)
  fs.writeFileSync(file, fullchain)
  const { objects, text, warnings } = await run(['show', file])
  fs.rmSync(file)
  const x509 = new X509Certificate(leaf.cert)
  assert.equal(objects.length, 2)
  assert.deepEqual(objects[0], {
    subject: 'CN=localhost',
    issuer: 'CN=Test Intermediate',
    names: ['DNS:localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1'],
    validFrom: new Date(x509.validFrom).toISOString(),
    validTo: new Date(x509.validTo).toISOString(),
    key: 'RSA 2048 bits',
    uses: ['server', 'client'],
    serialNumber: x509.serialNumber,
    fingerprint: x509.fingerprint,
    fingerprint256: x509.fingerprint256,
  })
  assert.deepEqual(objects[1].uses, ['authority'])
  for (const shown of [x509.fingerprint, x509.fingerprint256, 'CN=Test Intermediate']) {
    assert.ok(text.includes(shown), shown)
  }
  assert.deepEqual(warnings, [])
})

test('show FILE: says that one has expired, reads DER, and knows a key from a certificate', async t => {
  const expired = certificates.expired()
  const { warnings } = await run(['show', expired.certFile])
  assert.match(String(warnings[0]), /^expired on \d{4}-/)
  const der = path.join(temporary(t), 'localhost.der')
  fs.writeFileSync(der, new X509Certificate(certificates.san().cert).raw)
  assert.equal((await run(['show', der])).objects[0].subject, 'CN=localhost')
  await assert.rejects(run(['show', expired.keyFile]), /private key, and no certificate/)
})

test('show host:port: what a server sends, judged by nobody', async t => {
  const { fullchain, leaf } = certificates.chain()
  const { port } = await serve(t, { options: { key: leaf.key, cert: fullchain } })
  const { objects } = await run(['show', `127.0.0.1:${port}`], { timeout: 10_000 })
  assert.deepEqual(
    objects.map(({ subject }) => subject),
    ['CN=localhost', 'CN=Test Intermediate'],
  )
})

test('show --servername: the certificate of that name', async t => {
  const named = certificates.wrongName()
  const usual = certificates.san()
  const server = tls.createServer({ key: usual.key, cert: usual.cert })
  server.addContext('example.org', { key: named.key, cert: named.cert })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup(t, async () => {
    server.close()
    await once(server, 'close')
  })
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const options = { timeout: 10_000, servername: 'example.org' }
  const { objects } = await run(['show', `127.0.0.1:${port}`], options)
  assert.equal(objects[0].subject, 'CN=example.org')
})

test('show host:port: nobody listens, or nobody answers', async () => {
  const silent = net.createServer(socket => socket.resume())
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (silent.address())
  await assert.rejects(run(['show', `127.0.0.1:${port}`], { timeout: 50 }), { code: 'ETIMEDOUT' })
  silent.close()
  await once(silent, 'close')
  await assert.rejects(run(['show', `127.0.0.1:${port}`], { timeout: 10_000 }), {
    code: 'ECONNREFUSED',
  })
})
