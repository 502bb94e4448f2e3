'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const { X509Certificate } = require('node:crypto')
const { join } = require('node:path')
const { test } = require('node:test')
const tls = require('node:tls')
const { defaultTrust } = require('../../lib/trust')
const { CertificateMaker } = require('./certificates')

const maker = new CertificateMaker()
const library = JSON.stringify(require.resolve('../../lib/trust'))
const digest = (/** @type {string | Buffer} */ der) => new X509Certificate(der).fingerprint256

/** @returns {readonly string[]} */
function nodesList() {
  const { getCACertificates } = /** @type {any} */ (tls)
  return getCACertificates ? getCACertificates('default') : tls.rootCertificates
}

test('the default roots are Node’s, read once', () => {
  const roots = defaultTrust()
  assert.deepEqual(roots.map(digest), nodesList().map(digest))
  assert.equal(defaultTrust(), roots)
})

test('NODE_EXTRA_CA_CERTS adds to them, as it was when the process started', () => {
  const [first, second, late] = [maker.selfSigned(), maker.selfSigned(), maker.selfSigned()]
  const text = `preamble\n${first.cert}\n${second.cert}`
  const file = join(maker.directory, maker.file(text))
  const other = join(maker.directory, maker.file(late.cert))
  const program = `
    const { defaultTrust } = require(${library})
    process.env.NODE_EXTRA_CA_CERTS = ${JSON.stringify(other)}
    console.log(JSON.stringify(defaultTrust().map(der => der.toString('base64'))))`
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: file }
  const output = execFileSync(process.execPath, ['-e', program], { env, encoding: 'utf8' })
  const found = new Set(
    JSON.parse(output).map((/** @type {string} */ der) => digest(Buffer.from(der, 'base64'))),
  )
  assert.equal(found.has(digest(first.cert)), true)
  assert.equal(found.has(digest(second.cert)), true)
  assert.equal(found.has(digest(late.cert)), false)
  assert.ok(found.size > 2)
})

test('an extra file that is not there does not matter', () => {
  const program = `console.log(require(${library}).defaultTrust().length)`
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(maker.directory, 'none') }
  const { stdout, status } = spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' })
  assert.equal(status, 0)
  assert.equal(Number(stdout), nodesList().length)
})

test('OpenSSL’s own store is not guessed at', () => {
  const program = `
    try { console.log(require(${library}).defaultTrust().length >= 0) }
    catch (error) { console.log(error.code) }`
  const args = ['--use-openssl-ca', '-e', program]
  const output = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()
  const listed = 'getCACertificates' in tls
  assert.equal(output, listed ? 'true' : 'TLSJSON_UNSUPPORTED_OPTION')
})
