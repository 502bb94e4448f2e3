'use strict'

// Errors of clients on a server that does not listen for them: what ends the process says what happened, and to whom.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { password } = require('../helpers/ends')
const { run } = require('../helpers/program')
const { difference } = require('../helpers/subject')

/**
 * A client that is in is reset; what is uncaught is printed.
 *
 * @param {import('../helpers/program').Context} context
 */
function program({ Server, serverConfig, given }) {
  const { errorMonitor } = require('node:events')
  const net = require('node:net')
  const tls = require('node:tls')
  process.on('uncaughtException', error => {
    const { name, message, code, context, cause } = /** @type {any} */ (error)
    console.log(JSON.stringify({ name, message, code, context, cause: cause?.code }))
    process.exit(7)
  })
  const server = new Server(serverConfig())
  server.on(errorMonitor, (/** @type {any} */ ...args) => {
    console.log(JSON.stringify(args.map(arg => arg.code ?? arg)))
  })
  if (given.listens) {
    server.on('error', (/** @type {any} */ ...args) => {
      console.log(JSON.stringify(args.map(arg => arg.code ?? arg)))
      process.exit(7)
    })
  }
  server.listen(0, () => {
    const raw = net.connect(server.tlsServer.address().port)
    const socket = tls.connect({ socket: raw, rejectUnauthorized: false }, () => {
      socket.write(`${JSON.stringify({ password: given.password })}\n`)
      socket.once('data', () => raw.resetAndDestroy())
    })
    socket.on('error', () => {})
  })
}

/**
 * @param {import('node:test').TestContext} t
 * @param {boolean} listens
 */
async function lines(t, listens) {
  const { code, stdout, stderr } = await run(t, program, { given: { password, listens } })
  assert.equal(code, 7, stderr)
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

test('who listens, or looks on, gets the id and the error', async t => {
  assert.deepEqual(await lines(t, true), [
    [0, 'ECONNRESET'],
    [0, 'ECONNRESET'],
  ])
})

test("what nobody listens for is Node's error with the id, and the looker-on gets both", async t => {
  const [seen, { message, name, code, context }] = await lines(t, false)
  assert.deepEqual(seen, [0, 'ECONNRESET'])
  assert.deepEqual([name, code, context], ['Error', 'ERR_UNHANDLED_ERROR', 0])
  assert.match(message, /^Unhandled error\. \(/)
})

difference('and says what happened, with the error itself as its cause', async t => {
  const [, { message, cause }] = await lines(t, false)
  assert.equal(cause, 'ECONNRESET')
  assert.match(message, /\(client 0: read ECONNRESET\)/)
})

difference('the report of a process that it ends shows the error', async t => {
  const { code, stderr } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    const server = new Server(serverConfig())
    server.on('authenticated', (/** @type {number} */ _id, /** @type {any} */ socket) => {
      socket.destroy(new RangeError('of the program itself'))
    })
    server.listen(0, () => {
      new Client(clientConfig(server.tlsServer.address().port)).on('error', () => {})
    })
  })
  assert.equal(code, 1)
  assert.match(stderr, /RangeError: of the program itself\r?\n +at /)
})
