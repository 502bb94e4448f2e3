'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { bounded } = require('./events')

/** @typedef {import('node:test').TestContext} TestContext */

/** @type {WeakMap<TestContext, (() => Promise<void> | void)[]>} */
const open = new WeakMap()

/**
 * Has `close` called when the test is over, the last opened first. A test that leaves something
 * open fails: its end is waited for, with a bound.
 *
 * @param {TestContext} t
 * @param {() => Promise<void> | void} close
 */
function cleanup(t, close) {
  const list = open.get(t)
  if (list) return void list.push(close)
  const closers = [close]
  open.set(t, closers)
  t.after(async () => {
    for (const each of closers.reverse()) await each()
  })
}

/**
 * @param {TestContext} t
 * @param {any} server a Server under test
 */
function closeServer(t, server) {
  cleanup(t, async () => {
    server.on('error', () => {})
    for (const socket of server.sockets.values()) socket.destroy()
    await bounded(
      new Promise(resolve => server.close(resolve)),
      'the close callback of a server whose sockets were destroyed',
    )
  })
}

/**
 * @param {TestContext} t
 * @param {any} client a Client under test
 */
function closeClient(t, client) {
  cleanup(t, () => {
    client.on('error', () => {})
    client.disconnect()
  })
}

/**
 * @param {TestContext} t
 * @returns {string} an empty folder that goes with the test
 */
function temporaryFolder(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-'))
  cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

module.exports = { cleanup, temporaryFolder, closeServer, closeClient }
