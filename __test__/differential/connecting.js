'use strict'

/** Steps of a program that make connections and end them. */

const { bounded } = require('../helpers/events')
const certificates = require('../helpers/certificates')
const { send, ask, socketOf, dropStale } = require('./steps')

/**
 * @typedef {import('./world').World} World
 * @typedef {import('./world').Slot} Slot
 */

/**
 * Waits until a client is in, at both ends.
 *
 * @param {World} world
 * @param {Slot} slot
 * @param {number} entered how often it was in before
 */
async function entering(world, slot, entered) {
  await world.until(
    () => slot.entered > entered && world.isLive(slot),
    `${slot.name} let in (${slot.entered} times before)`,
  )
  dropStale(slot)
}

/**
 * Waits until a connection has ended at both ends, and for what its client does then.
 *
 * @param {World} world
 * @param {Slot} slot
 * @param {{ closes: number, serverCloses: number, entered: number }} before
 */
async function ending(world, slot, before) {
  await world.until(
    () => slot.closes > before.closes && slot.serverCloses > before.serverCloses,
    `the end of ${slot.name} at both ends`,
  )
  if (slot.client && world.comesBack(slot)) {
    if (world.phase === 'up') await entering(world, slot, before.entered)
    else await world.until(() => slot.attempts > 0, `an attempt of ${slot.name}`)
  } else slot.returning = false
}

/**
 * @param {Slot} slot
 * @returns {{ closes: number, serverCloses: number, entered: number }}
 */
function countsOf({ closes, serverCloses, entered }) {
  return { closes, serverCloses, entered }
}

/**
 * Ends every connection of a server that takes no more, and waits until it has closed.
 *
 * @param {World} world
 */
async function kickAll(world) {
  const ends = world.live.map(slot => /** @type {const} */ ([slot, countsOf(slot)]))
  for (const socket of world.server.sockets.values()) socket.destroy()
  await Promise.all(ends.map(([slot, before]) => ending(world, slot, before)))
  await world.until(() => world.phase === 'down', 'the close callback')
}

/**
 * @param {unknown} right
 * @param {unknown} given
 * @param {'given' | 'listed' | 'near'} as
 * @returns {unknown} a password that is wrong, unless `given` is the right one
 */
function other(right, given, as) {
  if (as === 'listed') return [right]
  if (as === 'given' || typeof right !== 'string' || right === '') return given
  // Alike in Latin-1, and for one that is half of a surrogate pair in UTF-8.
  return right.slice(0, -1) + String.fromCharCode(right.charCodeAt(right.length - 1) ^ 0x100)
}

/**
 * A ping that comes between the end and the close makes a write after the end, an error. Whether one
 * comes is chance.
 *
 * @param {World} world
 * @param {string} how
 * @returns {string}
 */
function withPings(world, how) {
  return world.pings && how === 'end' ? 'destroy' : how
}

