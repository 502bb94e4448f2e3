'use strict'

const assert = require('node:assert/strict')
const crypto = require('node:crypto')
const { test } = require('node:test')

const certificates = require('../helpers/certificates')
const { certificateVersion, withVersion1 } = require('../helpers/certificate-der')

test('the first recipe makes X.509 version 1', () => {
  const { cert, key } = certificates.readmeV1()
  assert.equal(certificateVersion(cert), 1)
  assert.ok(new crypto.X509Certificate(cert).checkPrivateKey(crypto.createPrivateKey(key)))
})

test('a version 3 certificate is brought to version 1 where the CLI no longer makes one', () => {
  const { cert, key } = certificates.readmeCa()
  const old = withVersion1(cert, key)
  const x509 = new crypto.X509Certificate(old)
  assert.equal(certificateVersion(cert), 3)
  assert.equal(certificateVersion(old), 1)
  assert.ok(x509.verify(x509.publicKey))
  assert.equal(x509.ca, false)
  assert.equal(x509.subject, 'CN=localhost')
})

test('the chain verifies from leaf to root', () => {
  const { root, intermediate, leaf } = certificates.chain()
  const [top, middle, end] = [root, intermediate, leaf].map(
    pair => new crypto.X509Certificate(pair.cert),
  )
  assert.ok(end?.verify(middle.publicKey))
  assert.ok(middle.verify(top.publicKey))
  assert.ok(end.checkIssued(middle))
  assert.equal(end.checkIP('127.0.0.1'), '127.0.0.1')
})

test('what should be expired, for others or unrelated, is', () => {
  const expired = new crypto.X509Certificate(certificates.expired().cert)
  const wrongName = new crypto.X509Certificate(certificates.wrongName().cert)
  const client = new crypto.X509Certificate(certificates.client().cert)
  assert.ok(Date.parse(expired.validTo) < Date.now())
  assert.equal(wrongName.checkHost('localhost'), undefined)
  assert.deepEqual(client.keyUsage, ['1.3.6.1.5.5.7.3.2'])
  assert.notDeepEqual(certificates.other().cert, certificates.readmeCa().cert)
  assert.equal(new crypto.X509Certificate(certificates.san().cert).checkIP('::1'), '::1')
})
