'use strict'

// Why a server does not let a client in whose TLS is right; and what doctor says where all is well.

const assert = require('node:assert/strict')
const os = require('node:os')
const tls = require('node:tls')
const { describe, test } = require('node:test')

const { tlsJson } = require('../helpers/command')
const {
  ENV,
  alone,
  days,
  good,
  having,
  listening,
  names,
  root,
  serving,
  trusting,
} = require('../helpers/doctor')
const { certificate } = require('../helpers/x509')
const extensions = require('../helpers/x509-extensions')

names('logins', require('./doctor/logins'))

describe('doctor', { concurrency: Math.max(2, os.availableParallelism()) }, () => {
  test('all is well', async t => {
    const at = await serving(t, good)
    const args = ['doctor', at, ...trusting(t, root), '--request', '{"a":1}']
    const { code, stdout, stderr } = await tlsJson(t, args, { env: ENV })
    assert.deepEqual([code, stderr], [0, ''], stdout)
    for (const pattern of [
      /^ok {4}name {9}localhost is .*127\.0\.0\.1/m,
      /^ok {4}tcp {10}127\.0\.0\.1:\d+ \(/m,
      /^ok {4}tls {10}TLSv1\.3, TLS_AES_\d+_GCM_SHA\d+, X25519/m,
      /offered TLSv1\.3, TLSv1\.2; 9 suites; X25519/,
      /^ok {4}certificate {2}trusted, for localhost$/m,
      / 1 CN=localhost, issued by CN=Root/,
      /^ok {4}client cert {2}not asked for$/m,
      /^ok {4}login {8}accepted; TLSv1\.3/m,
      /^ok {4}round trip {3}.* to \{"fine":true\}$/m,
    ]) {
      assert.match(stdout, pattern)
    }
  })

  test('a client certificate that is asked for and accepted, and a certificate that ends soon', async t => {
    const leaf = certificate({ issuer: root, extensions: extensions.leaf(), to: days(10) })
    const mine = certificate({ subject: 'client', issuer: root })
    const at = await serving(t, leaf, [], {
      ca: root.pem,
      requestCert: true,
      rejectUnauthorized: true,
    })
    const args = ['doctor', at, ...trusting(t, root), ...having(t, mine)]
    const { code, stdout } = await tlsJson(t, args, { env: ENV })
    assert.equal(code, 0, stdout)
    assert.match(stdout, /^ok {4}client cert {2}the server asks for one; ours is given$/m)
    assert.match(stdout, /^note {2}certificate {2}ends in 9 days$/m)
  })

  test('--json: an object for each step, and one for the cause', async t => {
    const args = ['doctor', await serving(t, alone({})), '--json']
    const { code, stdout } = await tlsJson(t, args, { env: ENV })
    assert.equal(code, 4)
    const objects = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual(
      objects
        .map(({ step, verdict, cause }) => cause ?? `${step} ${verdict}`)
        .filter(each => each !== 'tcp note'),
      ['name ok', 'tcp ok', 'tls ok', 'certificate fail', 'self-signed'],
    )
    assert.deepEqual(objects.find(({ step }) => step === 'tls').offered.versions, [
      'TLSv1.3',
      'TLSv1.2',
    ])
    assert.equal(objects.at(-2).code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
    assert.ok(objects.at(-1).remedies.length > 0)
  })

  test('the password is not given to a server whose certificate is refused', async t => {
    /** @type {string[]} */
    const heard = []
    const leaf = alone({})
    const server = tls.createServer({ key: leaf.key, cert: leaf.pem }, socket => {
      socket.on('error', () => {}).on('data', data => heard.push(String(data)))
    })
    const { code } = await tlsJson(t, ['doctor', await listening(t, server)], { env: ENV })
    assert.equal(code, 4)
    assert.deepEqual(heard, [])
  })
})
