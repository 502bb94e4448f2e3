'use strict'

// What a client writes first, read at the network.

const { once } = require('node:events')
const net = require('node:net')
const { bounded } = require('./events')

/** @typedef {{ suites: number[], groups: number[], shares: number[], schemes: number[] }} Hello */

const EXTENSION = { groups: 10, schemes: 13, shares: 51 }

/** @param {Buffer} bytes @returns {number[]} */
const pairs = bytes =>
  Array.from({ length: bytes.length >> 1 }, (_, at) => bytes.readUInt16BE(2 * at))

/**
 * @param {Buffer} record
 * @returns {Hello}
 */
function read(record) {
  let at = 5 + 4 + 2 + 32
  const take = (/** @type {number} */ width) => {
    const length = record.readUIntBE(at, width)
    at += width + length
    return record.subarray(at - length, at)
  }
  take(1)
  /** @type {Hello} */
  const hello = { suites: pairs(take(2)), groups: [], shares: [], schemes: [] }
  take(1)
  at += 2
  while (at < record.length) {
    const type = record.readUInt16BE(at)
    at += 2
    const content = take(2)
    if (type === EXTENSION.groups) hello.groups = pairs(content.subarray(2))
    if (type === EXTENSION.schemes) hello.schemes = pairs(content.subarray(2))
    if (type !== EXTENSION.shares) continue
    for (let share = 2; share < content.length; share += 4 + content.readUInt16BE(share + 2)) {
      hello.shares.push(content.readUInt16BE(share))
    }
  }
  return hello
}

/**
 * @param {import('node:test').TestContext} t
 * @param {(port: number) => void} connect
 * @returns {Promise<Hello>} of the client that connects
 */
async function helloOf(t, connect) {
  const server = net.createServer()
  t.after(() => server.close())
  server.listen(0)
  await once(server, 'listening')
  const arrived = once(server, 'connection')
  connect(/** @type {net.AddressInfo} */ (server.address()).port)
  const [socket] = await bounded(arrived, 'a client')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  let bytes = Buffer.alloc(0)
  while (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3)) {
    const [more] = await bounded(once(socket, 'data'), 'a hello')
    bytes = Buffer.concat([bytes, more])
  }
  return read(bytes)
}

module.exports = { helloOf }
