'use strict'

const { X509Certificate } = require('node:crypto')
const tls = require('node:tls')

/** @typedef {import('node:tls').PeerCertificate} PeerCertificate */
/** @typedef {import('node:tls').DetailedPeerCertificate} DetailedPeerCertificate */
/** @typedef {(hostname: string, certificate: PeerCertificate) => Error | undefined} IdentityCheck */

/** Node's own check, which looks at nothing but the name and the peer's own certificate. */
const { checkServerIdentity } = tls

/** Names and certificates that it has found to belong together; the last of them. @type {Set<string>} */
const matches = new Set()

/** How many are kept, with 1 to 2 KB each. */
const MATCHES_KEPT = 256

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
  // Making certificate objects costs more than all else that JavaScript does for a connection.
  const key =
    verify === checkServerIdentity && typeof hostname === 'string' && chain.length > 0
      ? `${hostname.length} ${hostname} ${Buffer.from(chain[0]).toString('latin1')}`
      : null
  if (key !== null && matches.delete(key)) {
    matches.add(key)
    return undefined
  }
  const refusal = verify(hostname, /** @type {PeerCertificate} */ (certificateObject(chain, true)))
  if (key !== null && !refusal) {
    matches.add(key)
    if (matches.size > MATCHES_KEPT)
      matches.delete(/** @type {string} */ (matches.values().next().value))
  }
  return refusal
}

/**
 * @param {any} refusal a chain error, or what {@link checkIdentity} returned
 * @returns {any} what Node shows as `socket.authorizationError`
 */
function authorizationError(refusal) {
  return refusal ? refusal.code || refusal.message : null
}

module.exports = { authorizationError, certificateObject, checkIdentity }
