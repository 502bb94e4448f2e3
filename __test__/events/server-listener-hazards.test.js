'use strict'

// Listeners of tlsServer that throw, in a process that survives it: what the server owes its peers is done all the same.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { run } = require('../helpers/program')
const { difference, isOriginal } = require('../helpers/subject')

/** @typedef {import('../helpers/program').Context} Context */

test(
  'secureConnection: who does not log in is cut in time',
  { skip: isOriginal && 'it has no such bound' },
  async t => {
    const { code, stdout } = await run(t, async ({ Server, serverConfig }) => {
      const { once } = require('node:events')
      const tls = require('node:tls')
      let thrown = 0
      process.on('uncaughtException', () => thrown++)
      const server = new Server(serverConfig({ authTimeout: 50 }))
      server.tlsServer.on('secureConnection', () => {
        throw new Error('of a listener')
      })
      await new Promise(resolve => server.listen(0, () => resolve(undefined)))
      const { port } = server.tlsServer.address()
      const silent = tls.connect({ port, rejectUnauthorized: false })
      silent.resume()
      await once(silent, 'close')
      server.close(() => process.stdout.write(`${thrown} thrown`))
    })
    assert.deepEqual([stdout, code], ['1 thrown', 0])
  },
)

difference(
  'tlsClientError: a handshake that takes too long is ended, and so is the server',
  async t => {
    const { code, stdout } = await run(t, async ({ Server, serverConfig }) => {
      const { once } = require('node:events')
      const net = require('node:net')
      let thrown = 0
      process.on('uncaughtException', () => thrown++)
      const server = new Server(serverConfig({ options: { handshakeTimeout: 50 } }))
      server.tlsServer.on('tlsClientError', () => {
        throw new Error('of a listener')
      })
      await new Promise(resolve => server.listen(0, () => resolve(undefined)))
      const silent = net.connect(server.tlsServer.address().port)
      silent.resume()
      await once(silent, 'close')
      server.close(() => process.stdout.write(`${thrown} thrown`))
    })
    assert.deepEqual([stdout, code], ['1 thrown', 0])
  },
)

test("'connection', 'keylog': the handshake goes on, and the client gets in", async t => {
  const { code, stdout } = await run(t, async ({ Server, Client, serverConfig, clientConfig }) => {
    const { once } = require('node:events')
    /** @type {Set<string>} */
    const thrown = new Set()
    process.on('uncaughtException', error => thrown.add(error.message))
    const server = new Server(serverConfig())
    for (const event of ['connection', 'keylog']) {
      server.tlsServer.on(event, () => {
        throw new Error(event)
      })
    }
    server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
      res.send(req),
    )
    await new Promise(resolve => server.listen(0, () => resolve(undefined)))
    const client = new Client(clientConfig(server.tlsServer.address().port))
    await once(client, 'authenticated')
    const { a } = await client.request({ a: 1 })
    client.disconnect()
    server.close(() => process.stdout.write(`${[...thrown].sort()} ${a}`))
  })
  assert.deepEqual([stdout, code], ['connection,keylog 1', 0])
})
