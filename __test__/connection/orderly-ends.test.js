'use strict'

// A peer that had ended its side has left in order, whatever happens to what it is sent afterwards.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')

const { readmeCa } = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { serve, dial, enter, join, password } = require('../helpers/ends')
const { bounded, Log, next } = require('../helpers/events')
const { relay } = require('../helpers/raw')
const { admitted } = require('../helpers/reference-peer')
const { difference, overNode } = require('../helpers/subject')

/** Keeps this thread busy, while the system goes on. @param {number} ms */
function busy(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test('clients that leave in the same moment, while the others are told of each', async t => {
  const { server } = await serve(t)
  const log = new Log(server, ['close', 'error'])
  const clients = []
  for (let n = 0; n < 8; n++) clients.push((await enter(t, server)).client)
  server.on('close', (/** @type {number} */ gone) => {
    for (const [id, socket] of server.sockets) if (!socket.destroyed) server.send(id, { gone })
  })
  for (const client of clients) client.disconnect()
  await log.reach('close', clients.length)
  // Who has ended can be told nothing any more, as with the original.
  const others = log.of('error').filter(args => args.at(-1).message !== 'not connected')
  assert.deepEqual(others, [])
})

/**
 * A peer on a thread of its own. Told to, it says two more messages, ends its side, and is gone.
 *
 * @param {any} context
 */
function leaver({ tls, parentPort, workerData }) {
  const { port, options, line, over } = workerData
  const talk = (/** @type {any} */ socket) => {
    socket.once('data', () => {
      if (port === undefined) socket.write('{"authenticated":true}\n')
      // What it was sent has been read, or its end would be a reset.
      parentPort.postMessage('ready')
      parentPort.once('message', () => {
        socket.once('finish', () => socket.destroy())
        socket.once('close', () => {
          Atomics.store(over, 0, 1)
          Atomics.notify(over, 0)
        })
        socket.end('{"n":1}\n{"n":2}\n')
      })
    })
  }
  if (port === undefined) {
    const server = tls.createServer(options, talk)
    server.listen(0, () => parentPort.postMessage(server.address().port))
    return
  }
  const socket = tls.connect({ port, host: 'localhost', ...options }, () => socket.write(line))
  talk(socket)
}

/**
 * @param {import('node:test').TestContext} t
 * @param {number} [port] what it connects to; without, it listens
 */
function startLeaver(t, port) {
  const { key, cert } = readmeCa()
  const options =
    port === undefined ? { key: String(key), cert: String(cert) } : { ca: String(cert) }
  const over = new Int32Array(new SharedArrayBuffer(4))
  const source = `const { parentPort, workerData } = require('node:worker_threads');
    (${leaver})({ tls: require('node:tls'), parentPort, workerData })`
  const line = `${JSON.stringify({ password })}\n`
  const workerData = { port, options, line, over }
  const worker = new Worker(source, { eval: true, workerData })
  cleanup(t, () => worker.terminate().then(() => {}))
  return {
    worker,
    /** Has it leave while this thread sees nothing of it. */
    leave() {
      worker.postMessage('go')
      assert.notEqual(Atomics.wait(over, 0, 0, 10_000), 'timed-out')
    },
  }
}

for (const role of ['server', 'client']) {
  difference(
    `${role}: what a peer said before it left is read, although a write fails`,
    async t => {
      /** @type {any} */
      let node
      /** @type {ReturnType<typeof startLeaver>} */
      let peer
      if (role === 'server') {
        const { server, port } = await serve(t)
        const arrived = next(server, 'authenticated')
        peer = startLeaver(t, port)
        await next(peer.worker, 'message', 'the login')
        await arrived
        node = server
      } else {
        peer = startLeaver(t)
        const [port] = await next(peer.worker, 'message')
        node = dial(t, port)
        await next(node, 'authenticated')
      }
      const log = new Log(node, ['message', 'close', 'error'])
      const socket = node.socket ?? node.sockets.get(0)
      peer.leave()
      // The first is answered by a reset, and the second fails.
      socket.write(Buffer.from('1\n'))
      busy(20)
      socket.write(Buffer.from('2\n'))
      await log.reach('close')
      // Over its own TLS, Node closes the socket with what is unread.
      const messages = log.names.filter(name => name === 'message')
      if (!overNode) assert.equal(messages.length, 2)
      assert.deepEqual(log.names, [...messages, 'close'])
    },
  )
}

test('a peer that resets the connection without a word has not left in order', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['close', 'error'])
  const between = await relay(t, port)
  await admitted(t, between.port, password)
  const [socket] = server.sockets.values()
  const passage = await between.passage()
  passage.reset()
  busy(20)
  socket.write(Buffer.from('1\n'))
  await log.reach('close')
  assert.equal(log.of('error')[0]?.[1].code, 'ECONNRESET')
})

difference("a request inside its client's 'close' is rejected at once", async t => {
  const { server, client, id } = await join(t, { server: { requestTimeout: 60_000 } })
  const rejected = new Promise(resolve => {
    server.on('close', () => server.request(id, { too: 'late' }).catch(resolve))
  })
  const log = new Log(server, ['close'])
  client.disconnect()
  await log.reach('close')
  const error = await bounded(rejected, 'the rejection')
  assert.equal(error?.message, 'not connected or not authenticated')
  assert.equal(error.code, 'TLSJSON_NOT_CONNECTED')
  assert.equal(server.requests.requests.size, 0)
})
