'use strict'

// What is in a `pfx` (PKCS #12, RFC 7292). Node has no way to show it, but has all the ciphers. It has opened the file
// before, so that the passphrase fits and nothing in it was changed; what this reader does not know, Node may yet.

const {
  createDecipheriv,
  createHash,
  createPrivateKey,
  pbkdf2Sync,
  X509Certificate,
} = require('node:crypto')
const { bare } = require('../host/bare')
const { bytesOf } = require('./pem')

/**
 * @typedef {object} Pkcs12
 * @property {import('node:crypto').KeyObject} key
 * @property {X509Certificate} leaf the one for the key
 * @property {X509Certificate[]} others in the order of the file
 */

const SEQUENCE = 0x30
const OCTET_STRING = 0x04
const OID = 0x06
const INTEGER = 0x02
/** `[0]`, constructed and not. */
const TAGGED = 0xa0
const TAGGED_BYTES = 0x80

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2'
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3'
const SAFE_CONTENTS_BAG = '1.2.840.113549.1.12.10.1.6'
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'
const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
const PBE_SHA1_3DES = '1.2.840.113549.1.12.1.3'

/** Ciphers of PBES2, with the length of the key. @type {Readonly<Record<string, [string, number]>>} */
const CIPHERS = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
}

/** Digests of PBKDF2. @type {Readonly<Record<string, string>>} */
const DIGESTS = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

/** Something this reader does not know. */
class UnknownForm extends Error {}

/** A value in DER. */
class Value {
  /**
   * @param {number} tag
   * @param {Buffer} content
   */
  constructor(tag, content) {
    this.tag = tag
    this.content = content
  }

  /** @returns {Value[]} the values in it */
  get children() {
    const found = []
    for (let rest = this.content; rest.length > 0;) {
      const { value, size } = read(rest)
      found.push(value)
      rest = rest.subarray(size)
    }
    return found
  }

  /** @param {number} tag @returns {this} */
  expect(tag) {
    if (this.tag !== tag) throw new UnknownForm(`tag ${this.tag} in place of ${tag}`)
    return this
  }

  /** @returns {string} an object identifier, with dots */
  get oid() {
    const [first, ...others] = base128(this.expect(OID).content)
    const head = Math.min(Math.floor(first / 40), 2)
    return [head, first - head * 40, ...others].join('.')
  }

  /** @returns {number} */
  get integer() {
    const { content } = this.expect(INTEGER)
    if (content.length === 0 || content.length > 6) throw new UnknownForm('number')
    return content.readUIntBE(0, content.length)
  }
}

/**
 * @param {Buffer} content
 * @returns {number[]}
 */
function base128(content) {
  const numbers = []
  let current = 0
  for (const byte of content) {
    current = current * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    numbers.push(current)
    current = 0
  }
  return numbers
}

/**
 * @param {Buffer} bytes
 * @returns {{ value: Value, size: number }} the first value, and how many bytes it takes
 */
function read(bytes) {
  const [tag, short] = bytes
  const width = short > 0x80 ? short - 0x80 : 0
  // 0x80 is a length that only the end tells, which DER does not have.
  if (bytes.length < 2 + width || short === 0x80 || width > 4) throw new UnknownForm('length')
  const length = width === 0 ? short : bytes.readUIntBE(2, width)
  const size = 2 + width + length
  if (bytes.length < size) throw new UnknownForm('length')
  return { value: new Value(tag, bytes.subarray(2 + width, size)), size }
}

/**
 * @param {Buffer} bytes
 * @returns {Value[]} what is in the one sequence that it is
 */
function sequence(bytes) {
  return read(bytes).value.expect(SEQUENCE).children
}

/**
 * RFC 7292, appendix B.2, with SHA-1.
 *
 * @param {number} purpose 1 for keys, 2 for initial vectors
 * @param {Buffer} password
 * @param {Buffer} salt
 * @param {number} iterations
 * @param {number} length
 * @returns {Buffer}
 */
function derive(purpose, password, salt, iterations, length) {
  const block = 64
  const fill = (/** @type {Buffer} */ bytes) =>
    Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes.length > 0 ? bytes : 0)
  const input = Buffer.concat([fill(salt), fill(password)])
  const output = []
  for (let have = 0; have < length; have += 20) {
    let hash = Buffer.concat([Buffer.alloc(block, purpose), input])
    for (let n = 0; n < iterations; n += 1) hash = createHash('sha1').update(hash).digest()
    output.push(hash)
    const add = Buffer.alloc(block, hash)
    for (let at = 0; at < input.length; at += block) {
      let carry = 1
      for (let n = block - 1; n >= 0; n -= 1) {
        carry += input[at + n] + add[n]
        input[at + n] = carry & 0xff
        carry >>= 8
      }
    }
  }
  return Buffer.concat(output).subarray(0, length)
}

/**
 * @param {Buffer} passphrase UTF-8
 * @param {Value[]} algorithm its identifier and parameters
 * @returns {{ cipher: string, key: Buffer, iv: Buffer }[]} with what it may be decrypted, the likeliest first
 */
