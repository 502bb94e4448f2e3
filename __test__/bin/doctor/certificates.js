'use strict'

// Why a certificate is refused: doctor names it.

const fs = require('node:fs')
const path = require('node:path')

const { alone, days, good, root, serving, trusting } = require('../../helpers/doctor')
const { temporaryFolder } = require('../../helpers/cleanup')
const { rsaKeys } = require('../../helpers/rsa-keys')
const { certificate, revocationList } = require('../../helpers/x509')
const extensions = require('../../helpers/x509-extensions')

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {import('../../helpers/doctor').Case} Case */
/** @typedef {import('../../helpers/x509').Issued} Issued */

/** @param {import('../../helpers/x509').Extension[]} list @returns {Issued} issued by the root */
function issuer(list = extensions.authority()) {
  return certificate({ subject: 'Between', issuer: root, extensions: list })
}

/** @param {Issued} between @returns {Issued} issued by it */
function below(between) {
  return certificate({ issuer: between, extensions: extensions.leaf() })
}

/** @type {Case[]} */
const CASES = [
  {
    title: 'an expired certificate',
    make: async t => {
      const leaf = alone({ from: days(-20), to: days(-10) })
      return [await serving(t, leaf), ...trusting(t, leaf)]
    },
    error: 'CERT_HAS_EXPIRED',
    ...{ cause: 'expired', step: 'certificate', exit: 4, says: /Renew it at the server/ },
  },
  {
    title: 'an expired authority in the chain',
    make: async t => {
      const old = certificate({
        ...{ subject: 'Old', extensions: extensions.authority(), from: days(-20), to: days(-10) },
      })
      const leaf = certificate({ issuer: old, extensions: extensions.leaf() })
      return [await serving(t, leaf, [old]), ...trusting(t, old)]
    },
    ...{ cause: 'expired', step: 'certificate', exit: 4, says: />2 CN=Old/ },
  },
  {
    title: 'a certificate that is not valid yet',
    make: async t => {
      const leaf = alone({ from: days(10) })
      return [await serving(t, leaf), ...trusting(t, leaf)]
    },
    error: 'CERT_NOT_YET_VALID',
    ...{ cause: 'not-yet-valid', step: 'certificate', exit: 4, says: /Check the clock/ },
  },
  {
    title: 'a certificate for another name',
    make: async t => {
      const own = [extensions.alternativeNames('DNS:example.org')]
      const leaf = certificate({ issuer: root, extensions: own })
      return [await serving(t, leaf), ...trusting(t, root)]
    },
    error: 'ERR_TLS_CERT_ALTNAME_INVALID',
    ...{
      cause: 'wrong-name',
      step: 'certificate',
      exit: 4,
      says: /not for localhost, but for DNS:example\.org/,
    },
  },
  {
    title: 'a certificate with a name alone, for an address',
    make: async t => {
      const leaf = certificate({ issuer: root })
      const at = await serving(t, leaf)
      return [at.replace('localhost', '127.0.0.1'), ...trusting(t, root)]
    },
    ...{
      cause: 'address-needs-altname',
      step: 'certificate',
      exit: 4,
      says: /--servername localhost/,
    },
  },
  {
    title: 'a certificate for another address',
    make: async t => {
      const at = await serving(t, good)
      return [at.replace('localhost', '127.0.0.1'), ...trusting(t, root)]
    },
    ...{
      cause: 'wrong-name',
      step: 'certificate',
      exit: 4,
      says: /subjectAltName IP:127\.0\.0\.1/,
    },
  },
  {
    title: 'an unknown issuer',
    make: async t => [await serving(t, good), ...trusting(t, alone({ subject: 'Other' }))],
    error: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ...{ cause: 'unknown-issuer', step: 'certificate', exit: 4, says: /Is --ca the right file/ },
  },
  {
    title: 'an unknown issuer that is sent along',
    make: async t => [await serving(t, good, [root])],
    error: 'SELF_SIGNED_CERT_IN_CHAIN',
    ...{ cause: 'unknown-issuer', step: 'certificate', exit: 4, says: /SELF_SIGNED_CERT_IN_CHAIN/ },
  },
  {
    title: 'a missing intermediate certificate',
    make: async t => {
      return [await serving(t, below(issuer())), ...trusting(t, root)]
    },
    ...{
      cause: 'unknown-issuer',
      step: 'certificate',
      exit: 4,
      says: /If an intermediate certificate is missing/,
    },
  },
  {
    title: 'an intermediate certificate whose issuer is unknown',
    make: async t => {
      const between = issuer()
      return [
        await serving(t, below(between), [between]),
        ...trusting(t, alone({ subject: 'Other' })),
      ]
    },
    error: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ...{ cause: 'unknown-issuer', step: 'certificate', exit: 4, says: /CN=Root/ },
  },
  {
    title: 'trust in an intermediate certificate alone',
    make: async t => {
      const between = issuer()
      return [await serving(t, below(between)), ...trusting(t, between)]
    },
    error: 'UNABLE_TO_GET_ISSUER_CERT',
    ...{ cause: 'unknown-issuer', step: 'certificate', exit: 4, says: /It must have that issuer/ },
  },
  {
    title: 'a self-signed certificate',
    make: async t => [await serving(t, alone({}))],
    error: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    ...{ cause: 'self-signed', step: 'certificate', exit: 4, says: /tls-json cert show localhost/ },
  },
  {
    title: 'a certificate for clients',
    make: async t => {
      const own = [
        extensions.extendedKeyUsage('clientAuth'),
        extensions.alternativeNames('DNS:localhost'),
      ]
      return [
        await serving(t, certificate({ issuer: root, extensions: own })),
        ...trusting(t, root),
      ]
    },
    error: 'INVALID_PURPOSE',
    ...{ cause: 'wrong-purpose', step: 'certificate', exit: 4, says: /no serverAuth/ },
  },
  {
    title: 'an issuer that may not issue',
    make: async t => {
      const between = issuer(extensions.leaf())
      return [await serving(t, below(between), [between]), ...trusting(t, root)]
    },
    ...{
      cause: 'invalid-ca',
      step: 'certificate',
      exit: 4,
      says: /Let a certificate authority issue it/,
    },
  },
  {
    title: 'an issuer that is no authority',
    make: async t => {
      const between = issuer([extensions.basicConstraints(false)])
      return [await serving(t, below(between), [between]), ...trusting(t, root)]
    },
    ...{ cause: 'invalid-ca', step: 'certificate', exit: 4, says: />2 CN=Between.*no CA:TRUE/ },
  },
  {
    title: 'an issuer of which nothing says that it is an authority',
    make: async t => {
      const between = issuer([extensions.keyUsage('keyCertSign')])
      return [await serving(t, below(between), [between]), ...trusting(t, root)]
    },
    error: 'INVALID_CA',
    ...{ cause: 'invalid-ca', step: 'certificate', exit: 4, says: />2 CN=Between.*no CA:TRUE/ },
  },
  {
    title: 'an authority for clients',
    make: async t => {
      const between = issuer([...extensions.authority(), extensions.extendedKeyUsage('clientAuth')])
      return [await serving(t, below(between), [between]), ...trusting(t, root)]
    },
    ...{
      cause: 'wrong-purpose',
      step: 'certificate',
      exit: 4,
      says: />2 CN=Between.*An authority/,
    },
  },
  {
    title: 'a chain that is too long for its authority',
    make: async t => {
      const list = [extensions.basicConstraints(true, 0), extensions.keyUsage('keyCertSign')]
      const short = certificate({ subject: 'Short', extensions: list })
      const between = certificate({
        subject: 'Between',
        issuer: short,
        extensions: extensions.authority(),
      })
      return [await serving(t, below(between), [between]), ...trusting(t, short)]
    },
    error: 'PATH_LENGTH_EXCEEDED',
    ...{ cause: 'path-length', step: 'certificate', exit: 4, says: /pathlen/ },
  },
  {
    title: 'a key too small for the security level',
    make: async t => {
      const keys = rsaKeys(1024)
      const leaf = certificate({ keys, issuer: root, extensions: extensions.leaf() })
      const at = await serving(t, leaf, [], { ciphers: 'DEFAULT@SECLEVEL=0' })
      return [at, ...trusting(t, root), '--ciphers', 'DEFAULT@SECLEVEL=2']
    },
    error: 'UNSPECIFIED',
    ...{ cause: 'weak-key', step: 'certificate', exit: 4, says: /RSA of 2048 bits or more/ },
  },
  {
    title: 'a digest too weak for the security level',
    make: async t => {
      const leaf = certificate({ digest: 'sha1', issuer: root, extensions: extensions.leaf() })
      const at = await serving(t, leaf, [], { ciphers: 'DEFAULT@SECLEVEL=0' })
      return [at, ...trusting(t, root)]
    },
    ...{ cause: 'weak-digest', step: 'certificate', exit: 4, says: /SHA-256/ },
  },
  {
    title: 'a certificate that a list revokes',
    make: async t => {
      const file = path.join(temporaryFolder(t), 'root.crl')
      fs.writeFileSync(file, revocationList({ issuer: root, revoked: [good.serial] }))
      return [await serving(t, good), ...trusting(t, root), '--crl', file]
    },
    ...{ cause: 'revoked', step: 'certificate', exit: 4, says: /CERT_REVOKED.*Renew it/ },
  },
  {
    title: 'a certificate whose signature is wrong',
    make: async t => {
      const leaf = certificate({ issuer: root, extensions: extensions.leaf(), badSignature: true })
      return [await serving(t, leaf), ...trusting(t, root)]
    },
    ...{
      cause: 'certificate-refused',
      step: 'certificate',
      exit: 4,
      says: /signature failure \(CERT_SIGNATURE_FAILURE\)/,
    },
  },
]

module.exports = CASES
