'use strict'

const assert = require('node:assert/strict')
const { answer } = require('./answers')
const { contexts } = require('./contexts')
const { meet } = require('./differences')
const { show } = require('./show')

/**
 * What the ends of connections say, written down.
 *
 * @typedef {import('./world').World} World
 * @typedef {import('./world').Slot} Slot
 */

/**
 * @param {any} res what a listener answers a request with
 * @returns {string}
 */
function responder(res) {
  if (res.error === undefined) return show(res)
  meet('errorAnswers')
  const { error, ...others } = res
  return `${show(others)}${typeof error === 'function' ? '' : ` error ${show(error)}`}`
}

/**
 * @param {World} world
 */
function listenToServer(world) {
  const { server } = world
  server.tlsServer.on('tlsClientError', () => {
    world.handshakes++
    world.changed()
  })
  server.on('authenticated', (/** @type {number} */ id, /** @type {any} */ socket) => {
    const slot = world.slots.find(each => each.client?.socket?.localPort === socket.remotePort)
    assert.ok(slot, `whose connection is ${id}?`)
    slot.id = id
    slot.connections++
    world.slotOf.set(id, slot)
    const known = server.sockets.get(id) === socket && socket.isAuthenticated
    world.note(slot.far, `authenticated ${world.racing ? '' : id} ${known}`)
    if (slot.greets) server.send(id, { greeting: 'from the server' })
  })
  server.on('message', (/** @type {number} */ id, /** @type {any} */ value) => {
    const slot = world.slotOf.get(id)
    if (slot && value?.$marker !== undefined) {
      slot.marks.server = value.$marker
      return world.changed()
    }
    const open = server.sockets.get(id)?.destroyed === false
    world.note(slot ? slot.far : `unauthenticated ${id}`, `message ${show(value)} ${open}`)
    if (slot) act(slot)
  })
  server.on(
    'request',
    (/** @type {number} */ id, /** @type {any} */ req, /** @type {any} */ res) => {
      // prettier-ignore
      const slot = /** @type {Slot} */ (world.slotOf.get(id))
      world.note(slot.far, `request ${show(req)} ${responder(res)}`)
      answer(world, slot, 'server', req, res)
    },
  )
  server.on('error', (/** @type {any[]} */ ...args) => {
    if (args.length === 1 && world.subjects.server.isOriginal) {
      meet('errorArguments')
      world.note('server', `error ${show(args[0])}`)
    } else if (/^not connected/.test(args[1]?.message)) world.note('server', `error ${show(args[1])}`)
    else world.note(world.slotOf.get(args[0])?.far ?? `unauthenticated ${args[0]}`, `error ${show(args.slice(1))}`) // prettier-ignore
  })
  server.on('timeout', (/** @type {number} */ id) => {
    if (!server.sockets.has(id) && world.subjects.server.isOriginal) return meet('lateTimeout')
    world.note(world.slotOf.get(id)?.far ?? `unauthenticated ${id}`, 'timeout')
  })
  server.on('close', (/** @type {any[]} */ ...args) => {
    const [id] = args
    const slot = world.slotOf.get(id)
    // It is still in `sockets`, and right after this no longer.
    setImmediate(() => world.changed())
    const state = `${server.sockets.has(id)} ${server.sockets.get(id)?.destroyed} ${args.length}`
    if (!slot) {
      world.unauthenticated++
      return world.note(`unauthenticated ${id}`, `close ${state}`, null)
    }
    for (const entry of world.asked.get('server')?.values() ?? []) {
      if (entry.slot === slot) entry.lost = true
    }
    slot.serverCloses++
    if (world.subjects.server.isOriginal && contexts.getStore() === undefined) meet('closeContext')
    world.note(slot.far, `close ${state}`, null)
  })
}

/**
 * @param {World} world
 * @param {Slot} slot with a new client
 * @param {string} where
 */
function listenToClient(world, slot, where) {
  const { client } = slot
  const flags = () => `${client.isConnected} ${client.isAuthenticated}`
  client.on('authenticated', (/** @type {any[]} */ ...args) => {
    const known = slot.id !== undefined && world.server.sockets.has(slot.id)
    slot.entered++
    slot.returning = false
    world.note(where, `authenticated ${args.length} ${flags()} server ${known}`)
    if (slot.greets) client.send({ greeting: 'from the client' })
  })
  client.on('message', (/** @type {any} */ value) => {
    if (value?.$marker !== undefined) {
      slot.marks.client = value.$marker
      return world.changed()
    }
    if (!client.isAuthenticated) slot.refusals++
    world.note(where, `message ${show(value)} ${flags()}`)
    act(slot)
  })
  client.on('request', (/** @type {any} */ req, /** @type {any} */ res) => {
    world.note(where, `request ${show(req)} ${responder(res)} ${flags()}`)
    answer(world, slot, 'client', req, res)
  })
  client.on('error', (/** @type {any} */ error) => {
    const text = show(error).replace(/(127\.0\.0\.1):\d+/, '$1:<port>')
    const isLate = error.code === 'ERR_STREAM_WRITE_AFTER_END'
    if (isLate && world.subjects.client.isOriginal) meet('lateWriteContext')
    world.note(where, `error ${text} ${flags()}`, isLate ? null : contexts.getStore())
  })
  client.on('close', (/** @type {any[]} */ ...args) => {
    slot.closes++
    slot.attempts = 0
    slot.returning = world.comesBack(slot)
    world.note(where, `close ${args.length} ${flags()}`)
  })
  client.on('reconnectAttempt', (/** @type {any[]} */ ...args) => {
    slot.attempts++
    if (slot.attempts > 1) meet('attempts')
    else world.note(where, `reconnectAttempt ${args.length} ${flags()}`)
    world.changed()
  })
}

/** @param {Slot} slot */
function act(slot) {
  const next = slot.inListener
  slot.inListener = null
  next?.()
}

module.exports = { listenToServer, listenToClient }
