'use strict'

/**
 * Certificates for tests, made with the openssl CLI in a folder that goes when the process ends.
 * Each kind is made once, when it is first asked for: by the process, or by all that are given the folder
 * TLSJSON_TEST_CERTIFICATES.
 */

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const crypto = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { certificateVersion, withValidity, withVersion1 } = require('./certificate-der')

/**
 * @typedef {object} Pair A private key and its certificate, PEM, as contents and as files
 * @property {Buffer} key
 * @property {Buffer} cert
 * @property {string} keyFile
 * @property {string} certFile
 */

/**
 * @typedef {object} Chain A leaf for localhost and 127.0.0.1 that a root issued through an intermediate
 * @property {Pair} root
 * @property {Pair} intermediate
 * @property {Pair} leaf its `cert` is the leaf alone
 * @property {Buffer} fullchain leaf and intermediate, as a server gives them in `cert`
 */

/** What makes them takes longer than most files of tests. */
const { TLSJSON_TEST_CERTIFICATES: SHARED } = process.env

/** Names of files are counted. */
let counter = 0

/** @type {string | undefined} */
let folder

/** @type {Map<string, Pair[]>} */
const made = new Map()

/**
 * A new path in this process's folder.
 *
 * @param {string} name
 * @returns {string}
 */
function newFile(name) {
  if (folder === undefined) {
    const created = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-certificates-'))
    process.on('exit', () => fs.rmSync(created, { recursive: true, force: true }))
    folder = created
  }
  counter += 1
  return path.join(folder, `${counter}-${name}`)
}

/**
 * Runs openssl, without a terminal to prompt on.
 *
 * @param {...string} args
 * @returns {string} what it printed
 */
function openssl(...args) {
  try {
    return execFileSync('openssl', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    })
  } catch (err) {
    const { stderr } = /** @type {{ stderr?: string }} */ (err)
    throw new Error(`openssl ${args.join(' ')}: ${stderr ?? err}`, { cause: err })
  }
}

/**
 * @param {string} keyFile
 * @param {string} certFile
 * @returns {Pair}
 */
function readPair(keyFile, certFile) {
  return { key: fs.readFileSync(keyFile), cert: fs.readFileSync(certFile), keyFile, certFile }
}

/**
 * The pairs of a kind, made now if nobody has.
 *
 * @param {string} kind
 * @param {() => Pair[]} make
 * @returns {Pair[]}
 */
function once(kind, make) {
  const known = made.get(kind)
  if (known) return known
  const pairs = SHARED ? shared(path.join(SHARED, kind), make) : make()
  made.set(kind, pairs)
  return pairs
}

/**
 * @param {string} home the kind's folder, there as a whole or not at all
 * @param {() => Pair[]} make
 * @returns {Pair[]}
 */
function shared(home, make) {
  const files = (/** @type {string} */ where, /** @type {number} */ at) =>
    /** @type {const} */ ([path.join(where, `${at}.key`), path.join(where, `${at}.crt`)])
  if (!fs.existsSync(home)) {
    const draft = fs.mkdtempSync(`${home}-`)
    for (const [at, { keyFile, certFile }] of make().entries()) {
      const [key, cert] = files(draft, at)
      fs.copyFileSync(keyFile, key)
      fs.copyFileSync(certFile, cert)
    }
    try {
      fs.renameSync(draft, home)
    } catch (err) {
      // Another process was faster.
      if (!fs.existsSync(home)) throw err
      fs.rmSync(draft, { recursive: true })
    }
  }
  const count = fs.readdirSync(home).length / 2
  return Array.from({ length: count }, (_, at) => readPair(...files(home, at)))
}

/**
 * The one pair of a kind.
 *
 * @param {string} kind
 * @param {() => Pair} make
 * @returns {Pair}
 */
function one(kind, make) {
  return /** @type {[Pair]} */ (once(kind, () => [make()]))[0]
}

/**
 * A new RSA key of 2048 bits, as in both recipes.
 *
 * @returns {string} its file
 */
function newKey() {
  const file = newFile('key.pem')
  openssl('genrsa', '-out', file, '2048')
  return file
}

/**
 * A certificate made by `openssl x509 -req`: self-signed, or issued by another.
 *
 * @param {object} options
 * @param {string} options.subject such as /CN=localhost
 * @param {string[]} [options.extensions] lines of an extension section; none makes no extensions
 * @param {Pair} [options.issuer] self-signed when left out
 * @returns {Pair}
 */
function issue({ subject, extensions = [], issuer }) {
  const keyFile = newKey()
  const request = newFile('request.pem')
  const certFile = newFile('cert.pem')
  openssl('req', '-new', '-key', keyFile, '-subj', subject, '-out', request)
  // An issuer may be shared by processes that know nothing of one another.
  const serial = `0x01${crypto.randomBytes(8).toString('hex')}`
  const signer = issuer
    ? ['-CA', issuer.certFile, '-CAkey', issuer.keyFile, '-set_serial', serial]
    : ['-signkey', keyFile]
  const args = ['x509', '-req', '-in', request, '-sha256', '-days', '3650', ...signer]
  if (extensions.length > 0) {
    const extensionFile = newFile('extensions.cnf')
    fs.writeFileSync(extensionFile, `${extensions.join('\n')}\n`)
    args.push('-extfile', extensionFile)
  }
  openssl(...args, '-out', certFile)
  return readPair(keyFile, certFile)
}

