'use strict'

const { X509Certificate } = require('node:crypto')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const tls = require('node:tls')

const { pairFiles, writeFiles } = require('../cli/certificate-files')
const { certificateText, keyText, oneLine } = require('../cli/certificate-text')
const { readTarget } = require('../cli/target')
const { UsageError } = require('../cli/usage-error')
const { count, duration } = require('../cli/values')
const { tlsJson } = require('../package')

/** @typedef {import('../cli/types').Context} Context */
/** @typedef {import('../..').CertificateOptions} CertificateOptions */

const PEM = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^]+?-----END [A-Z0-9 ]+-----/g

/** What a certificate may be used for, by the number Node gives. */
const USES = /** @type {Record<string, string>} */ ({
  '1.3.6.1.5.5.7.3.1': 'server',
  '1.3.6.1.5.5.7.3.2': 'client',
})

/** What is made under which name for a small authority; each but the first is issued by the first. */
const AUTHORITY = Object.freeze({
  ca: { purpose: 'authority', commonName: 'tls-json authority' },
  server: { purpose: 'server' },
  client: { purpose: 'client' },
})

/**
 * @param {string} name of a host, or an address
 * @returns {string} as a file may be called everywhere
 */
function fileName(name) {
  return name.replace(/[^\w.-]/g, '_')
}

/**
 * @param {string | undefined} file of the issuer's certificate
 * @param {string | undefined} keyFile beside it if not given
 * @returns {CertificateOptions['issuer']}
 */
function readIssuer(file, keyFile) {
  if (file === undefined) return undefined
  const beside = keyFile ?? file.replace(/(\.[^./\\]+)?$/, '.key')
  return { cert: readFile(file), key: readFile(beside) }
}

/**
 * @param {string} file
 * @returns {Buffer}
 */
function readFile(file) {
  try {
    return fs.readFileSync(file)
  } catch (err) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (err)
    throw new UsageError(`cannot read ${file}: ${code}`)
  }
}

/**
 * @param {CertificateOptions} options
 * @returns {import('../..').CertificatePair}
 */
function create(options) {
  try {
    return tlsJson().createCertificate(options)
  } catch (err) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (err)
    // What was written on the command line.
    if (code === 'ERR_INVALID_ARG_VALUE') throw new UsageError(message)
    throw err
  }
}

/**
 * @param {Context} context
 * @param {string[]} names
 */
function make({ values, out }, names) {
  const { days, force = false, client = false, authority = false } = values
  const given = names.length > 0 ? { names } : {}
  const folder = values.out ?? '.'
  /** @type {Record<string, import('../..').CertificatePair>} */
  const pairs = {}
  if (authority) {
    if (client || values.issuer !== undefined || values.name !== undefined) {
      throw new UsageError(
        '--authority makes ca, server and client; it takes no --client, --issuer, --name',
      )
    }
    for (const [name, what] of Object.entries(AUTHORITY)) {
      const purpose = /** @type {'authority' | 'server' | 'client'} */ (what.purpose)
      const issued = pairs.ca === undefined ? {} : { issuer: pairs.ca }
      // The names are the server's.
      pairs[name] = create({
        ...what,
        purpose,
        days,
        ...issued,
        ...(name === 'server' ? given : {}),
      })
    }
  } else {
    const issuer = readIssuer(values.issuer, values['issuer-key'])
    // A client has a name, and no address.
    const [commonName] = names
    const subject = client ? { purpose: 'client', ...(commonName && { commonName }) } : given
    const name = values.name ?? fileName(names[0] ?? (client ? 'client' : 'localhost'))
    pairs[name] = create(/** @type {CertificateOptions} */ ({ ...subject, days, issuer }))
  }
  const drafts = Object.entries(pairs).map(([name, pair]) =>
    pairFiles(path.join(folder, name), pair),
  )
  writeFiles(drafts.flat(), force)
  for (const [key, cert] of drafts) {
    const { fingerprint256, validTo } = new X509Certificate(cert.text)
    const made = { key: key.file, cert: cert.file, fingerprint256, validTo: isoDate(validTo) }
    out.result(made, `${key.file}\n${cert.file}`)
  }
  out.note(
    authority
      ? 'The server has server.key and server.crt, a client client.key and client.crt, and both have ca.crt as `ca`. Keep ca.key to yourself.'
      : 'Keep the key to its owner; the other end has the certificate, or that of its issuer, as `ca`.',
  )
}

/**
 * @param {string} date as X509Certificate has it
 * @returns {string}
 */
function isoDate(date) {
  return new Date(date).toISOString()
}

/**
 * @param {string} file
 * @returns {X509Certificate[]}
 */
function certificatesOf(file) {
  const bytes = readFile(file)
  const blocks = bytes.toString('latin1').match(PEM) ?? [bytes]
  try {
    return blocks.map(block => new X509Certificate(block))
  } catch {
    const isKey = /PRIVATE KEY-----/.test(bytes.toString('latin1'))
    throw new UsageError(`${file} is ${isKey ? 'a private key, and no' : 'no'} certificate`)
  }
}

/**
 * @param {string} text host:port
 * @param {{ servername?: string, timeout: number }} options
 * @param {AbortSignal} signal
 * @returns {Promise<X509Certificate[]>} what the server sends
 */
