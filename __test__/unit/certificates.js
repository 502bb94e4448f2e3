'use strict'

const { execFileSync } = require('node:child_process')
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

/**
 * A place to make keys and certificates in, with the openssl command.
 */
class CertificateMaker {
  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'tls-json-unit-'))
    this.serial = 0
    process.once('exit', () => rmSync(this.directory, { recursive: true, force: true }))
  }

  /**
   * @param {...string} args
   * @returns {string} what the command printed
   */
  openssl(...args) {
    return execFileSync('openssl', args, {
      cwd: this.directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /**
   * @param {string} name
   * @returns {string} the text of that file
   */
  read(name) {
    return readFileSync(join(this.directory, name), 'utf8')
  }

  /**
   * @param {string} text
   * @returns {string} the name of a new file that holds it
   */
  file(text) {
    this.serial += 1
    const name = `file-${this.serial}`
    writeFileSync(join(this.directory, name), text)
    return name
  }

  /**
   * @param {...string} args of `openssl genpkey`
   * @returns {string} PKCS#8, PEM
   */
  key(...args) {
    const given =
      args.length > 0 ? args : ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
    return this.openssl('genpkey', ...given)
  }

  /**
   * @param {string} key
   * @param {string} cert
   * @returns {Buffer} a revocation list of theirs without entries
   */
  revocationList(key, cert) {
    const database = this.file('')
    const config = this.file(
      `[ca]\ndefault_ca=here\n[here]\ndatabase=${database}\ndefault_md=sha256\n`,
    )
    const by = ['-keyfile', this.file(key), '-cert', this.file(cert)]
    return Buffer.from(this.openssl('ca', '-gencrl', '-config', config, ...by, '-crldays', '30'))
  }

  /**
   * @param {string} key
   * @param {string} cert
   * @returns {Buffer} a PKCS #12 file without a passphrase
   */
  container(key, cert) {
    const files = ['-inkey', this.file(key), '-in', this.file(cert), '-out', 'container']
    this.openssl('pkcs12', '-export', ...files, '-passout', 'pass:')
    return readFileSync(join(this.directory, 'container'))
  }

  /**
   * @param {{ key?: string, subject?: string, extensions?: string[] }} [wish]
   * @returns {{ key: string, cert: string }}
   */
  selfSigned({ key = this.key(), subject = '/CN=localhost', extensions = [] } = {}) {
    const cert = this.openssl(
      ...['req', '-x509', '-new', '-key', this.file(key), '-subj', subject, '-days', '3650'],
      ...extensions.flatMap(extension => ['-addext', extension]),
    )
    return { key, cert }
  }

  /**
   * @param {{ key: string, cert: string }} issuer
   * @param {{ subject?: string, extensions?: string[] }} [wish]
   * @returns {{ key: string, cert: string }}
   */
  issued(issuer, { subject = '/CN=localhost', extensions = [] } = {}) {
    const key = this.key()
    const request = this.openssl('req', '-new', '-key', this.file(key), '-subj', subject)
    this.serial += 1
    const cert = this.openssl(
      ...['x509', '-req', '-in', this.file(request), '-CA', this.file(issuer.cert)],
      ...['-CAkey', this.file(issuer.key), '-set_serial', String(this.serial), '-days', '2000'],
      ...['-sha256', '-extfile', this.file(`${extensions.join('\n')}\n`)],
    )
    return { key, cert }
  }

  /** @returns {{ root: { key: string, cert: string }, inter: { key: string, cert: string }, leaf: { key: string, cert: string } }} */
  family() {
    const signing = 'keyUsage=critical,keyCertSign,cRLSign'
    const root = this.selfSigned({ subject: '/CN=Lab Root', extensions: [signing] })
    const inter = this.issued(root, {
      subject: '/CN=Lab Intermediate',
      extensions: ['basicConstraints=critical,CA:TRUE', signing],
    })
    const leaf = this.issued(inter, {
      extensions: ['basicConstraints=CA:FALSE', 'subjectAltName=DNS:localhost'],
    })
    return { root, inter, leaf }
  }
}

module.exports = { CertificateMaker }
