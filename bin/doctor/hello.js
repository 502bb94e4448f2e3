'use strict'

// The first words of both sides, read as they stand on the wire: what was offered, what was chosen, or what stood there
// in place of TLS. RFC 8446, 4.1.2 to 4.1.4.

const { once } = require('node:events')
const net = require('node:net')

const { ALERTS, GROUPS, SUITES, VERSIONS, nameIn } = require('./names')
const { tlsJson } = require('../package')

const EXTENSION = { groups: 10, versions: 43, share: 51 }

const RECORD_HEADER = 5
const ALERT = 21
const HANDSHAKE = 22

/** Messages of the handshake, RFC 5246, 7.4. */
const MESSAGE = { serverHello: 2, certificate: 11, certificateRequest: 13, serverHelloDone: 14 }

/** A server that asks for another group sends this in place of a random number. */
const RETRY = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')

/** @typedef {{ versions: string[], suites: string[], groups: string[] }} Offer */

/**
 * @typedef {object} Answer
 * @property {'tls' | 'alert' | 'other' | 'closed' | 'silent'} kind
 * @property {string} [version]
 * @property {string} [suite]
 * @property {string} [group] of TLS 1.3; TLS 1.2 tells it later
 * @property {string} [alert]
 * @property {Buffer[]} [certificates] of TLS 1.2, where they are not encrypted
 * @property {boolean} [asksForCertificate] likewise
 * @property {string} [text] what came in place of TLS
 */

/** Reads numbers from bytes that a peer may have made up: past the end it reads nothing more. */
class Reader {
  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.bytes = bytes
    this.at = 0
  }

  /** @param {number} width @returns {number} */
  number(width) {
    const part = this.take(width)
    return part.length === width ? part.readUIntBE(0, width) : 0
  }

  /** @param {number} length @returns {Buffer} */
  take(length) {
    const part = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return part
  }

  /** @param {number} width of the length in front @returns {Buffer} */
  vector(width) {
    return this.take(this.number(width))
  }

  get isDone() {
    return this.at >= this.bytes.length
  }
}

/** @param {Buffer} bytes @returns {number[]} */
function pairs(bytes) {
  return Array.from({ length: bytes.length >> 1 }, (_, at) => bytes.readUInt16BE(2 * at))
}

/**
 * @param {Reader} reader at the extensions
 * @returns {Map<number, Buffer>}
 */
function extensions(reader) {
  const list = new Reader(reader.vector(2))
  /** @type {Map<number, Buffer>} */
  const found = new Map()
  while (!list.isDone) found.set(list.number(2), list.vector(2))
  return found
}

/**
 * @param {Buffer} record a ClientHello
 * @returns {Offer}
 */
function offerIn(record) {
  const reader = new Reader(record.subarray(RECORD_HEADER + 4))
  const legacy = reader.number(2)
  reader.take(32)
  reader.vector(1)
  const suites = pairs(reader.vector(2)).filter(suite => suite !== 0x00ff)
  reader.vector(1)
  const found = extensions(reader)
  const versions = found.get(EXTENSION.versions)
  const groups = found.get(EXTENSION.groups)
  return {
    versions: (versions ? pairs(versions.subarray(1)) : [legacy]).map(each =>
      nameIn(VERSIONS, each),
    ),
    suites: suites.map(each => nameIn(SUITES, each)),
    groups: (groups ? pairs(groups.subarray(2)) : []).map(each => nameIn(GROUPS, each)),
  }
}

/**
 * What the package's client says first, heard on this machine: exactly what it says to the server.
 *
 * @param {import('../..').ClientTlsOptions} options with the servername
 * @returns {Promise<Buffer>}
 */
async function ownHello(options) {
  const server = net.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  const client = new (tlsJson().Client)({ options, host: '127.0.0.1', port })
  // It is left in the middle of its handshake.
  client.on('error', () => {})
  try {
    const [socket] = /** @type {[net.Socket]} */ (await once(server, 'connection'))
    socket.on('error', () => {})
    let bytes = Buffer.alloc(0)
    while (bytes.length < RECORD_HEADER || bytes.length < RECORD_HEADER + bytes.readUInt16BE(3)) {
      const [more] = await once(socket, 'data')
      bytes = Buffer.concat([bytes, more])
    }
    socket.destroy()
    return bytes
  } finally {
    client.disconnect()
    server.close()
  }
}

