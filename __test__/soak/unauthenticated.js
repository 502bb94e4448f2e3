'use strict'

/**
 * Those who do not belong here: garbage, half handshakes, lines without end, wrong passwords,
 * clients that leave before they are let in. A server that goes on has to get rid of each.
 */

const net = require('node:net')
const tls = require('node:tls')

const { between, pass } = require('./behaviours')
const { LOSSES } = require('./server')

/** Milliseconds within which a server that lives has to have cut them. */
const DEADLINE = 60_000

/** Milliseconds between two of them. */
const PAUSE = 1500

/** More than may be sent before one is let in. */
const ENDLESS = 80_000

/** The beginning of a ClientHello: a record of handshake bytes of which most are missing. */
const HALF_HELLO = Buffer.from('1603010200010001fc0303', 'hex')

/**
 * @typedef {object} Door
 * @property {any} Client
 * @property {{ port: number, cert: string }} setting
 * @property {import('../helpers/random').Random} random
 * @property {import('./child').Tell} tell
 * @property {boolean} steady whether the server is there all the time
 */

/**
 * @param {NodeJS.EventEmitter} socket
 * @returns {Promise<void>} when it is closed, whatever for
 */
function closed(socket) {
  socket.on('error', () => {})
  return new Promise(resolve => socket.once('close', () => resolve(undefined)))
}

/**
 * Waits for the end of a connection that the server has to cut.
 *
 * @param {Door} door
 * @param {string} what
 * @param {Promise<void>} end
 * @param {net.Socket} socket
 */
async function cut({ tell }, what, end, socket) {
  const timer = setTimeout(() => {
    tell.finding('not cut', what)
    socket.destroy()
  }, DEADLINE)
  await end
  clearTimeout(timer)
}

/**
 * @param {Door} door
 * @param {string} what
 * @param {Buffer | string} bytes
 */
async function plain(door, what, bytes) {
  const socket = net.connect(door.setting.port, 'localhost')
  const end = closed(socket)
  socket.resume()
  socket.write(bytes)
  await cut(door, what, end, socket)
}

/**
 * @param {Door} door
 * @returns {tls.TLSSocket}
 */
function handshaken({ setting }) {
  const { port, cert } = setting
  return tls.connect({ port, host: 'localhost', ca: [cert] })
}

/** @type {Record<string, (door: Door) => Promise<void>>} */
const kinds = {
  garbage(door) {
    const { random } = door
    // The first bytes are those of no record, so that nothing more is waited for.
    const bytes = Buffer.from(
      Array.from({ length: between(random, 1, 4096) }, () => random.below(256)),
    )
    return plain(door, 'garbage', Buffer.concat([Buffer.from([0x47, 0x45, 0x54, 0, 0]), bytes]))
  },

  http: door => plain(door, 'http', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),

  async 'half hello'({ setting, random }) {
    const socket = net.connect(setting.port, 'localhost')
    const end = closed(socket)
    socket.write(HALF_HELLO)
    await pass(random.below(500))
    if (random.chance(0.5)) socket.resetAndDestroy()
    else socket.destroy()
    await end
  },

  async endless(door) {
    const socket = handshaken(door)
    const end = closed(socket)
    socket.resume()
    socket.write('x'.repeat(ENDLESS))
    await cut(door, 'a line without end', end, socket)
  },

  async 'garbage line'(door) {
    const socket = handshaken(door)
    const end = closed(socket)
    socket.resume()
    socket.write('{"password"\n\n\u0000[[[\n{"requestId":1}\n{"password":"no"}\n')
    await cut(door, 'a wrong password behind garbage', end, socket)
  },

  async 'wrong password'({ Client, setting, tell, steady }) {
    const { port, cert } = setting
    const client = new Client({ host: 'localhost', port, password: 'no', options: { ca: [cert] } })
    let answer
    client.on('message', (/** @type {any} */ message) => (answer = message))
    client.on('authenticated', () => tell.finding('let in', 'with a wrong password'))
    await closed(client)
    client.disconnect()
    const right = JSON.stringify(answer) === '{"error":"incorrect password"}'
    if (steady && !right) {
      tell.finding('refusal', `a wrong password was answered by ${JSON.stringify(answer)}`)
    }
  },

  async 'leaves early'({ Client, setting, random, tell }) {
    const { port, cert } = setting
    const client = new Client({ host: 'localhost', port, password: 'no', options: { ca: [cert] } })
    client.on('error', (/** @type {any} */ error) => {
      if (LOSSES.has(error?.code) || error?.code === 'ECONNREFUSED') return
      tell.finding('error', `of a client that left early: ${error?.code} ${error?.message}`)
    })
    const end = closed(client)
    await pass(random.below(30))
    client.disconnect()
    await end
  },
}

/**
 * One unauthenticated peer after the other, until the last has gone after `stop`.
 *
 * @param {Door} door
 * @returns {{ live: () => Promise<void>, stop: () => void }}
 */
function unauthenticatedPeers(door) {
  let stopping = false
  return {
    async live() {
      while (!stopping) {
        await kinds[door.random.pick(Object.keys(kinds))]?.(door)
        door.tell.count('unauthenticated')
        await pass(door.random.below(PAUSE))
      }
    },
    stop() {
      stopping = true
    },
  }
}

module.exports = { unauthenticatedPeers }
