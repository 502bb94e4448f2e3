'use strict'

// What a connection holds on JavaScript's heap, and in its Buffers, while nothing happens. What the engine holds of one, its
// own tests look at.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { aboutRustls, isOriginal } = require('../helpers/subject')
const { run } = require('../helpers/program')

/** Bytes for both ends together. A new V8 may lay objects out otherwise. */
const MOST = 9800

const skip = isOriginal ? 'it holds more' : aboutRustls

/**
 * A program that prints what a further pair of idle ends holds.
 *
 * @param {import('../helpers/program').Context} context
 */
function crowd({ Server, Client, serverConfig, clientConfig, given: { pairs, first } }) {
  const server = new Server(serverConfig())
  let before = 0
  let count = 0

  const held = () => {
    for (let i = 0; i < 3; i++) globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }

  const begin = (/** @type {number} */ more) => {
    for (let i = 0; i < more; i++) {
      new Client(clientConfig(server.tlsServer.address().port)).on('authenticated', arrived)
    }
  }

  const arrived = () => {
    count++
    // In a later turn: nothing of the last login is under way then.
    if (count === first || count === first + pairs) setImmediate(settled)
  }

  const settled = () => {
    if (count === first) {
      before = held()
      begin(pairs)
    } else {
      process.stdout.write(String(Math.round((held() - before) / pairs)), () => process.exit())
    }
  }

  server.listen(0, () => begin(first))
}

test('a pair of idle ends holds little on the heap', { skip }, async t => {
  const given = { first: 50, pairs: 400 }
  const { code, stdout, stderr } = await run(t, crowd, { given, flags: ['--expose-gc'] })
  assert.equal(code, 0, stderr)
  t.diagnostic(`${stdout} bytes`)
  assert.ok(Number(stdout) <= MOST, `${stdout} bytes`)
})