/**
 * @param {Buffer} bytes whole records, and perhaps a part of one
 * @returns {Map<number, Buffer>} the messages of the handshake in them, by their type
 */
function messagesIn(bytes) {
  const records = new Reader(bytes)
  /** @type {Buffer[]} */
  const parts = []
  while (records.number(1) === HANDSHAKE) {
    records.take(2)
    const length = records.number(2)
    if (records.at + length > bytes.length) break
    parts.push(records.take(length))
  }
  const reader = new Reader(Buffer.concat(parts))
  /** @type {Map<number, Buffer>} */
  const found = new Map()
  while (!reader.isDone) {
    const type = reader.number(1)
    const length = reader.number(3)
    if (reader.at + length > reader.bytes.length) break
    found.set(type, reader.take(length))
  }
  return found
}

/**
 * @param {Buffer} bytes
 * @returns {Answer | undefined} undefined while more is needed
 */
function answerIn(bytes) {
  const [type, major] = bytes
  if (type === undefined) return undefined
  const isTls = (type === ALERT || type === HANDSHAKE) && (major === undefined || major === 3)
  if (!isTls) return { kind: 'other', text: bytes.subarray(0, 200).toString('latin1') }
  if (bytes.length < RECORD_HEADER + 2) return undefined
  if (type === ALERT)
    return { kind: 'alert', alert: nameIn(ALERTS, bytes[RECORD_HEADER + 1] ?? -1) }
  const messages = messagesIn(bytes)
  const hello = messages.get(MESSAGE.serverHello)
  if (hello === undefined) return undefined
  const answer = agreementIn(hello)
  if (answer.version !== 'TLSv1.2') return answer
  // The rest of the flight is not encrypted.
  if (!messages.has(MESSAGE.serverHelloDone)) return undefined
  const list = new Reader(
    new Reader(messages.get(MESSAGE.certificate) ?? Buffer.alloc(0)).vector(3),
  )
  /** @type {Buffer[]} */
  const certificates = []
  while (!list.isDone) certificates.push(list.vector(3))
  return { ...answer, certificates, asksForCertificate: messages.has(MESSAGE.certificateRequest) }
}

/**
 * @param {Buffer} hello a ServerHello
 * @returns {Answer}
 */
function agreementIn(hello) {
  const reader = new Reader(hello)
  const legacy = reader.number(2)
  const isRetry = reader.take(32).equals(RETRY)
  reader.vector(1)
  const suite = nameIn(SUITES, reader.number(2))
  reader.take(1)
  const found = reader.isDone ? new Map() : extensions(reader)
  const chosen = found.get(EXTENSION.versions)
  const share = found.get(EXTENSION.share)
  return {
    kind: 'tls',
    version: nameIn(VERSIONS, chosen === undefined ? legacy : new Reader(chosen).number(2)),
    suite,
    ...(share === undefined ? {} : { group: nameIn(GROUPS, new Reader(share).number(2)) }),
    ...(isRetry ? { text: 'after a second hello' } : {}),
  }
}

/**
 * @param {net.Socket} socket connected; it is destroyed
 * @param {Buffer} hello
 * @param {number} timeout milliseconds
 * @returns {Promise<Answer>}
 */
function answerTo(socket, hello, timeout) {
  return new Promise(resolve => {
    let bytes = Buffer.alloc(0)
    const late = setTimeout(() => end({ kind: 'silent' }), timeout)
    /** @param {Answer} answer */
    const end = answer => {
      clearTimeout(late)
      socket.destroy()
      resolve(answer)
    }
    socket.on('data', more => {
      bytes = Buffer.concat([bytes, more])
      const answer = answerIn(bytes)
      if (answer !== undefined) end(answer)
    })
    const closed = () => {
      const text = bytes.toString('latin1')
      end(bytes.length === 0 ? { kind: 'closed' } : { kind: 'other', text })
    }
    socket.on('end', closed).on('error', closed)
    socket.write(hello)
  })
}

module.exports = { answerTo, offerIn, ownHello }
