'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { serve, password } = require('../helpers/ends')
const { admitted } = require('../helpers/reference-peer')
const { Watch } = require('../helpers/events')

/** @typedef {import('../helpers/reference-peer').Connection} Connection */

/** Lines that the fuzzer of pong recognition has kept, and some by hand. */
const CORPUS = path.join(__dirname, '..', 'fuzz', 'corpus', 'pong')

/**
 * A line as it is, and with a number that means something in the place of its own.
 *
 * @param {string} line every character a byte
 * @param {number} key
 * @returns {string[]}
 */
function variants(line, key) {
  return [line, line.replace(/[0-9]+/, `${key}`), line.replace(/[0-9]+/g, `${key}`)]
}

/**
 * What JSON.parse shows of a line.
 *
 * @param {string} line every character a byte
 * @returns {any} undefined if it is no JSON
 */
function shown(line) {
  try {
    return JSON.parse(Buffer.from(line, 'latin1').toString('utf8'))
  } catch {
    return undefined
  }
}

/**
 * The event that a server owes for a value.
 *
 * @param {any} value
 * @returns {[string, unknown][]}
 */
function owed(value) {
  if (!value) return []
  if (value.requestId) {
    const request = { ...value }
    delete request.requestId
    return [['request', request]]
  }
  if (value.responseId || value.__pong) return []
  return [['message', value]]
}

/** The pings of a connection, of which some are answered. */
class Pings {
  /** @param {Connection} peer */
  constructor(peer) {
    this.peer = peer
    this.key = 0
  }

  /** @returns {Promise<number>} the key of a ping that nothing has answered */
  async awaited() {
    while (this.key === 0) this.key = (await this.peer.value('a ping')).__ping ?? 0
    return this.key
  }

  /** @param {any} value what was sent: a pong, perhaps */
  sent(value) {
    if (value?.__pong === this.key) this.key = 0
  }
}

test('a server sees of each line what JSON.parse shows, pong or not', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 20, keepAliveTimeout: 60_000 })
  const seen = new Watch()
  /** @type {[string, any][]} */
  const events = []
  for (const name of ['message', 'request']) {
    server.on(name, (/** @type {number} */ _, /** @type {any} */ value) => {
      events.push([name, value])
      seen.changed()
    })
  }
  const peer = await admitted(t, port, password)
  const pings = new Pings(peer)
  let count = 0
  for (const name of fs.readdirSync(CORPUS)) {
    const lines = fs.readFileSync(path.join(CORPUS, name), 'latin1').split('\n')
    for (const at of variants(lines[0], 0).keys()) {
      const key = await pings.awaited()
      const [before, sent] = [at - 1, at].map(which =>
        lines.map(line => variants(line, key)[which]),
      )
      if (`${before}` === `${sent}`) continue
      const values = sent.map(shown)
      await peer.write(Buffer.from(`${sent.join('\n')}\n{"marker":${count}}\n`, 'latin1'))
      await seen.until(() => events.at(-1)?.[1].marker === count, `the end of ${name}`)
      values.forEach(value => pings.sent(value))
      const wanted = values.flatMap(owed)
      assert.deepEqual(events, [...wanted, ['message', { marker: count }]], `${name}: ${sent}`)
      events.length = 0
      count++
    }
  }
  assert.ok(count > 0, 'the corpus is empty')
})
