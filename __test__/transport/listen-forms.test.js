'use strict'

// Every way to say where to listen, on `server.tlsServer` and on a server of Node's: what one does the other does.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const { cleanup, closeServer } = require('../helpers/cleanup')
const { dial, serverConfig } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { freePort } = require('../helpers/free-port')
const { Server } = require('../helpers/subject')

/** @typedef {import('node:test').TestContext} TestContext */

const unix = { skip: process.platform === 'win32' && 'paths are of Unix' }

/**
 * @param {TestContext} t
 * @returns {any} a Server that does not listen yet
 */
function make(t) {
  const server = new Server(serverConfig())
  closeServer(t, server)
  return server
}

/**
 * @param {TestContext} t
 * @returns {string} of a folder of its own
 */
function pathIn(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-'))
  cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }))
  return path.join(folder, 'pipe')
}

/**
 * What comes of listening so, and of closing then.
 *
 * @param {any} server
 * @param {any[]} args
 */
async function outcome(server, args) {
  const log = new Log(server, ['listening', 'error', 'close'])
  let returned
  try {
    returned = server.listen(...args)
  } catch (error) {
    const { name, code, message } = /** @type {any} */ (error)
    return { thrown: { name, code, message }, listening: server.listening }
  }
  assert.equal(returned, server)
  const atOnce = server.listening
  await log.until(() => log.entries.length > 0, 'listening or an error')
  const place = server.address()
  const mode = typeof place === 'string' && fs.statSync(place, { throwIfNoEntry: false })?.mode
  await bounded(new Promise(resolve => server.close(resolve)), 'closed')
  const errors = log.of('error').map(([{ code, errno, syscall, address, port, message }]) => {
    return { code, errno, syscall, address, port, message }
  })
  const at = typeof place === 'string' ? place : { address: place?.address, family: place?.family }
  return { atOnce, at, mode, names: log.names, errors }
}

/**
 * The same of a server of Node's, and of ours. Arguments are made anew: Node changes objects that it is given.
 *
 * @param {TestContext} t
 * @param {() => any[]} args
 * @param {string} what
 */
async function same(t, args, what) {
  const expected = await outcome(net.createServer(), args())
  assert.deepEqual(await outcome(make(t).tlsServer, args()), expected, what)
  return expected
}

const nothing = () => {}

/** @type {any[][]} */
const places = [
  [],
  [nothing],
  [0],
  [0, nothing],
  ['0', nothing],
  ['0x0'],
  [null, nothing],
  [undefined, nothing],
  [undefined, '127.0.0.1', nothing],
  [0, '127.0.0.1'],
  [0, '127.0.0.1', nothing],
  [0, '::1', 5, nothing],
  [0, 5],
  [0, 5, nothing],
  [0, null, 5, nothing],
  [0, 'localhost', nothing],
  [{ port: 0 }],
  [{ port: '0', host: '127.0.0.1' }, nothing],
  [{ port: undefined }],
  [{ port: null }],
  [{ port: 0, ipv6Only: true }],
  [{ port: 0, host: '::', ipv6Only: true }],
  [{ port: 0, reusePort: true }],
  [{ port: 0, exclusive: true, backlog: '7' }],
]

/** @type {any[][]} */
const noPlaces = [
  [{}],
  [{}, nothing],
  [[]],
  [[0]],
  [{ path: 5 }],
  [{ fd: 'x' }],
  [{ fd: -1 }],
  [{ host: '127.0.0.1' }],
  [{ port: 'abc' }],
  [{ port: -1 }],
  [{ port: {} }],
  [{ port: true }],
  [{ handle: {} }],
  [{ port: 0, signal: 5 }],
  [-1],
  [65_536],
  [1.5],
  ['0', { port: 5 }],
  [true],
  [Symbol.iterator],
]

test('every form of listen does what it does with a server of Node', async t => {
  for (const [index, args] of [...places, ...noPlaces].entries()) {
    const copy = () =>
      args.map(one =>
        one?.constructor === Object ? { ...one } : Array.isArray(one) ? [...one] : one,
      )
    await same(t, copy, `form ${index}`)
  }
})

