'use strict'

// Unix domain sockets at their limits, as a server and a client of Node's have them.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const readline = require('node:readline')
const { test } = require('node:test')

const { cleanup, closeServer } = require('../helpers/cleanup')
const { dial, serverConfig } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { Server } = require('../helpers/subject')

/** @typedef {import('node:test').TestContext} TestContext */

const options = { skip: process.platform === 'win32' && 'paths are of Unix' }

/**
 * @param {TestContext} t
 * @param {number} length
 * @returns {string} a path so long, in a folder of its own
 */
function pathOf(t, length) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-'))
  cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }))
  return path.join(folder, 'p'.repeat(length - folder.length - 1))
}

/** @param {any} error */
const shape = ({ code, errno, syscall, address, port, message }) => {
  return { code, errno, syscall, address, port, message }
}

/**
 * @param {any} server
 * @param {string} given
 * @returns {Promise<any>} an error, or where it listens; then it listens no more
 */
async function listening(server, given) {
  const log = new Log(server, ['listening', 'error'])
  server.listen(given)
  await log.until(() => log.entries.length > 0, 'listening or an error')
  const [error] = log.of('error')[0] ?? []
  if (error !== undefined) return shape(error)
  const folder = path.dirname(given)
  const during = fs.readdirSync(folder)
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  const after = fs.readdirSync(folder)
  // Some versions of Node cut a path that is too long, and leave a file of the shorter name.
  for (const name of after) fs.rmSync(path.join(folder, name))
  return { address: server.address(), during, after }
}

/**
 * @param {import('node:events').EventEmitter} end
 * @returns {Promise<any>} an error, or that there is none
 */
async function connecting(end) {
  const log = new Log(end, ['connect', 'error', 'close'])
  await log.until(() => log.entries.length > 0, 'a connection or an error')
  assert.notEqual(log.names[0], 'close')
  const [error] = log.of('error')[0] ?? []
  return error === undefined ? 'connected' : shape(error)
}

for (const length of [103, 104, 107, 108, 109, 150]) {
  test(`a path of ${length} bytes: listening and connecting as Node does`, options, async t => {
    const given = pathOf(t, length)
    const server = new Server(serverConfig())
    closeServer(t, server)
    const expected = await listening(net.createServer(), given)
    assert.deepEqual(await listening(/** @type {any} */ (server).tlsServer, given), expected)
    // Nobody listens there now.
    const plain = net.connect(given)
    const refused = dial(t, /** @type {any} */ (given), { host: undefined })
    refused.on('error', () => {})
    const [ours, theirs] = await Promise.all([connecting(refused.socket), connecting(plain)])
    assert.deepEqual(ours, theirs)
    if (expected.during === undefined) return
    await bounded(
      new Promise(resolve => server.listen(given, () => resolve(undefined))),
      'listening',
    )
    await next(dial(t, /** @type {any} */ (given), { host: undefined }), 'authenticated')
  })
}

test(
  'a server that does not accept and has its backlog full: connect EAGAIN, and nothing before',
  { skip: process.platform !== 'linux' && 'it is so on Linux' },
  async t => {
    const given = pathOf(t, 60)
    // A process that listens and is too busy to accept.
    const busy = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen({ path: ${JSON.stringify(given)}, backlog: 1 }, () => {
        require('fs').writeSync(1, 'listening\\n')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      })`,
    ])
    const ended = new Promise(resolve => busy.once('close', resolve))
    cleanup(t, async () => {
      busy.kill('SIGKILL')
      await bounded(ended, 'the end of a program')
    })
    await next(readline.createInterface(busy.stdout), 'line')
    /** @type {any} */
    let expected = 'connected'
    while (expected === 'connected') {
      const plain = net.connect(given)
      cleanup(t, () => void plain.destroy())
      expected = await connecting(plain)
    }
    assert.equal(expected.code, 'EAGAIN')
    const client = dial(t, /** @type {any} */ (given), { host: undefined })
    const log = new Log(client, ['error', 'close'])
    const connected = new Log(client.socket, ['connect'])
    await log.reach('close')
    assert.deepEqual(log.names, ['error', 'close'])
    assert.deepEqual(shape(log.of('error')[0][0]), expected)
    assert.deepEqual([connected.names, client.isConnected], [[], false])
  },
)
