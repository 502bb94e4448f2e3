'use strict'

const { X509Certificate } = require('node:crypto')
const tls = require('node:tls')
const { isOfNode } = require('./of-node')

/** @typedef {import('node:tls').PeerCertificate} PeerCertificate */
/** @typedef {import('node:tls').DetailedPeerCertificate} DetailedPeerCertificate */
/** @typedef {(hostname: string, certificate: PeerCertificate) => Error | undefined} IdentityCheck */

/** Node's own check, which only reads what it is given; nothing, if another one stands in its place by now. */
const nodesCheck = isOfNode(tls.checkServerIdentity, 'new ERR_TLS_CERT_ALTNAME_INVALID(')
  ? tls.checkServerIdentity
  : undefined

/** Certificate objects that were made for it, by the chain in DER; the last of them. @type {Map<string, object>} */
const made = new Map()

/** How many are kept, with some KB each. */
const KEPT = 256

/**
 * What Node's `getPeerCertificate` gives for a peer with this chain.
 *
 * @param {readonly Uint8Array[]} chain DER: the peer's own first, up to and including the anchor
 * @param {boolean} [detailed] link each certificate to its issuer; a self-issued one to itself
 * @returns {PeerCertificate | DetailedPeerCertificate | {}} `{}` for a peer that sent none
 */
function certificateObject(chain, detailed = false) {
  const used = detailed ? chain : chain.slice(0, 1)
  const certificates = used.map(der => new X509Certificate(der))
  const objects = certificates.map(
    certificate => /** @type {DetailedPeerCertificate} */ (certificate.toLegacyObject()),
  )
  if (detailed) {
    objects.forEach((object, at) => {
      const issuer = objects[at + 1]
      if (issuer !== undefined) object.issuerCertificate = issuer
      else if (certificates[at].checkIssued(certificates[at])) object.issuerCertificate = object
    })
  }
  return objects[0] ?? {}
}

/**
 * The same object for the same chain: to make one costs more than all else that JavaScript does for a connection.
 *
 * @param {readonly Uint8Array[]} chain
 * @returns {object} not to be changed
 */
function sharedObject(chain) {
  const key = Buffer.concat(chain).toString('latin1')
  const object = made.get(key) ?? certificateObject(chain, true)
  made.delete(key)
  made.set(key, object)
  if (made.size > KEPT) made.delete(/** @type {string} */ (made.keys().next().value))
  return object
}

/**
 * Runs the host-name check. To be asked only of a chain that was found good, as Node does.
 *
 * @param {object} question
 * @param {string} question.hostname
 * @param {readonly Uint8Array[]} question.chain DER: the peer's own first, up to and including the anchor
 * @param {IdentityCheck} [question.check] the user's `checkServerIdentity`
 * @returns {unknown} falsy when the name is right, else what 'error' is to be emitted with, of
 *   whatever type the user's function returned
 * @throws whatever the user's function throws; the connection must not be used then
 */
function checkIdentity({ hostname, chain, check }) {
  const verify = check ?? tls.checkServerIdentity
  // Who else is asked may keep the object, or change it.
  const certificate = verify === nodesCheck ? sharedObject(chain) : certificateObject(chain, true)
  return verify(hostname, /** @type {PeerCertificate} */ (certificate))
}

/**
 * @param {any} refusal a chain error, or what {@link checkIdentity} returned
 * @returns {any} what Node shows as `socket.authorizationError`
 */
function authorizationError(refusal) {
  return refusal ? refusal.code || refusal.message : null
}

module.exports = { authorizationError, certificateObject, checkIdentity }