test('what is no place is refused and leaves nothing', async t => {
  const server = make(t)
  for (const args of noPlaces.slice(0, 10)) assert.throws(() => server.tlsServer.listen(...args))
  assert.deepEqual([server.tlsServer.listening, server.tlsServer.address()], [false, null])
  await bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
})

test('a path, with a backlog, a port or a mode beside it', unix, async t => {
  const given = pathIn(t)
  const forms = [
    [given],
    [given, nothing],
    [given, 5, nothing],
    [{ path: given }],
    [{ path: given, readableAll: true, writableAll: true }],
    [{ path: given, readableAll: true }],
    [{ path: given, readableAll: 1 }],
    [{ path: given, port: 0 }],
    [{ path: given, port: null }],
    [path.join(given, 'in', 'a', 'folder', 'that', 'is', 'not', 'there')],
  ]
  for (const args of forms) {
    const form = () => args.map(one => (typeof one === 'object' ? { ...one } : one))
    await same(t, form, JSON.stringify(args))
    assert.equal(fs.existsSync(given), false)
  }
})

test('what listens already, as a server of Node', async t => {
  const owner = net.createServer()
  cleanup(t, () => void owner.close())
  await next(owner.listen(0, '127.0.0.1'), 'listening')
  const server = make(t)
  await bounded(new Promise(resolve => server.tlsServer.listen(owner, 5, resolve)), 'listening')
  assert.deepEqual(server.tlsServer.address(), owner.address())
  await next(
    dial(t, server.tlsServer.address().port, {
      host: '127.0.0.1',
      options: { servername: 'localhost' },
    }),
    'authenticated',
  )
})

test(
  'the host and the backlog of arguments count',
  { skip: process.platform !== 'linux' && 'ss is of Linux' },
  async t => {
    const server = make(t)
    await bounded(
      new Promise(resolve => server.tlsServer.listen(0, '127.0.0.1', 7, resolve)),
      'the callback',
    )
    const { address, port } = server.tlsServer.address()
    assert.equal(address, '127.0.0.1')
    const told = execFileSync('ss', ['-Hltn', `sport = :${port}`], { encoding: 'utf8' })
    assert.equal(told.trim().split(/\s+/)[2], '7')
  },
)

const reusePort = { skip: process.platform !== 'linux' && 'Node has it on few systems' }

test('two servers have one port with reusePort, where Node knows it', reusePort, async t => {
  const first = net.createServer()
  cleanup(t, () => void first.close())
  await next(first.listen({ port: 0, host: '127.0.0.1', reusePort: true }), 'listening')
  const { port } = /** @type {net.AddressInfo} */ (first.address())
  const place = () => [{ port, host: '127.0.0.1', reusePort: true }]
  await same(t, place, 'reusePort')
})

test('listen, close and listen at once: it listens at the second place, and each close is told', async t => {
  const port = await freePort()
  for (const server of [net.createServer(), make(t).tlsServer]) {
    for (const host of ['127.0.0.1', 'localhost', undefined]) {
      const log = new Log(server, ['listening', 'error', 'close'])
      server.listen({ port: 0, host })
      const first = new Promise(resolve => server.close(() => resolve(undefined)))
      server.listen({ port, host: '127.0.0.1' })
      await bounded(first, 'the callback of the first close')
      await log.reach('listening')
      assert.equal(server.address().port, port)
      await bounded(new Promise(resolve => server.close(resolve)), 'closed')
      assert.deepEqual(log.of('error'), [])
      assert.equal(log.of('close').length, 2, `${host}: ${log.names}`)
      server.removeAllListeners()
    }
  }
})

test('a listening server that is closed before its host is found never listens', async t => {
  for (const server of [net.createServer(), make(t).tlsServer]) {
    const log = new Log(server, ['listening', 'error'])
    server.listen({ port: 0, host: 'localhost' })
    const closed = new Promise(resolve => server.close(resolve))
    const error = await bounded(closed, 'closed')
    assert.equal(error?.code, 'ERR_SERVER_NOT_RUNNING')
    await new Promise(resolve => require('node:dns').lookup('localhost', resolve))
    assert.deepEqual(log.names, [])
  }
})