/**
 * The README's first recipe: self-signed, CN=localhost, X.509 version 1. OpenSSL 3.4 and newer make
 * version 3 of it; there the same content is put in the form of version 1 and signed anew.
 *
 * @returns {Pair}
 */
function readmeV1() {
  return one('readme-v1', () => {
    const pair = issue({ subject: '/CN=localhost' })
    if (certificateVersion(pair.cert) !== 1) {
      pair.cert = withVersion1(pair.cert, pair.key)
      fs.writeFileSync(pair.certFile, pair.cert)
    }
    assert.equal(certificateVersion(pair.cert), 1)
    const x509 = new crypto.X509Certificate(pair.cert)
    assert.ok(x509.verify(x509.publicKey), 'self-signed')
    assert.equal(x509.subject, 'CN=localhost')
    return pair
  })
}

/**
 * A self-signed certificate by `openssl req -x509`, whose default makes it CA:TRUE.
 *
 * @param {...string} more further arguments
 * @returns {Pair}
 */
function requestSelfSigned(...more) {
  const keyFile = newFile('localhost.key')
  const certFile = newFile('localhost.crt')
  const key = ['-newkey', 'rsa:2048', '-sha256', '-nodes', '-keyout', keyFile, '-out', certFile]
  openssl('req', '-x509', ...key, '-subj', '/CN=localhost', '-days', '3650', ...more)
  return readPair(keyFile, certFile)
}

/**
 * The README's second recipe: self-signed, CN=localhost, CA:TRUE, no subjectAltName.
 *
 * @returns {Pair}
 */
function readmeCa() {
  return one('readme-ca', () => {
    const pair = requestSelfSigned()
    const x509 = new crypto.X509Certificate(pair.cert)
    assert.equal(certificateVersion(pair.cert), 3)
    assert.equal(x509.ca, true)
    assert.equal(x509.subjectAltName, undefined)
    return pair
  })
}

/**
 * The second recipe with names for `localhost`, `127.0.0.1` and `::1`.
 *
 * @returns {Pair}
 */
function san() {
  return one('san', () => {
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
    const pair = requestSelfSigned('-addext', names)
    assert.match(new crypto.X509Certificate(pair.cert).subjectAltName ?? '', /127\.0\.0\.1/)
    return pair
  })
}

/**
 * A second self-signed certificate like `readmeCa()`, with a key of its own: one nobody trusts.
 *
 * @returns {Pair}
 */
function other() {
  return one('other', () => requestSelfSigned())
}

/**
 * Self-signed for a host that is not localhost.
 *
 * @returns {Pair}
 */
function wrongName() {
  const extensions = ['subjectAltName=DNS:example.org']
  return one('wrong-name', () => issue({ subject: '/CN=example.org', extensions }))
}

/**
 * Self-signed for localhost; its validity ended yesterday.
 *
 * @returns {Pair}
 */
function expired() {
  return one('expired', () => {
    const fresh = issue({
      subject: '/CN=localhost',
      extensions: ['subjectAltName=DNS:localhost'],
    })
    // OpenSSL makes none any more, from 3.5 on.
    const [from, to] = [2, 1].map(days => new Date(Date.now() - days * 86_400_000))
    const pair = { ...fresh, cert: withValidity(fresh.cert, fresh.key, from, to) }
    fs.writeFileSync(pair.certFile, pair.cert)
    assert.ok(Date.parse(new crypto.X509Certificate(pair.cert).validTo) < Date.now())
    return pair
  })
}

/**
 * For client authentication: self-signed, CN=client, extended key usage clientAuth.
 *
 * @returns {Pair}
 */
function client() {
  const extensions = ['basicConstraints=CA:FALSE', 'extendedKeyUsage=clientAuth']
  return one('client', () => issue({ subject: '/CN=client', extensions }))
}

/** @returns {[root: Pair, intermediate: Pair, leaf: Pair]} */
function newChain() {
  const authority = [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=critical,keyCertSign,cRLSign',
    'subjectKeyIdentifier=hash',
  ]
  const root = issue({ subject: '/CN=Test Root', extensions: authority })
  const intermediate = issue({
    subject: '/CN=Test Intermediate',
    extensions: authority,
    issuer: root,
  })
  const leaf = issue({
    subject: '/CN=localhost',
    extensions: [
      'basicConstraints=CA:FALSE',
      'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1',
      'extendedKeyUsage=serverAuth,clientAuth',
    ],
    issuer: intermediate,
  })
  return [root, intermediate, leaf]
}

/**
 * A root, an intermediate and a leaf for localhost, 127.0.0.1 and ::1.
 *
 * @returns {Chain}
 */
function chain() {
  const pairs = /** @type {ReturnType<typeof newChain>} */ (once('chain', newChain))
  const [root, intermediate, leaf] = pairs
  return { root, intermediate, leaf, fullchain: Buffer.concat([leaf.cert, intermediate.cert]) }
}

module.exports = {
  chain,
  client,
  expired,
  issue,
  openssl,
  other,
  readmeCa,
  readmeV1,
  san,
  wrongName,
}
