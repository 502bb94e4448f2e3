'use strict'

/** @typedef {import('node:crypto').X509Certificate} X509Certificate */

/** @param {string} name as Node gives it, a line for each part @returns {string} */
function oneLine(name) {
  return name.split('\n').join(', ')
}

/**
 * @param {X509Certificate} certificate
 * @returns {string} such as `RSA 2048 bits`, `EC prime256v1`
 */
function keyText({ publicKey }) {
  const { asymmetricKeyType = 'unknown', asymmetricKeyDetails = {} } = publicKey
  const { modulusLength, namedCurve } = asymmetricKeyDetails
  if (modulusLength !== undefined) return `${asymmetricKeyType.toUpperCase()} ${modulusLength} bits`
  return namedCurve === undefined
    ? asymmetricKeyType
    : `${asymmetricKeyType.toUpperCase()} ${namedCurve}`
}

/**
 * @param {X509Certificate | undefined} certificate
 * @returns {string} several lines
 */
function certificateText(certificate) {
  if (certificate === undefined) return 'no certificate'
  const { subject, issuer, subjectAltName, validFrom, validTo, fingerprint256 } = certificate
  return [
    `subject      ${oneLine(subject)}`,
    `issuer       ${oneLine(issuer)}`,
    `names        ${subjectAltName ?? 'none but that of the subject'}`,
    `valid        ${new Date(validFrom).toISOString()} to ${new Date(validTo).toISOString()}`,
    `key          ${keyText(certificate)}`,
    `fingerprint  ${fingerprint256}`,
  ].join('\n')
}

module.exports = { certificateText, keyText, oneLine }
