'use strict'

const { readFileSync } = require('node:fs')
const path = require('node:path')

const { openssl } = require('./certificates')
const { temporaryFolder } = require('./cleanup')

/**
 * A self-signed certificate for localhost with a key of an unusual kind.
 *
 * @param {import('node:test').TestContext} t
 * @param {...string} key as `openssl genpkey` takes it
 * @returns {{ key: Buffer, cert: Buffer }}
 */
function oddPair(t, ...key) {
  const folder = temporaryFolder(t)
  const [keyFile, certFile] = [path.join(folder, 'odd.key'), path.join(folder, 'odd.crt')]
  openssl('genpkey', ...key, '-out', keyFile)
  const subject = ['-subj', '/CN=localhost', '-days', '30']
  openssl('req', '-x509', '-new', '-key', keyFile, ...subject, '-out', certFile)
  return { key: readFileSync(keyFile), cert: readFileSync(certFile) }
}

module.exports = { oddPair }
