'use strict'

const { execFileSync } = require('node:child_process')
const path = require('node:path')

/**
 * @typedef {object} Certificate
 * @property {string} key path of the PEM file
 * @property {string} cert path of the PEM file
 */

/**
 * Makes a self-signed certificate for localhost, RSA-2048 as in the README's recipe.
 *
 * @param {string} directory
 * @returns {Certificate}
 */
function makeCertificate(directory) {
  const key = path.join(directory, 'localhost.key')
  const cert = path.join(directory, 'localhost.crt')
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-sha256', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  try {
    execFileSync('openssl', [...args, ...names, '-keyout', key, '-out', cert], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 30000,
    })
  } catch (error) {
    throw new Error('the openssl command could not make a certificate', { cause: error })
  }
  return { key, cert }
}

module.exports = { makeCertificate }
