'use strict'

const assert = require('node:assert/strict')
const { AsyncResource } = require('node:async_hooks')
const { test } = require('node:test')

const { Connection } = require('../../lib/connection/connection')
const { Observer } = require('../../lib/observe/observer')

/**
 * A connection that the engine knows nothing of; lines come by `connection.line`.
 *
 * @param {(value: any) => void} message
 */
function connection(message) {
  const owner = {
    observer: new Observer('client', {}),
    login() {},
    message: (/** @type {any} */ _, /** @type {any} */ value) => message(value),
    error() {},
    close() {},
  }
  const made = new Connection(owner, new AsyncResource('TEST'))
  made.hold.release()
  made.loggedIn = true
  return made
}

const turn = () => new Promise(resolve => setImmediate(resolve))

test('nothing overtakes what a pause has kept', async () => {
  /** @type {number[]} */
  const seen = []
  const one = connection(value => seen.push(value))
  one.line('1')
  one.socket.pause()
  one.line('2')
  one.socket.resume()
  one.line('3')
  assert.deepEqual(seen, [1])
  await turn()
  assert.deepEqual(seen, [1, 2, 3])
  one.line('4')
  assert.deepEqual(seen, [1, 2, 3, 4])
})

test('a pause in the middle of what was kept holds the rest', async () => {
  /** @type {number[]} */
  const seen = []
  const one = connection(value => {
    seen.push(value)
    if (value === 2) one.socket.pause()
  })
  one.socket.pause()
  for (const line of ['1', '2', '3']) one.line(line)
  one.socket.resume()
  await turn()
  assert.deepEqual(seen, [1, 2])
  one.socket.resume()
  await turn()
  assert.deepEqual(seen, [1, 2, 3])
})

test('what was kept is delivered although a listener throws', async t => {
  /** @type {number[]} */
  const seen = []
  const one = connection(value => {
    seen.push(value)
    if (value === 1) throw new Error('thrown by a listener')
  })
  /** @type {Error[]} */
  const uncaught = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', error => uncaught.push(error))
  t.after(() => {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  })
  one.socket.pause()
  for (const line of ['1', '2']) one.line(line)
  one.socket.resume()
  await turn()
  await turn()
  await turn()
  assert.deepEqual(seen, [1, 2])
  assert.equal(uncaught.length, 1)
})
