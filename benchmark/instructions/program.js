'use strict'

// One program whose instructions are counted: `node program.js NAME COUNT KEY CERT [MODULE]`. A server and its clients in one
// process and one thread, so that how much comes together does not depend on how fast the machine is. What is counted stands
// between two calls of `os.uptime`, behind a run that is four times as long and lets V8 optimise.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/** @typedef {any} Ends Server and clients, all logged in, and `another` for one more. */

const ROOT = path.join(__dirname, '..', '..')

const WARM_UP = 4
const PASSWORD = 'x'
const PAYLOAD = { text: 'x'.repeat(30) }

/** A new one for each request, for it gets an id. Not by a spread: to add a property to what one has made takes V8 3,500. */
const request = () => ({ text: PAYLOAD.text })

/** No time-out of the package's is to go off however slow the machine is, in milliseconds. */
const LONG = 900_000

/** Messages that are sent in one go. */
const BURST = 128

/**
 * @param {import('node:events').EventEmitter[]} emitters
 * @param {number} count
 * @returns {Promise<void>} settles when so many messages have come to them
 */
function messages(emitters, count) {
  return new Promise(resolve => {
    let left = count
    const heard = () => {
      left--
      if (left > 0) return
      for (const emitter of emitters) emitter.removeListener('message', heard)
      resolve()
    }
    for (const emitter of emitters) emitter.on('message', heard)
  })
}

/**
 * @typedef {object} Program
 * @property {number} clients
 * @property {boolean} [everywhere] whether every peer of the benchmark can do it
 * @property {(ends: Ends, count: number) => Promise<void>} run
 */

/** @type {Record<string, Program>} */
const PROGRAMS = {
  'round trips': {
    clients: 1,
    everywhere: true,
    async run({ clients: [client] }, count) {
      for (let at = 0; at < count; at++) await client.request(request())
    },
  },
  'requests that a server answers': {
    clients: 1,
    everywhere: true,
    async run({ clients: [client] }, count) {
      const ask = () => client.request(request())
      for (let at = 0; at < count; at += BURST)
        await Promise.all(Array.from({ length: BURST }, ask))
    },
  },
  'requests that a server asks': {
    clients: 1,
    async run({ server }, count) {
      const ask = () => server.request(0, request())
      for (let at = 0; at < count; at += BURST)
        await Promise.all(Array.from({ length: BURST }, ask))
    },
  },
  'messages to a server': {
    clients: 1,
    everywhere: true,
    async run({ server, clients: [client] }, count) {
      for (let at = 0; at < count; at += BURST) {
        const heard = messages([server], BURST)
        for (let one = 0; one < BURST; one++) client.send(PAYLOAD)
        await heard
      }
    },
  },
  'messages of a server': {
    clients: 1,
    everywhere: true,
    async run({ server, clients }, count) {
      for (let at = 0; at < count; at += BURST) {
        const heard = messages(clients, BURST)
        for (let one = 0; one < BURST; one++) server.send(0, PAYLOAD)
        await heard
      }
    },
  },
  'messages to 20 clients each': {
    clients: 20,
    everywhere: true,
    async run({ server, clients }, count) {
      for (let at = 0; at < count; at += clients.length) {
        const heard = messages(clients, clients.length)
        for (let id = 0; id < clients.length; id++) server.send(id, PAYLOAD)
        await heard
      }
    },
  },
  connects: {
    clients: 0,
    everywhere: true,
    async run({ another }, count) {
      for (let at = 0; at < count; at++) {
        const client = await another()
        const closed = new Promise(resolve => client.once('close', resolve))
        client.disconnect()
        await closed
      }
    },
  },
  'broadcasts to 20': {
    clients: 20,
    async run({ server, clients }, count) {
      for (let at = 0; at < count; at++) {
        const heard = messages(clients, clients.length)
        server.broadcast(PAYLOAD)
        await heard
      }
    },
  },
}

/**
 * @param {number} count of clients
 * @param {string} key
 * @param {string} cert
 * @param {string} module what to `require` for `{ Server, Client }`
 * @returns {Promise<Ends>}
 */
async function connect(count, key, cert, module) {
  const { Server, Client } = require(module)
  const common = { password: PASSWORD, requestTimeout: LONG }
  const options = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) }
  const server = new Server({ ...common, options, keepAliveInterval: LONG, authTimeout: LONG })
  const answer = (/** @type {any} */ message, /** @type {any} */ response) =>
    response.send({ ok: message.text })
  server.on(
    'request',
    (/** @type {number} */ _id, /** @type {any} */ message, /** @type {any} */ res) =>
      answer(message, res),
  )
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const { port } = /** @type {any} */ (server.tlsServer.address())
  async function another() {
    const client = new Client({ ...common, port, host: 'localhost', options: { ca: options.cert } })
    client.on('request', answer)
    await new Promise(resolve => client.once('authenticated', () => resolve(undefined)))
    return client
  }
  const clients = []
  for (let at = 0; at < count; at++) clients.push(await another())
  return { server, clients, another }
}

/**
 * Has the time stand still for the package. Below callgrind all takes fifty times as long, and a tick that lasts long is
 * written in more parts: that would be counted, and on a slower machine more of it.
 */
function stopClock() {
  const { hrtime } = process
  const now = hrtime()
  process.hrtime = Object.assign(() => /** @type {[number, number]} */ ([...now]), {
    bigint: hrtime.bigint,
  })
}

/** Runs what the command line says. */
async function main() {
  stopClock()
  const [name = '', count = '', key = '', cert = '', module = ROOT] = process.argv.slice(2)
  const program = PROGRAMS[name]
  if (program === undefined) throw new Error(`no program "${name}"`)
  const ends = await connect(program.clients, key, cert, module)
  await program.run(ends, WARM_UP * Number(count))
  os.uptime()
  await program.run(ends, Number(count))
  os.uptime()
  process.exit(0)
}

if (require.main === module) void main()

const names = Object.keys(PROGRAMS)

module.exports = { names, namesEverywhere: names.filter(name => PROGRAMS[name]?.everywhere) }
