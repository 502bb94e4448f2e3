'use strict'

// What comes: a batch of the engine -> JSON.parse -> events. The floor is JSON.parse of the same lines.

const { FIRST, textOf } = require('../lib/payload')
const { Bench, batchOf, batchful } = require('./fake-engine')

/** @typedef {import('./measure').Case} Case */

/** Batches of one message in one run, which must not be too short to measure. */
const SINGLE = 256

/**
 * @param {number} bytes
 * @param {number} count
 * @param {(text: string) => string} [change] of the text
 * @returns {any[]} messages of this length
 */
function messages(bytes, count, change = text => text) {
  const text = change(textOf(bytes, 0))
  return Array.from({ length: count }, (_, at) => ({ seq: FIRST + at, text }))
}

/**
 * @param {string[]} lines
 * @returns {() => number} parses them; says how many it parsed
 */
function parser(lines) {
  return () => {
    let count = 0
    for (const line of lines) if (JSON.parse(line)) count++
    return count
  }
}

/**
 * Messages with neither request nor response.
 * @param {string} name
 * @param {any[]} values
 * @param {{ connections?: number, perBatch?: number }} [options]
 * @returns {Case}
 */
function plain(name, values, { connections = 1, perBatch = values.length } = {}) {
  const bench = new Bench(connections)
  const lines = values.map(value => JSON.stringify(value))
  const events = lines.map((line, at) => ({ id: bench.ids[at % connections], line }))
  /** @type {import('./fake-engine').Batch[]} */
  const batches = []
  for (let at = 0; at < events.length; at += perBatch) {
    batches.push(batchOf(events.slice(at, at + perBatch)))
  }
  let count = 0
  bench.server.on('message', (id, { seq }) => {
    // In order and from the right one, or it does not count.
    if (seq === FIRST + count && id === count % connections) count++
  })
  return {
    name,
    messages: values.length,
    floor: parser(lines),
    whole() {
      count = 0
      for (const batch of batches) bench.engine.deliver(batch)
      return count
    },
    close: () => bench.close(),
  }
}

/**
 * Requests of a client, each answered at once. The floor writes the answers, too.
 * @param {string} name
 * @param {any[]} values
 * @returns {Case}
 */
function requests(name, values) {
  const bench = new Bench(1)
  const lines = values.map((value, at) => JSON.stringify({ ...value, requestId: at + 1 }))
  const batch = batchOf(lines.map(line => ({ id: bench.ids[0], line })))
  let count = 0
  bench.server.on('request', (_, value, response) => {
    if (value.seq === FIRST + count) count++
    response.send(value)
  })
  const { engine } = bench
  const answers = values.map((value, at) => JSON.stringify({ ...value, responseId: at + 1 }) + '\n')
  const bytes = answers.reduce((sum, answer) => sum + answer.length, 0)
  return {
    name,
    messages: values.length,
    floor() {
      let written = 0
      for (const line of lines) written += JSON.stringify(JSON.parse(line)).length
      return written > 0 ? lines.length : 0
    },
    whole() {
      count = 0
      engine.bytes = 0
      engine.deliver(batch)
      return engine.bytes === bytes ? count : -1
    },
    close: () => bench.close(),
  }
}

/**
 * Responses of a client to requests that wait.
 * @param {string} name
 * @param {any[]} values
 * @returns {Case}
 */
function responses(name, values) {
  const bench = new Bench(1)
  const { server } = bench
  const lines = values.map((value, at) => JSON.stringify({ ...value, responseId: at + 1 }))
  const batch = batchOf(lines.map(line => ({ id: bench.ids[0], line })))
  /** @type {Promise<any>[]} */
  let pending = []
  return {
    name,
    messages: values.length,
    prepare() {
      server.requests.requestId = 1
      pending = values.map(value => server.request(0, { seq: value.seq }))
    },
    floor: parser(lines),
    whole() {
      const before = server.requests.pending
      bench.engine.deliver(batch)
      return before - server.requests.pending
    },
    async after() {
      const answers = await Promise.all(pending)
      if (!answers.every(({ seq }, at) => seq === values[at].seq)) {
        throw new Error('a request has the response to another one')
      }
    },
    close: () => bench.close(),
  }
}

/** Each makes one case. @type {Record<string, (name: string) => Case>} */
module.exports = {
  'messages, 50 B': name => plain(name, messages(50, batchful(50))),
  'messages, 300 B': name => plain(name, messages(300, batchful(300))),
  'messages, 4 KB': name => plain(name, messages(4096, batchful(4096))),
  'messages, 300 B, not ASCII': name =>
    plain(
      name,
      messages(300, batchful(300), text => text.replaceAll('e', 'é')),
    ),
  'messages, 50 B, 50 connections': name =>
    plain(name, messages(50, batchful(50)), { connections: 50 }),
  'messages, 50 B, one in a batch': name => plain(name, messages(50, SINGLE), { perBatch: 1 }),
  'requests answered, 50 B': name => requests(name, messages(50, batchful(50))),
  'responses, 50 B': name => responses(name, messages(50, batchful(50))),
}
