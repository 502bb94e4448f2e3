'use strict'

/**
 * One end of a TLS 1.2 handshake that shows any bytes in place of certificates: what a library's own end refuses to
 * show cannot be judged otherwise. It checks nothing of the other end.
 */

const crypto = require('node:crypto')

/** @typedef {import('node:stream').Duplex} Duplex */

/** Content types of records. */
const CHANGE_CIPHER_SPEC = 20
const HANDSHAKE = 22
const APPLICATION_DATA = 23

/** Handshake messages. */
const CLIENT_HELLO = 1
const SERVER_HELLO = 2
const CERTIFICATE = 11
const SERVER_KEY_EXCHANGE = 12
const CERTIFICATE_REQUEST = 13
const SERVER_HELLO_DONE = 14
const CERTIFICATE_VERIFY = 15
const CLIENT_KEY_EXCHANGE = 16
const FINISHED = 20

const TLS_1_2 = Buffer.from([3, 3])
/** TLS_ECDHE_{ECDSA,RSA}_WITH_AES_256_GCM_SHA384 */
const ECDSA = 0xc02c
const RSA = 0xc030
/** An empty renegotiation_info, which OpenSSL insists on. */
const RENEGOTIATION_INFO = Buffer.from([0xff, 0x01, 0, 1, 0])
const LARGEST_RECORD = 16_384

/** @type {Record<number, string>} */
const CURVES = { 23: 'prime256v1', 24: 'secp384r1', 25: 'secp521r1' }

const u8 = (/** @type {number} */ value) => Buffer.from([value])
const u16 = (/** @type {number} */ value) => Buffer.from([value >> 8, value & 0xff])
const u24 = (/** @type {number} */ value) => Buffer.concat([u8(value >> 16), u16(value & 0xffff)])

/**
 * @param {(value: number) => Buffer} length
 * @param {...Buffer} parts
 * @returns {Buffer} the parts behind their length
 */
function counted(length, ...parts) {
  const content = Buffer.concat(parts)
  return Buffer.concat([length(content.length), content])
}

/**
 * RFC 5246, section 5, with SHA-384.
 *
 * @param {Buffer} secret
 * @param {string} label
 * @param {Buffer} seed
 * @param {number} length
 * @returns {Buffer}
 */
function prf(secret, label, seed, length) {
  const hmac = (/** @type {Buffer[]} */ ...parts) =>
    crypto.createHmac('sha384', secret).update(Buffer.concat(parts)).digest()
  const labelled = Buffer.concat([Buffer.from(label), seed])
  let a = labelled
  let output = Buffer.alloc(0)
  while (output.length < length) {
    a = hmac(a)
    output = Buffer.concat([output, hmac(a, labelled)])
  }
  return output.subarray(0, length)
}

/**
 * @param {crypto.KeyObject} key
 * @param {number} level a security level that the signature's digest has to reach
 * @param {Buffer} message
 * @returns {Buffer} scheme and signature, as a DigitallySigned
 */
function digitallySigned(key, level, message) {
  const curve = key.asymmetricKeyDetails?.namedCurve
  const [scheme, digest] =
    key.asymmetricKeyType === 'ed25519'
      ? [0x0807, null]
      : curve === 'prime256v1'
        ? [0x0403, 'sha256']
        : curve === 'secp384r1'
          ? [0x0503, 'sha384']
          : curve
            ? [0x0603, 'sha512']
            : level > 3
              ? [0x0601, 'sha512']
              : [0x0401, 'sha256']
  return Buffer.concat([u16(scheme), counted(u16, crypto.sign(digest, message, key))])
}

/**
 * @typedef {object} Shown
 * @property {Buffer[]} chain the leaf first
 * @property {crypto.KeyObject} key the leaf's
 * @property {number} level of security that the other end asks for
 * @property {string} [welcome] what a server says when the handshake is over
 */

