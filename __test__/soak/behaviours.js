'use strict'

/**
 * What a client does, each with its weight. An order is a message that makes the server do
 * something. Everything that happens to the connection is seen by the ledgers at both ends.
 *
 * @typedef {import('./actor').Actor} Actor
 * @typedef {import('../helpers/random').Random} Random
 */

/**
 * @param {Random} random
 * @param {number} from
 * @param {number} to
 * @returns {number}
 */
function between(random, from, to) {
  return from + random.below(to - from + 1)
}

/**
 * @param {number} ms
 * @returns {Promise<void>}
 */
function pass(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** @type {Record<string, (actor: Actor, random: Random) => Promise<void> | void>} */
const behaviours = {
  /** Small messages, many at once. */
  burst(actor, random) {
    const count = between(random, 1, 100)
    for (let n = 0; n < count; n++) actor.say({ k: 'note', size: random.below(500) })
  },

  /** Small messages of the server. */
  listen(actor, random) {
    actor.say({ k: 'burst', count: between(random, 1, 100), size: random.below(500) })
  },

  /** Requests, several under way. */
  async ask(actor, random) {
    const count = between(random, 1, 10)
    await Promise.all(Array.from({ length: count }, () => actor.ask({ k: 'echo' })))
  },

  /** Requests of the server. */
  asked(actor, random) {
    actor.say({ k: 'ask', count: between(random, 1, 10) })
  },

  /** Everything at once, both ways. */
  async mixed(actor, random) {
    actor.say({ k: 'burst', count: 20, size: random.below(5000) })
    actor.say({ k: 'ask', count: 3 })
    const asked = actor.ask({ k: 'echo' })
    for (let n = 0; n < 20; n++) actor.say({ k: 'note', size: random.below(5000) })
    await asked
  },

  /** A big message each way. */
  big(actor, random) {
    const size = between(random, 60_000, 1_000_000)
    actor.say({ k: 'burst', count: 1, size })
    actor.say({ k: 'note', size })
  },

  /** Does not read for a while, and the server sends more than fits anywhere. */
  async slow(actor, random) {
    const { socket } = actor.client
    socket.pause()
    actor.say({ k: 'burst', count: 100, size: between(random, 1000, 10_000) })
    await pass(between(random, 10, 400))
    socket.resume()
  },

  /** The server does not read for a while. */
  stall(actor, random) {
    actor.say({ k: 'pause', ms: between(random, 10, 400) })
    for (let n = 0; n < 100; n++) actor.say({ k: 'note', size: between(random, 1000, 10_000) })
  },

  /** Is thrown out. */
  async killed(actor, random) {
    actor.say({ k: 'burst', count: random.below(50), size: random.below(2000) })
    actor.say({ k: 'kill' })
    await actor.down()
  },

  /** Says something and ends: all of it arrives. */
  async end(actor, random) {
    const count = random.below(50)
    for (let n = 0; n < count; n++) actor.say({ k: 'note', size: random.below(2000) })
    actor.client.socket.end()
    await actor.accounted('received')
  },

  /** The server says something and ends: all of it arrives. */
  async ended(actor, random) {
    actor.say({ k: 'end', count: random.below(50), size: random.below(2000) })
    await actor.accounted('sent')
  },

  /** Leaves, in the middle of traffic, and comes back. */
  async redial(actor, random) {
    actor.say({ k: 'burst', count: random.below(50), size: random.below(2000) })
    const { client } = actor
    if (!actor.reconnects) return actor.replace()
    client.disconnect()
    if (random.chance(0.5)) await actor.down()
    client.attemptsToReconnect = true
    client.connect()
    await actor.down()
  },

  /** Leaves for good; another client takes its place. */
  async replace(actor, random) {
    actor.say({ k: 'ask', count: random.below(5) })
    await actor.replace()
  },
}

/** How often each is done. */
const weights = /** @type {const} */ ([
  [20, 'burst'],
  [20, 'listen'],
  [20, 'ask'],
  [20, 'asked'],
  [10, 'mixed'],
  [2, 'big'],
  [4, 'slow'],
  [4, 'stall'],
  [2, 'killed'],
  [2, 'end'],
  [2, 'ended'],
  [2, 'redial'],
  [2, 'replace'],
])

module.exports = { behaviours, between, pass, weights }
