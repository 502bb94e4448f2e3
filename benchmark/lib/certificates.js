'use strict'

const { execFileSync } = require('node:child_process')
const path = require('node:path')

/**
 * @typedef {object} Certificate
 * @property {string} key path of the PEM file
 * @property {string} cert path of the PEM file
 */

/** What openssl is told to make. */
const NEW_KEY = {
  rsa: ['rsa:2048'],
  ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
}

/**
 * Makes a self-signed certificate for localhost.
 *
 * @param {string} directory
 * @param {keyof typeof NEW_KEY} kind RSA-2048 as in the README's recipe, or P-256
 * @returns {Certificate}
 */
function makeCertificate(directory, kind) {
  const key = path.join(directory, `${kind}.key`)
  const cert = path.join(directory, `${kind}.crt`)
  const args = ['req', '-x509', '-newkey', ...NEW_KEY[kind], '-sha256', '-nodes', '-days', '2']
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