class RawEnd {
  /**
   * @param {Duplex} stream
   * @param {boolean} isServer
   * @param {Shown} shown
   */
  constructor(stream, isServer, shown) {
    this.stream = stream
    this.isServer = isServer
    this.shown = shown
    this.suite = shown.key.asymmetricKeyType === 'rsa' ? RSA : ECDSA
    this.group = { 4: 24, 5: 25 }[shown.level] ?? 23
    this.ecdh = crypto.createECDH(String(CURVES[this.group]))
    this.random = crypto.randomBytes(32)
    this.peerRandom = Buffer.alloc(0)
    this.master = Buffer.alloc(0)
    this.input = Buffer.alloc(0)
    this.messages = Buffer.alloc(0)
    /** @type {Buffer[]} */
    this.transcript = []
    this.sealed = 0
    this.peerSeals = false
    stream.on('data', data => this.#receive(data))
    stream.on('error', () => {})
    if (!isServer) this.#hello()
  }

  /** @param {Buffer} data */
  #receive(data) {
    this.input = Buffer.concat([this.input, data])
    while (this.input.length >= 5 && this.input.length >= 5 + this.input.readUInt16BE(3)) {
      const end = 5 + this.input.readUInt16BE(3)
      const type = this.input[0]
      const content = this.input.subarray(5, end)
      this.input = this.input.subarray(end)
      if (type === CHANGE_CIPHER_SPEC) this.peerSeals = true
      else if (type === HANDSHAKE && !this.peerSeals) this.#collect(content)
      else if (type === HANDSHAKE && this.isServer) this.#finish()
    }
  }

