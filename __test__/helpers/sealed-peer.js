'use strict'

// A peer that shakes hands as Node does and then writes TLS 1.3 records of its own making: empty ones, single bytes,
// key updates. No library writes what only an attacker would.

const crypto = require('node:crypto')
const net = require('node:net')
const tls = require('node:tls')
const { taken } = require('./ends')
const { bounded, next, turn } = require('./events')
const { cleanup } = require('./cleanup')
const { Connection } = require('./reference-peer')
const certificates = require('./certificates')

/** @typedef {import('node:test').TestContext} TestContext */

/** Content types of records. */
const HANDSHAKE = 22
const APPLICATION_DATA = 23

const SETTINGS = {
  minVersion: /** @type {const} */ ('TLSv1.3'),
  maxVersion: /** @type {const} */ ('TLSv1.3'),
  ciphers: 'TLS_AES_128_GCM_SHA256',
}

/** Session tickets that Node's server sends behind its handshake, a record each. */
const TICKETS = 2

/**
 * RFC 8446, section 7.1, for at most one block of SHA-256 and without a context.
 *
 * @param {Buffer} secret
 * @param {string} label
 * @param {number} length
 * @returns {Buffer}
 */
function expandLabel(secret, label, length) {
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])])
  return crypto.createHmac('sha256', secret).update(info).digest().subarray(0, length)
}

/** One direction's keys. */
class Seal {
  /**
   * @param {Buffer} secret
   * @param {bigint} [sequence]
   */
  constructor(secret, sequence = 0n) {
    this.secret = secret
    this.sequence = sequence
  }

  /**
   * @param {number} type
   * @param {Buffer} content
   * @returns {Buffer} the record
   */
  record(type, content) {
    const header = Buffer.from([APPLICATION_DATA, 3, 3, 0, 0])
    header.writeUInt16BE(content.length + 1 + 16, 3)
    const nonce = expandLabel(this.secret, 'iv', 12)
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ this.sequence++, 4)
    const key = expandLabel(this.secret, 'key', 16)
    const cipher = crypto.createCipheriv('aes-128-gcm', key, nonce).setAAD(header)
    const sealed = [cipher.update(content), cipher.update(Buffer.from([type])), cipher.final()]
    return Buffer.concat([header, ...sealed, cipher.getAuthTag()])
  }

  /**
   * @param {string | Buffer} data
   * @returns {Buffer} a record of application data
   */
  data(data) {
    return this.record(APPLICATION_DATA, Buffer.from(data))
  }

  /**
   * @param {boolean} asks whether the other end is to change its keys too
   * @returns {Buffer} a KeyUpdate; what follows is sealed with the new keys
   */
  keyUpdate(asks) {
    const record = this.record(HANDSHAKE, Buffer.from([24, 0, 0, 1, asks ? 1 : 0]))
    this.secret = expandLabel(this.secret, 'traffic upd', 32)
    this.sequence = 0n
    return record
  }
}

/**
 * @typedef {object} SealedPeer
 * @property {Seal} seal makes records
 * @property {net.Socket} raw takes them
 * @property {InstanceType<typeof Connection>} connection what the other end says, decrypted by Node
 */

/**
 * The secret that `side` seals its application data with.
 *
 * @param {import('node:events').EventEmitter} source of 'keylog'
 * @param {'CLIENT' | 'SERVER'} side
 * @returns {Promise<Buffer>}
 */
function secretOf(source, side) {
  return new Promise(resolve => {
    source.on('keylog', line => {
      const [label, , secret] = String(line).trim().split(' ')
      if (label === `${side}_TRAFFIC_SECRET_0`) resolve(Buffer.from(String(secret), 'hex'))
    })
  })
}

/**
 * A client that a server has taken and that has said nothing yet.
 *
 * @param {TestContext} t
 * @param {any} server a Server under test
 * @returns {Promise<SealedPeer>}
 */
async function sealedClient(t, server) {
  const before = server.sockets.size
  const { port } = server.tlsServer.address()
  const raw = net.connect({ port, host: '127.0.0.1', noDelay: true })
  cleanup(t, () => void raw.destroy())
  const { cert } = certificates.readmeCa()
  const socket = tls.connect({ socket: raw, servername: 'localhost', ca: cert, ...SETTINGS })
  const secret = secretOf(socket, 'CLIENT')
  const connection = new Connection(socket)
  await next(socket, 'secureConnect')
  // Node writes the last flight only later, and nothing of ours may overtake it.
  await taken(server, before + 1)
  return { seal: new Seal(await bounded(secret, 'the secret')), raw, connection }
}

/**
 * A server for one client at a time, which has then sent its password.
 *
 * @param {TestContext} t
 * @returns {Promise<{ port: number, accept: () => Promise<SealedPeer> }>}
 */
async function sealedServer(t) {
  const server = net.createServer({ noDelay: true })
  await next(server.listen(0, '127.0.0.1'), 'listening')
  cleanup(t, () => void server.close())
  const { key, cert } = certificates.readmeCa()
  return {
    port: /** @type {net.AddressInfo} */ (server.address()).port,
    async accept() {
      const [raw] = await next(server, 'connection')
      cleanup(t, () => void raw.destroy())
      const secureContext = tls.createSecureContext({ key, cert, ...SETTINGS })
      const socket = new tls.TLSSocket(raw, { isServer: true, secureContext })
      const secret = secretOf(socket, 'SERVER')
      const connection = new Connection(socket)
      await next(socket, 'secure')
      // Node writes the tickets only later, and nothing of ours may overtake them.
      await connection.until(() => connection.lines.length > 0, 'the password')
      await turn()
      return {
        seal: new Seal(await bounded(secret, 'the secret'), BigInt(TICKETS)),
        raw,
        connection,
      }
    },
  }
}

module.exports = { sealedClient, sealedServer, Seal }