/** @type {Record<string, import('./steps').Take>} */
const connecting = {
  /** A new Client, or `connect` of the one that has left. */
  async connect(world, slot, { interval = 0, late = false, greet = false, again = false }) {
    if (!world.isFree(slot)) return
    const { entered, closes } = slot
    slot.greets = greet
    if (again && slot.client) {
      // The object that the Client reads again; a client that was refused needs a better one.
      const { config } = slot
      slot.config = Object.assign(config, world.configure(slot))
      world.inContext(slot, () => slot.client.connect())
    } else {
      dropStale(slot)
      world.configure(slot)
      await world.open(slot, { interval, late })
    }
    if (world.phase === 'up') return await entering(world, slot, entered)
    // Quiet for one that has attempted before: then its socket tells.
    const { client } = slot
    await world.until(
      () => slot.closes > closes || (again && client.socket.destroyed),
      `the refusal of ${slot.name}`,
    )
    if (world.comesBack(slot) && slot.closes > closes) {
      await world.until(() => slot.attempts > 0, `an attempt of ${slot.name}`)
    }
  },

  async kick(world, slot, { how: wanted, then }) {
    if (!world.isLive(slot)) return
    const how = withPings(world, wanted)
    const before = countsOf(slot)
    const socket = socketOf(world, slot, 'server')
    const act = () => {
      if (how === 'end') return void socket.end()
      socket.destroy()
      if (then === 'send') send(world, slot, 'server', { after: 'the kick' })
      if (then === 'request') void ask(world, slot, 'server', { after: 'the kick' })
    }
    if (how === 'listener') {
      slot.inListener = act
      slot.client.send({ kick: 'me' })
    } else if (how === 'answer') void ask(world, slot, 'client', { how: 'leave' })
    else act()
    await ending(world, slot, before)
  },

  async leave(world, slot, { how: wanted, first, then }) {
    const { client } = slot
    if (!client) return
    const how = withPings(world, wanted)
    if (slot.returning) {
      // It waits for its next attempt, or makes one: both end without a word.
      client.disconnect()
      slot.returning = false
      return
    }
    if (!world.isLive(slot)) return client.disconnect()
    const before = countsOf(slot)
    const act = () => {
      if (first === 'send') client.send({ last: 'words' })
      if (how === 'end') client.socket.end()
      else if (how === 'destroy') client.socket.destroy()
      else client.disconnect()
      if (how === 'twice') client.disconnect()
      if (how === 'revive') client.attemptsToReconnect = true
      if (how === 'again') {
        world.inContext(slot, () => client.connect())
        return
      }
      if (then === 'send') client.send({ after: 'the end' })
      if (then === 'request') void ask(world, slot, 'client', { after: 'the end' })
    }
    if (first === 'keep') {
      void ask(world, slot, 'client', { how: 'keep' })
      void ask(world, slot, 'server', { how: 'keep' })
      await world.settle()
    }
    if (how === 'listener') {
      slot.inListener = act
      world.server.send(slot.id, { leave: 'now' })
    } else act()
    await ending(world, slot, before)
    if (how !== 'again') return
    if (world.phase === 'up') return await entering(world, slot, before.entered)
    await world.until(() => slot.closes > before.closes + 1, `the refusal of ${slot.name}`)
  },

  /** A client with another password. */
  async refused(world, slot, { password: given, as }) {
    const password = other(world.password, given, as)
    if (!world.isFree(slot) || world.phase !== 'up' || password === world.password) return
    const { closes } = slot
    const { unauthenticated } = world
    world.configure(slot, { password })
    await world.open(slot)
    await world.until(
      () => slot.closes > closes && world.unauthenticated > unauthenticated,
      'the refusal at both ends',
    )
  },

  /** A client that comes back with another password, and mends it when it is told. */
  async refusedOnce(world, slot) {
    if (!world.isLive(slot) || world.phase !== 'up' || !world.comesBack(slot)) return
    const before = countsOf(slot)
    const { unauthenticated } = world
    slot.config.password = { wrong: true }
    slot.inListener = () => (slot.config.password = world.password)
    socketOf(world, slot, 'server').destroy()
    await ending(world, slot, before)
    await world.until(
      () => world.unauthenticated > unauthenticated,
      "the refused connection's close",
    )
  },

  /** A client that does not trust the server's certificate. */
  async distrust(world, slot) {
    if (!world.isFree(slot) || world.phase !== 'up') return
    const { closes } = slot
    const { handshakes } = world
    world.configure(slot, { options: { ca: [certificates.readmeV1().cert] } })
    await world.open(slot)
    await world.until(
      () => slot.closes > closes && world.handshakes > handshakes,
      'the close at both ends',
    )
  },

  /** A client that leaves before it is in. */
  async abort(world, slot, { at }) {
    if (!world.isFree(slot) || world.phase !== 'up') return
    const { closes } = slot
    world.configure(slot)
    await world.open(slot)
    const { client } = slot
    if (at === 'once') client.disconnect()
    else client.socket.once('connect', () => client.disconnect())
    await world.until(() => slot.closes > closes, 'the close of a client that gave up')
  },

  /** No more connections; those there are go now, or stay. */
  async stop(world, _, { gentle }) {
    if (world.phase !== 'up') return
    world.phase = 'closing'
    world.server.close((/** @type {any[]} */ ...args) => {
      world.phase = 'down'
      world.note('server', `close callback ${args.length}`, null)
    })
    if (!gentle) await kickAll(world)
  },

  async start(world, _, { samePort }) {
    if (world.phase === 'up') return
    if (world.phase === 'closing') await kickAll(world)
    const coming = world.slots.filter(slot => slot.returning)
    const before = coming.map(countsOf)
    world.racing = coming.length > 1
    await world.listen(samePort ? world.port : 0)
    await bounded(
      Promise.all(coming.map((slot, n) => entering(world, slot, before[n]?.entered ?? 0))),
      'the return of the clients',
    )
    world.racing = false
  },
}

module.exports = { connecting }
