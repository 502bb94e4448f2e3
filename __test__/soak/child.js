'use strict'

/**
 * One process of a soak: a server, or many clients. It is told what it is by its parent, tells
 * what it counts, finds and holds, and has to end by itself.
 */

const { census } = require('../helpers/census')
const { Random } = require('../helpers/random')
const { Actor } = require('./actor')
const { SoakServer } = require('./server')
const { unauthenticatedPeers } = require('./unauthenticated')

/** How many clients there are for each that never logs in. */
const CLIENTS_PER_UNAUTHENTICATED = 25

/**
 * @typedef {object} Tell
 * @property {(name: string) => void} count
 * @property {(kind: string, detail: string) => void} finding
 */

/**
 * What a child is.
 *
 * @typedef {object} Begin
 * @property {'server' | 'clients'} role
 * @property {string} name
 * @property {string} directory of the package
 * @property {number} seed
 * @property {number} every milliseconds between two samples
 * @property {string} key
 * @property {string} cert
 * @property {string} password
 * @property {boolean} exactly
 * @property {number} port of a server: where to listen, 0 for anywhere
 * @property {number} count of clients
 * @property {{ port: number, steady: boolean, unauthenticated: boolean }[]} doors where clients connect
 */

/** @param {object} message */
function say(message) {
  process.send?.(message)
}

/** @type {Record<string, number>} */
const counts = {}

/** @type {Tell} */
const tell = {
  count(name) {
    counts[name] = (counts[name] ?? 0) + 1
  },
  finding: (kind, detail) => say({ finding: { kind, detail } }),
}

/** @returns {Promise<void>} */
async function sample() {
  say({ sample: { ms: performance.now(), ...(await census()) }, counts })
}

/**
 * @param {Begin} begin
 * @returns {Promise<() => Promise<void>>} what ends it
 */
async function serve({ directory, port, key, cert, password, exactly }) {
  const { Server } = require(directory)
  const server = new SoakServer(Server, { key, cert, password, exactly }, tell)
  say({ port: await server.listen(port) })
  return () => server.stop()
}

/**
 * @param {Begin} begin
 * @returns {() => Promise<void>} what ends it
 */
function connect({ name, directory, seed, count, doors, cert, password, exactly }) {
  const { Client } = require(directory)
  const random = new Random(seed)
  const own = () => new Random(random.below(0x1_0000_0000))
  const actors = Array.from({ length: count }, (_, n) => {
    const { port } = /** @type {Begin['doors'][number]} */ (doors[n % doors.length])
    return new Actor(Client, `${name}-${n}`, { port, cert, password, exactly }, own(), tell)
  })
  const open = doors.filter(door => door.unauthenticated)
  const unauthenticated = open.flatMap(({ port, steady }) =>
    Array.from({ length: Math.ceil(count / CLIENTS_PER_UNAUTHENTICATED / open.length) }, () =>
      unauthenticatedPeers({ Client, setting: { port, cert }, random: own(), tell, steady }),
    ),
  )
  const watch = setInterval(() => actors.forEach(actor => actor.watch()), 1000)
  const ends = [...actors, ...unauthenticated].map(each => each.live())
  return async () => {
    for (const each of unauthenticated) each.stop()
    for (const actor of actors) actor.stopping = true
    await Promise.all(ends)
    clearInterval(watch)
  }
}

/** @param {Begin} begin */
async function main(begin) {
  await sample()
  const stop = begin.role === 'server' ? await serve(begin) : connect(begin)
  const sampling = setInterval(() => void sample(), begin.every)
  process.once('message', async () => {
    clearInterval(sampling)
    await stop()
    await sample()
    process.removeListener('disconnect', orphan)
    say({ done: true })
    // Nothing holds the process now, unless something was left.
    process.disconnect()
  })
}

/** Without the parent nobody would end this. */
function orphan() {
  process.exit(3)
}

process.on('disconnect', orphan)
process.once('message', begin => void main(/** @type {Begin} */ (begin)))