  /** @param {Buffer} content */
  #collect(content) {
    this.messages = Buffer.concat([this.messages, content])
    while (
      this.messages.length >= 4 &&
      this.messages.length >= 4 + this.messages.readUIntBE(1, 3)
    ) {
      const end = 4 + this.messages.readUIntBE(1, 3)
      const message = this.messages.subarray(0, end)
      this.messages = this.messages.subarray(end)
      this.transcript.push(message)
      this.#handle(message[0] ?? 0, message.subarray(4))
    }
  }

  /**
   * @param {number} type
   * @param {Buffer} body
   */
  #handle(type, body) {
    if (type === CLIENT_HELLO || type === SERVER_HELLO) {
      this.peerRandom = Buffer.from(body.subarray(2, 34))
      if (type === CLIENT_HELLO) this.#answer()
    } else if (type === SERVER_KEY_EXCHANGE) {
      this.ecdh = crypto.createECDH(String(CURVES[body.readUInt16BE(1)]))
      this.ecdh.generateKeys()
      this.#agree(body.subarray(4, 4 + (body[3] ?? 0)))
    } else if (type === CLIENT_KEY_EXCHANGE) {
      this.#agree(body.subarray(1))
    } else if (type === SERVER_HELLO_DONE) {
      this.#prove()
    } else if (type !== CERTIFICATE && type !== CERTIFICATE_REQUEST) {
      throw new Error(`a handshake message of type ${type}`)
    }
  }

  /** A client's first message. */
  #hello() {
    const schemes = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601]
    const extensions = [
      Buffer.concat([u16(10), counted(u16, counted(u16, u16(25), u16(24), u16(23)))]),
      Buffer.concat([u16(11), counted(u16, counted(u8, u8(0)))]),
      Buffer.concat([u16(13), counted(u16, counted(u16, ...schemes.map(u16)))]),
      RENEGOTIATION_INFO,
    ]
    this.#send(
      CLIENT_HELLO,
      TLS_1_2,
      this.random,
      u8(0),
      counted(u16, u16(ECDSA), u16(RSA)),
      counted(u8, u8(0)),
      counted(u16, ...extensions),
    )
  }

  /** @returns {Buffer} the body of a Certificate */
  #certificates() {
    return counted(u24, ...this.shown.chain.map(der => counted(u24, der)))
  }

  /** A server's first flight. */
  #answer() {
    const { key, level } = this.shown
    const extensions = counted(u16, RENEGOTIATION_INFO)
    this.#send(SERVER_HELLO, TLS_1_2, this.random, u8(0), u16(this.suite), u8(0), extensions)
    this.#send(CERTIFICATE, this.#certificates())
    this.ecdh.generateKeys()
    const parameters = Buffer.concat([
      u8(3),
      u16(this.group),
      counted(u8, this.ecdh.getPublicKey()),
    ])
    const signed = Buffer.concat([this.peerRandom, this.random, parameters])
    this.#send(SERVER_KEY_EXCHANGE, parameters, digitallySigned(key, level, signed))
    this.#send(SERVER_HELLO_DONE)
  }

  /** A client's second flight. */
  #prove() {
    const { key, level } = this.shown
    this.#send(CERTIFICATE, this.#certificates())
    this.#send(CLIENT_KEY_EXCHANGE, counted(u8, this.ecdh.getPublicKey()))
    this.#send(CERTIFICATE_VERIFY, digitallySigned(key, level, Buffer.concat(this.transcript)))
    this.#record(CHANGE_CIPHER_SPEC, u8(1))
    this.#seal(HANDSHAKE, this.#finished('client'))
  }

  /** A server's second flight. */
  #finish() {
    // What is in the client's message is known without decrypting it.
    this.transcript.push(this.#finished('client'))
    this.#record(CHANGE_CIPHER_SPEC, u8(1))
    this.#seal(HANDSHAKE, this.#finished('server'))
    if (this.shown.welcome) this.#seal(APPLICATION_DATA, Buffer.from(this.shown.welcome))
  }

  /** @param {Buffer} point the other end's */
  #agree(point) {
    const shared = this.ecdh.computeSecret(point)
    this.master = prf(shared, 'master secret', this.#randoms(!this.isServer), 48)
  }

  /**
   * @param {boolean} ownFirst
   * @returns {Buffer}
   */
  #randoms(ownFirst) {
    const both = [this.random, this.peerRandom]
    return Buffer.concat(ownFirst ? both : both.reverse())
  }

  /**
   * @param {'client' | 'server'} whose
   * @returns {Buffer}
   */
  #finished(whose) {
    const hash = crypto.createHash('sha384').update(Buffer.concat(this.transcript)).digest()
    const data = prf(this.master, `${whose} finished`, hash, 12)
    return Buffer.concat([u8(FINISHED), counted(u24, data)])
  }

  /**
   * @param {number} type
   * @param {...Buffer} body
   */
  #send(type, ...body) {
    const message = Buffer.concat([u8(type), counted(u24, ...body)])
    this.transcript.push(message)
    for (let at = 0; at < message.length; at += LARGEST_RECORD) {
      this.#record(HANDSHAKE, message.subarray(at, at + LARGEST_RECORD))
    }
  }

  /**
   * @param {number} type
   * @param {Buffer} content
   */
  #seal(type, content) {
    const keys = prf(this.master, 'key expansion', this.#randoms(this.isServer), 72)
    const at = this.isServer ? 32 : 0
    const salt = keys.subarray(this.isServer ? 68 : 64).subarray(0, 4)
    const sequence = Buffer.alloc(8)
    sequence.writeUInt32BE(this.sealed++, 4)
    const nonce = Buffer.concat([salt, sequence])
    const cipher = crypto.createCipheriv('aes-256-gcm', keys.subarray(at, at + 32), nonce)
    cipher.setAAD(Buffer.concat([sequence, u8(type), TLS_1_2, u16(content.length)]))
    const sealed = [cipher.update(content), cipher.final(), cipher.getAuthTag()]
    this.#record(type, Buffer.concat([sequence, ...sealed]))
  }

  /**
   * @param {number} type
   * @param {Buffer} content
   */
  #record(type, content) {
    this.stream.write(Buffer.concat([u8(type), TLS_1_2, counted(u16, content)]))
  }
}

module.exports = { RawEnd }
