'use strict'

// What goes: messages -> JSON.stringify -> text for the engine. The floor is JSON.stringify of the same messages.

const outbox = require('../../lib/engine/outbox')
const { FIRST, textOf } = require('../lib/payload')
const { Bench, batchOf } = require('./fake-engine')

/** @typedef {import('./measure').Case} Case */

/** Messages of one tick. */
const TICK = 1000

/**
 * @param {any[]} values
 * @returns {() => number}
 */
function writer(values) {
  return () => {
    let count = 0
    for (const value of values) if (JSON.stringify(value) !== '') count++
    return count
  }
}

/**
 * Messages of one tick, to the connections in turn.
 * @param {string} name
 * @param {number} bytes of each
 * @param {number} connections
 * @returns {Case}
 */
function sends(name, bytes, connections) {
  const bench = new Bench(connections)
  const { engine, server } = bench
  const text = textOf(bytes, 0)
  const values = Array.from({ length: TICK }, (_, at) => ({ seq: FIRST + at, text }))
  return {
    name,
    messages: TICK,
    floor: writer(values),
    whole() {
      engine.bytes = 0
      outbox.hold(true)
      for (let at = 0; at < TICK; at++) server.send(at % connections, values[at])
      outbox.release()
      outbox.endTick()
      return engine.bytes / (bytes + 1)
    },
    close: () => bench.close(),
  }
}

/**
 * Requests of one tick.
 * @param {string} name
 * @param {number} bytes of each, its id not counted
 * @returns {Case}
 */
function requests(name, bytes) {
  const bench = new Bench(1)
  const { engine, server } = bench
  const text = textOf(bytes, 0)
  const values = Array.from({ length: TICK }, (_, at) => ({ seq: FIRST + at, text, requestId: at }))
  /** @type {Promise<any>[]} */
  let pending = []
  return {
    name,
    messages: TICK,
    floor: writer(values),
    whole() {
      engine.bytes = 0
      pending = []
      outbox.hold(true)
      for (const value of values) pending.push(server.request(0, value))
      outbox.release()
      outbox.endTick()
      return server.requests.pending
    },
    async after() {
      const sent = values.reduce((sum, value) => sum + JSON.stringify(value).length + 1, 0)
      if (engine.bytes !== sent) throw new Error(`${engine.bytes} bytes are not ${sent}`)
      const [id] = bench.ids
      const lines = values.map(({ requestId }) => JSON.stringify({ responseId: requestId }))
      engine.deliver(batchOf(lines.map(line => ({ id, line }))))
      await Promise.all(pending)
    },
    close: () => bench.close(),
  }
}

/**
 * One message to a room. The floor is a broadcast to the ids of those who are in it.
 * @param {string} name
 * @param {number} bytes
 * @param {number} connections
 * @returns {Case}
 */
function room(name, bytes, connections) {
  const bench = new Bench(connections)
  const { engine, server } = bench
  const value = { seq: FIRST, text: textOf(bytes, 0) }
  const ids = Array.from({ length: connections }, (_, id) => id)
  for (const id of ids) server.join(id, 'room')
  /** @param {() => number} send */
  const sent = send => {
    engine.bytes = 0
    outbox.hold(true)
    const count = send()
    outbox.release()
    outbox.endTick()
    return count * (engine.bytes / (connections * (JSON.stringify(value).length + 1)))
  }
  return {
    name,
    messages: connections,
    floor: () => sent(() => server.broadcast(value, ids)),
    whole: () => sent(() => server.to('room').send(value)),
    close: () => bench.close(),
  }
}

/** Each makes one case. @type {Record<string, (name: string) => Case>} */
module.exports = {
  'sends, 50 B': name => sends(name, 50, 1),
  'sends, 300 B': name => sends(name, 300, 1),
  'sends, 4 KB': name => sends(name, 4096, 1),
  'sends, 300 B, 1,000 connections': name => sends(name, 300, TICK),
  'a room of 10,000, 300 B': name => room(name, 300, 10_000),
  'requests, 50 B': name => requests(name, 50),
}
