'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const { X509Certificate } = require('node:crypto')
const { join } = require('node:path')
const { test } = require('node:test')
const tls = require('node:tls')
const { defaultTrust } = require('../../lib/tls/trust')
const { CertificateMaker } = require('./certificates')

const maker = new CertificateMaker()
const library = JSON.stringify(require.resolve('../../lib/tls/trust'))
const digest = (/** @type {string | Buffer} */ der) => new X509Certificate(der).fingerprint256

/**
 * @param {string} [extra] the variable's value; the machine's own never counts
 * @returns {NodeJS.ProcessEnv}
 */
function environment(extra) {
  const { NODE_EXTRA_CA_CERTS: _, ...others } = process.env
  return extra === undefined ? others : { ...others, NODE_EXTRA_CA_CERTS: extra }
}

test('the default roots are Node’s, read once', () => {
  const program = `
    const tls = require('node:tls')
    const { defaultTrust } = require(${library})
    const digest = der => new (require('node:crypto').X509Certificate)(der).fingerprint256
    const roots = defaultTrust()
    const list = tls.getCACertificates ? tls.getCACertificates('default') : tls.rootCertificates
    require('node:assert').deepEqual(roots.map(digest), list.map(digest))
    console.log(roots.length > 0, defaultTrust() === roots)`
  const output = execFileSync(process.execPath, ['-e', program], {
    env: environment(),
    encoding: 'utf8',
  })
  assert.equal(output, 'true true\n')
})

test('a list Node was given later is used from then on', t => {
  const { cert } = maker.selfSigned()
  const list = Object.freeze([cert])
  const original = Object.getOwnPropertyDescriptor(tls, 'getCACertificates')
  t.after(() => {
    if (original) Object.defineProperty(tls, 'getCACertificates', original)
    else Reflect.deleteProperty(tls, 'getCACertificates')
  })
  const before = defaultTrust()
  Object.defineProperty(tls, 'getCACertificates', { value: () => list, configurable: true })
  const roots = defaultTrust()
  assert.notEqual(roots, before)
  assert.deepEqual(roots.map(digest), [digest(cert)])
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
  const env = environment(file)
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
  const [without, missing] = [undefined, join(maker.directory, 'none')].map(extra => {
    const options = { env: environment(extra), encoding: /** @type {const} */ ('utf8') }
    return spawnSync(process.execPath, ['-e', program], options)
  })
  assert.deepEqual([missing.status, missing.stdout], [0, without.stdout])
  assert.ok(Number(without.stdout) > 0)
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