function secrets(passphrase, [identifier, parameters]) {
  const [first, second] = parameters.expect(SEQUENCE).children
  if (identifier.oid === PBE_SHA1_3DES) {
    const wide = Buffer.from(`${passphrase}\0`, 'utf16le').swap16()
    // No passphrase is written as an empty text, or as nothing at all.
    const passwords = passphrase.length === 0 ? [wide, Buffer.alloc(0)] : [wide]
    const salt = first.expect(OCTET_STRING).content
    const count = second.integer
    return passwords.map(password => ({
      cipher: 'des-ede3-cbc',
      key: derive(1, password, salt, count, 24),
      iv: derive(2, password, salt, count, 8),
    }))
  }
  if (identifier.oid !== PBES2) throw new UnknownForm(`encryption ${identifier.oid}`)
  const [kdf, kdfParameters] = first.expect(SEQUENCE).children
  const [scheme, iv] = second.expect(SEQUENCE).children
  const [salt, iterations, ...optional] = kdfParameters.expect(SEQUENCE).children
  const prf = optional.find(({ tag }) => tag === SEQUENCE)
  const digest = prf === undefined ? 'sha1' : DIGESTS[prf.children[0].oid]
  const [cipher, length] = CIPHERS[scheme.oid] ?? []
  if (kdf.oid !== PBKDF2 || digest === undefined || cipher === undefined || length === undefined) {
    throw new UnknownForm('encryption')
  }
  const { content } = salt.expect(OCTET_STRING)
  const key = pbkdf2Sync(passphrase, content, iterations.integer, length, digest)
  return [{ cipher, key, iv: iv.expect(OCTET_STRING).content }]
}

/**
 * @param {Buffer} passphrase
 * @param {Value} algorithm
 * @param {Buffer} encrypted
 * @returns {Buffer}
 */
function decrypt(passphrase, algorithm, encrypted) {
  for (const { cipher, key, iv } of secrets(passphrase, algorithm.expect(SEQUENCE).children)) {
    const decipher = createDecipheriv(cipher, key, iv)
    try {
      const plain = Buffer.concat([decipher.update(encrypted), decipher.final()])
      if (plain[0] === SEQUENCE) return plain
    } catch {
      // Not this key.
    }
  }
  throw new UnknownForm('passphrase')
}

/**
 * @param {Value[]} contentInfo
 * @param {Buffer} passphrase
 * @returns {Buffer} what is in it, decrypted
 */
function contentOf([type, tagged], passphrase) {
  const { value } = read(tagged.expect(TAGGED).content)
  if (type.oid === DATA) return value.expect(OCTET_STRING).content
  if (type.oid !== ENCRYPTED_DATA) throw new UnknownForm(`content ${type.oid}`)
  const [, info] = value.expect(SEQUENCE).children
  const [, algorithm, encrypted] = info.expect(SEQUENCE).children
  return decrypt(passphrase, algorithm, encrypted.expect(TAGGED_BYTES).content)
}

/**
 * @param {Buffer} contents
 * @param {Buffer} passphrase
 * @returns {{ keys: Buffer[], certificates: Buffer[] }} in DER
 */
function bags(contents, passphrase) {
  const found = { keys: /** @type {Buffer[]} */ ([]), certificates: /** @type {Buffer[]} */ ([]) }
  for (const bag of sequence(contents)) {
    const [type, tagged] = bag.expect(SEQUENCE).children
    const { content } = tagged.expect(TAGGED)
    switch (type.oid) {
      case KEY_BAG:
        found.keys.push(content)
        break
      case SHROUDED_KEY_BAG: {
        const [algorithm, encrypted] = sequence(content)
        found.keys.push(decrypt(passphrase, algorithm, encrypted.expect(OCTET_STRING).content))
        break
      }
      case CERTIFICATE_BAG: {
        const [kind, certificate] = sequence(content)
        if (kind.oid !== X509_CERTIFICATE) break
        const { value } = read(certificate.expect(TAGGED).content)
        found.certificates.push(value.expect(OCTET_STRING).content)
        break
      }
      case SAFE_CONTENTS_BAG: {
        const inner = bags(content, passphrase)
        found.keys.push(...inner.keys)
        found.certificates.push(...inner.certificates)
        break
      }
      // Others hold neither keys nor certificates.
    }
  }
  return found
}

/**
 * @param {Buffer} file
 * @param {Buffer} passphrase
 * @returns {Pkcs12}
 */
function open(file, passphrase) {
  const [, authenticated] = sequence(file)
  const safe = contentOf(authenticated.expect(SEQUENCE).children, passphrase)
  const all = sequence(safe).map(info =>
    bags(contentOf(info.expect(SEQUENCE).children, passphrase), passphrase),
  )
  const [der] = all.flatMap(({ keys }) => keys)
  if (der === undefined) throw new UnknownForm('no key')
  const key = createPrivateKey(
    bare({
      key: der,
      format: /** @type {const} */ ('der'),
      type: /** @type {const} */ ('pkcs8'),
    }),
  )
  const certificates = all.flatMap(part => part.certificates).map(raw => new X509Certificate(raw))
  const leaf = certificates.find(certificate => certificate.checkPrivateKey(key))
  if (leaf === undefined) throw new UnknownForm('no certificate')
  return { key, leaf, others: certificates.filter(certificate => certificate !== leaf) }
}

/**
 * @param {import('./pem').PemInput} file that Node has opened with this passphrase
 * @param {import('./pem').PemInput} [passphrase]
 * @returns {Pkcs12 | null} null for a form that this reader does not know
 */
function readPkcs12(file, passphrase = '') {
  try {
    return open(bytesOf(file), bytesOf(passphrase))
  } catch {
    return null
  }
}

module.exports = { readPkcs12 }