async function certificatesFrom(text, { servername, timeout }, signal) {
  const target = readTarget(text)
  // Looked at, and trusted in nothing.
  const socket = tls.connect({
    ...target,
    servername: servername ?? nameOf(target.host),
    rejectUnauthorized: false,
  })
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  try {
    await new Promise((resolve, reject) => {
      const late = Object.assign(new Error('the server took too long'), { code: 'ETIMEDOUT' })
      timer = setTimeout(reject, timeout, late)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      socket.once('error', reject)
      socket.once('secureConnect', () => resolve(undefined))
    })
    /** @type {X509Certificate[]} */
    const chain = []
    let next = socket.getPeerX509Certificate()
    while (
      next !== undefined &&
      !chain.some(({ fingerprint256 }) => fingerprint256 === next?.fingerprint256)
    ) {
      chain.push(next)
      next = next.issuerCertificate
    }
    return chain
  } finally {
    clearTimeout(timer)
    socket.on('error', () => {})
    socket.destroy()
  }
}

/**
 * @param {string | undefined} host
 * @returns {string} what the server is asked for: an address is no name
 */
function nameOf(host) {
  return host === undefined || net.isIP(host) !== 0 ? '' : host
}

/**
 * @param {X509Certificate} certificate
 * @returns {string[]} what it may be used for; none if that is not said
 */
function usesOf({ ca, keyUsage = [] }) {
  const uses = keyUsage.map(use => USES[use] ?? use)
  return ca ? ['authority', ...uses] : uses
}

/**
 * @param {Context} context
 * @param {string | undefined} where
 */
async function show({ values, out, signal }, where) {
  if (where === undefined) throw new UsageError('which certificate? Write FILE or host:port')
  if (!fs.existsSync(where) && !where.includes(':')) {
    throw new UsageError(`no such file: ${where}; a server is host:port or unix:/path`)
  }
  const found = fs.existsSync(where)
    ? certificatesOf(where)
    : await certificatesFrom(
        where,
        { servername: values.servername, timeout: values.timeout ?? 10_000 },
        signal,
      )
  for (const certificate of found) {
    const { subject, issuer, subjectAltName, serialNumber, fingerprint, fingerprint256 } =
      certificate
    const uses = usesOf(certificate)
    const described = {
      subject: oneLine(subject),
      issuer: oneLine(issuer),
      names: subjectAltName?.split(', ') ?? [],
      validFrom: isoDate(certificate.validFrom),
      validTo: isoDate(certificate.validTo),
      key: keyText(certificate),
      uses,
      serialNumber,
      fingerprint,
      fingerprint256,
    }
    const more = `for          ${uses.join(', ') || 'anything'}\nserial       ${serialNumber}\nSHA-1        ${fingerprint}`
    out.result(described, `${certificateText(certificate)}\n${more}\n`)
    const now = Date.now()
    if (Date.parse(certificate.validTo) < now) out.warn(`expired on ${described.validTo}`)
    if (Date.parse(certificate.validFrom) > now) out.warn(`not valid before ${described.validFrom}`)
  }
}

/** @type {import('../cli/types').Command} */
const command = {
  summary: 'Make certificates for development, or look at one',
  usage: [
    'make [NAME...]                (self-signed, for a server)',
    'make --authority [NAME...]    (an authority, a server, a client)',
    'make --issuer ca.crt [--client] [NAME...]',
    'show FILE|host:port',
  ],
  most: Infinity,
  words: ['make', 'show'],
  options: {
    authority: { type: 'boolean', description: 'make: ca, and server and client issued by it' },
    client: { type: 'boolean', description: 'make: for a client, which is called NAME' },
    issuer: {
      type: 'string',
      value: 'FILE',
      description: 'make: the certificate of the authority',
    },
    'issuer-key': {
      type: 'string',
      value: 'FILE',
      description: 'make: its key; beside its certificate if not given',
    },
    days: {
      type: 'string',
      value: 'N',
      default: '3650',
      parse: count,
      description: 'make: valid for',
    },
    name: { type: 'string', value: 'STEM', description: 'make: what the files are called' },
    out: {
      type: 'string',
      value: 'DIR',
      default: '.',
      description: 'make: where the files are put',
    },
    force: { type: 'boolean', description: 'make: replaces files that are there' },
    servername: {
      type: 'string',
      value: 'NAME',
      description: 'show: which name the server is asked for',
    },
    timeout: {
      type: 'string',
      value: 'TIME',
      default: '10s',
      parse: duration,
      description: 'show: how long the server may take',
    },
  },
  examples: [
    ['tls-json cert make', 'localhost.key and localhost.crt, for localhost, 127.0.0.1 and ::1'],
    ['tls-json cert make example.test 192.0.2.7 --days 30', 'for that name and address'],
    ['tls-json cert make --authority --out certificates', 'for mutual TLS'],
    ['tls-json cert make --client --issuer ca.crt alice', 'alice.key and alice.crt'],
    ['tls-json cert show localhost:8888', 'what a server shows'],
  ],
  notes: [
    'A key is readable by its owner alone. Without --force no file is replaced, and no link is followed.',
    'NAME is a host name or an IP address. `show` does not judge a certificate: `tls-json doctor` does.',
  ],
  async run(context) {
    const [what, ...rest] = context.positionals
    if (what === 'make') make(context, rest)
    else if (what === 'show' && rest.length > 1) throw new UsageError('show takes one certificate')
    else if (what === 'show') await show(context, rest[0])
    else throw new UsageError(what === undefined ? 'make or show?' : `no such thing: ${what}`)
  },
}

module.exports = command
