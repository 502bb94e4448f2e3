'use strict'

/**
 * What each step of a program that keeps connections does; those that make and end them are in
 * connecting.js. A step ends when what it causes at both ends has come.
 *
 * @typedef {import('./world').World} World
 * @typedef {import('./world').Slot} Slot
 * @typedef {'server' | 'client'} Side
 * @typedef {(world: World, slot: Slot, step: any) => Promise<void> | void} Take
 */

const { turn } = require('../helpers/events')
const { attempt, worded } = require('./answers')
const { meet } = require('./differences')
const { show } = require('./show')
const { messages, impossible, unanswerable, big } = require('./values')

/** Milliseconds until a request is given up that nobody answers. */
const SOON = 25

/** An id that no connection gets. */
const NOBODY = 900_000

/**
 * @param {World} world
 * @param {Slot} slot
 * @param {Side} side
 * @param {any} value
 * @returns {unknown} what the call returned
 */
function send(world, slot, side, value) {
  return side === 'server' ? world.server.send(slot.id ?? NOBODY, value) : slot.client?.send(value)
}

/**
 * @param {World} world
 * @param {Slot} slot
 * @param {Side} side
 * @param {any} value
 * @returns {Promise<void>} settles with the request
 */
function ask(world, slot, side, value) {
  const node = side === 'server' ? world.server : slot.client
  if (!node) return Promise.resolve()
  const asked = () =>
    side === 'server' ? node.request(slot.id ?? NOBODY, value) : node.request(value)
  return world.ask(slot, side, () =>
    asked().catch((/** @type {any} */ error) => {
      throw worded(value, error)
    }),
  )
}

/**
 * @param {World} world
 * @param {Slot} slot
 * @param {Side} side
 * @returns {any} the socket of a live connection
 */
function socketOf(world, slot, side) {
  return side === 'server' ? world.server.sockets.get(slot.id) : slot.client.socket
}

/**
 * @param {string} name
 * @returns {any}
 */
function message(name) {
  return messages.get(name)?.()
}

/** @type {Record<string, Take>} */
const steps = {
  send(world, slot, { side, values }) {
    for (const name of values) {
      attempt(world, 'calls', () => send(world, slot, side, message(name)))
    }
  },

  /** Everybody to everybody, in one turn. */
  burst(world, _, { values }) {
    for (const name of values) {
      for (const slot of world.slots) {
        if (!world.isLive(slot)) continue
        slot.client.send(message(name))
        world.server.send(slot.id, message(name))
      }
    }
  },

  big(world, slot, { side, size }) {
    if (world.isLive(slot)) send(world, slot, side, big(size))
  },

  request(world, slot, { side, ways }) {
    for (const [n, how] of ways.entries()) {
      const question = { n, how }
      void ask(world, slot, side, question)
      world.note('calls', `asked ${show(question)}`)
    }
  },

  /** Requests that run into their deadline, and answers after it. */
  async ignored(world, slot, { side, count }) {
    if (!world.isLive(slot)) return
    const { requests } = side === 'server' ? world.server : slot.client
    const usual = requests.requestTimeout
    requests.requestTimeout = SOON
    const asked = Array.from({ length: count }, (_, n) =>
      ask(world, slot, side, { n, how: n % 2 ? 'keep' : 'ignore' }),
    )
    requests.requestTimeout = usual
    await Promise.all(asked)
  },

  impossible(world, slot, { side, value: name, asks }) {
    const value = impossible.get(name)?.()
    if (!asks) attempt(world, 'calls', () => send(world, slot, side, value))
    else if (unanswerable.has(name)) meet('unanswerable')
    else void ask(world, slot, side, value)
  },

  /** An answer that was kept: in time, late, to somebody who is gone. */
  answer(world, slot, { side, last, twice }) {
    const res = last ? slot.kept[side].pop() : slot.kept[side].shift()
    if (res === undefined) return
    for (let n = 0; n < (twice ? 2 : 1); n++) {
      attempt(world, 'calls', () => res.send({ kept: n }))
    }
  },

  /** Text of a user's own, through the socket. */
  write(world, slot, { side, lines, apart }) {
    if (!world.isLive(slot)) return
    const socket = socketOf(world, slot, side)
    if (apart) for (const line of lines) socket.write(`${line}\n`)
    else socket.write(lines.map((/** @type {string} */ line) => `${line}\n`).join(''))
  },

  /** What is sent is what the object was when it was sent. */
  mutate(world, slot, { side }) {
    let calls = 0
    const value = { a: 1, b: { toJSON: (/** @type {string} */ key) => [key, ++calls] } }
    attempt(world, 'calls', () => send(world, slot, side, value))
    value.a = 2
    const question = { a: 1 }
    void ask(world, slot, side, question)
    question.a = 2
    world.note('calls', `calls of toJSON ${calls}, ${show(question)}`)
  },

  /** Ids nobody has. */
  strange(world, slot, { id: name }) {
    /** @type {Record<string, any>} */
    const ids = { text: String(slot.id), unknown: NOBODY, nan: NaN, past: -1 }
    attempt(world, 'calls', () => world.server.send(ids[name], { to: 'nobody' }))
    const question = { a: 1 }
    void world.ask(slot, 'server', () => world.server.request(ids[name], question))
    world.note('calls', show(question))
  },

  /** A socket that is paused holds messages back. */
  async hold(world, slot, { side, values }) {
    if (!world.isLive(slot)) return
    const other = side === 'server' ? 'client' : 'server'
    const socket = socketOf(world, slot, side)
    // In whose context the original goes on, the caller of resume or the connection, is chance.
    world.withoutContexts = true
    socket.pause()
    for (const name of values) send(world, slot, other, message(name))
    // Time for them to come, if they could: others come and go.
    const others = world.slots.filter(each => each !== slot && world.isLive(each))
    for (const each of others) send(world, each, side, { meanwhile: true })
    for (let n = 0; n < 3; n++) await turn()
    const where = side === 'server' ? slot.far : slot.near
    world.note('calls', `paused ${socket.isPaused()}, came ${world.block.get(where)?.length ?? 0}`)
    socket.resume()
  },

  /** The user gives up what is pending. */
  cancel(world, slot, { side }) {
    if (side === 'server') world.server.requests.cancelAll()
    else slot.client?.requests.cancelAll()
  },

  /** Nobody listens for 'error': the call throws it. */
  unheard(world, slot, { side }) {
    if (!slot.client || (side === 'client' && slot.client.isAuthenticated)) return
    const node = side === 'server' ? world.server : slot.client
    const listeners = node.listeners('error')
    node.removeAllListeners('error')
    const call = () => (side === 'server' ? node.send(NOBODY, {}) : node.send({}))
    attempt(world, 'calls', call)
    for (const listener of listeners) node.on('error', listener)
  },

  /** May be changed at any time; not while an attempt is due, whose time it would change. */
  interval(_, slot, { interval }) {
    if (slot.client && !slot.returning) slot.client.reconnectInterval = interval
  },

  /** Whoever is to come in, or to come back, needs the new one. */
  password(world, _, { password }) {
    world.password = password === '<none>' ? undefined : password
    world.server.password = world.password
    for (const { config } of world.slots) if (config) config.password = world.password
  },
}

/**
 * Answers that were kept go to their connection; one of a former connection of a client that has
 * come back is a difference.
 *
 * @param {Slot} slot
 */
function dropStale(slot) {
  if (slot.kept.client.length > 0) meet('staleAnswer')
  slot.kept.client = []
}

module.exports = { steps, send, ask, socketOf, dropStale }
