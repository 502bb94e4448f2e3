'use strict'

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/**
 * Certificates and keys only a few tests need. Made with the openssl CLI when first asked for, in a
 * directory that goes with the process.
 */

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-special-'))
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }))

/**
 * @param {...string} args
 * @returns {void}
 */
function openssl(...args) {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
}

/**
 * @param {string} name
 * @returns {{ key: Buffer, cert: Buffer }}
 */
function read(name) {
  return {
    key: fs.readFileSync(path.join(folder, `${name}.key`)),
    cert: fs.readFileSync(path.join(folder, `${name}.crt`)),
  }
}

/**
 * A self-signed certificate for localhost that was valid for one day in 2020.
 *
 * @returns {{ key: Buffer, cert: Buffer }}
 */
function expired() {
  fs.writeFileSync(path.join(folder, 'index.txt'), '')
  fs.writeFileSync(
    path.join(folder, 'ca.cnf'),
    [
      '[ca]\ndefault_ca = here',
      '[here]\ndatabase = index.txt\nnew_certs_dir = .\nrand_serial = yes',
      'default_md = sha256\npolicy = any\nx509_extensions = ext',
      '[any]\ncommonName = supplied',
      '[ext]\nbasicConstraints = critical,CA:TRUE',
      '',
    ].join('\n'),
  )
  openssl(
    ...['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost'],
    ...['-keyout', 'expired.key', '-out', 'expired.csr'],
  )
  openssl(
    ...['ca', '-config', 'ca.cnf', '-selfsign', '-batch', '-notext', '-keyfile', 'expired.key'],
    ...['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'],
    ...['-in', 'expired.csr', '-out', 'expired.crt'],
  )
  return read('expired')
}

/**
 * The private key in PEM, encrypted.
 *
 * @param {string} keyFile
 * @param {string} passphrase
 * @returns {Buffer}
 */
function encrypted(keyFile, passphrase) {
  openssl(
    'pkcs8',
    '-topk8',
    '-v2',
    'aes-256-cbc',
    '-in',
    keyFile,
    '-out',
    'encrypted.key',
    '-passout',
    `pass:${passphrase}`,
  )
  return fs.readFileSync(path.join(folder, 'encrypted.key'))
}

module.exports = { expired, encrypted }
