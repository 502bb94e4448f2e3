'use strict'

/**
 * RSA keys. To make one takes up to a second of a processor, and whether it is new matters to no test: some of each kind
 * that is asked for are recorded in fixtures/rsa-keys.json, as PKCS#1 in Base64.
 */

const crypto = require('node:crypto')

/** @typedef {import('./x509').Keys} Keys */

/** By bits, and the exponent if it is unusual. @type {Map<string, string[]>} those that this process has not had */
const left = new Map(
  Object.entries(require('../fixtures/rsa-keys.json')).map(([kind, keys]) => [kind, [...keys]]),
)

/**
 * @param {number} modulusLength bits
 * @param {number} [publicExponent]
 * @returns {Keys} others each time
 */
function rsaKeys(modulusLength, publicExponent = 0x10001) {
  const kind =
    publicExponent === 0x10001 ? `${modulusLength}` : `${modulusLength} ${publicExponent}`
  const recorded = left.get(kind)?.shift()
  if (recorded === undefined) {
    return crypto.generateKeyPairSync('rsa', { modulusLength, publicExponent })
  }
  const key = Buffer.from(recorded, 'base64')
  const privateKey = crypto.createPrivateKey({ key, format: 'der', type: 'pkcs1' })
  return { privateKey, publicKey: crypto.createPublicKey(privateKey) }
}

module.exports = { rsaKeys }
