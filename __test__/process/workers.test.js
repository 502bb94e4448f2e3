'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { serve } = require('../helpers/ends')
const { prelude } = require('../helpers/program')
const { bounded, next } = require('../helpers/events')
const { cleanup } = require('../helpers/cleanup')

/**
 * Runs a program in a worker thread.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} body
 * @returns {Worker}
 */
function worker(t, body) {
  const source = `
    const { parentPort } = require('node:worker_threads')
    ${prelude()}
    ${body}`
  const made = new Worker(source, { eval: true })
  cleanup(t, async () => void (await made.terminate()))
  return made
}

const bothEnds = `
  const server = new Server(serverConfig())
  server.on('request', (id, req, res) => res.send({ n: req.n + 1 }))
  server.listen(0, () => {
    const client = new Client(clientConfig(server.tlsServer.address().port))
    client.on('authenticated', async () => {
      let n = 0
      while (n < 50) n = (await client.request({ n })).n
      parentPort.postMessage(n)
      finish(client, server)
    })
  })`

test('both ends in several workers at once, which end by themselves', async t => {
  const workers = Array.from({ length: 3 }, () =>
    worker(
      t,
      `function finish(client, server) { client.disconnect(); server.close() }
       ${bothEnds}`,
    ),
  )
  const results = workers.map(async one => {
    const exit = next(one, 'exit')
    const [n] = await next(one, 'message')
    return [n, ...(await exit)]
  })
  assert.deepEqual(await Promise.all(results), Array(3).fill([50, 0]))
})

test('terminate with open sockets is clean', async t => {
  for (let round = 0; round < 3; round++) {
    const one = worker(t, `function finish() {} ${bothEnds}`)
    await next(one, 'message')
    assert.equal(await bounded(one.terminate(), 'the end of the worker'), 1)
  }
})

test('a worker is terminated that holds long texts, and more are on their way', async t => {
  const { server, port } = await serve(t)
  const text = 'x'.repeat(1e6)
  // Whoever goes with unread messages resets the connection.
  server.on('error', () => {})
  server.on('authenticated', (/** @type {number} */ id) => {
    for (let n = 0; n < 20; n++) server.send(id, { n, text })
  })
  for (let round = 0; round < 3; round++) {
    const one = worker(
      t,
      `const client = new Client(clientConfig(${port}))
       const held = []
       client.on('authenticated', () => client.socket.on('data', line => held.push(line)))
       client.on('message', ({ n, text }) => {
         if (text.length !== 1e6) throw new Error('cut to ' + text.length)
         if (n === 3) parentPort.postMessage(held.length)
       })`,
    )
    const [held] = await next(one, 'message')
    assert.ok(held >= 4, `${held} lines were held`)
    assert.equal(await bounded(one.terminate(), 'the end of the worker'), 1)
  }
})

test('a server here, clients in workers', async t => {
  const { server, port } = await serve(t)
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  const workers = Array.from({ length: 2 }, () =>
    worker(
      t,
      `const client = new Client(clientConfig(${port}))
       client.on('authenticated', async () => {
         parentPort.postMessage(await client.request({ from: 'worker' }))
         client.disconnect()
       })`,
    ),
  )
  const answers = await Promise.all(workers.map(one => next(one, 'message')))
  assert.deepEqual(answers, Array(2).fill([{ from: 'worker' }]))
})
