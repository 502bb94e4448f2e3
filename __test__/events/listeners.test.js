'use strict'

const assert = require('node:assert/strict')
const { AsyncLocalStorage } = require('node:async_hooks')
const { errorMonitor } = require('node:events')
const { test } = require('node:test')
const { difference } = require('../helpers/subject')
const { serve, dial, join } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')
const { run } = require('../helpers/program')

test('listeners get the documented arguments and the emitter as this', async t => {
  const { server, port } = await serve(t)
  /** @type {any[]} */
  const seen = []
  for (const name of ['authenticated', 'message', 'request', 'close']) {
    server.on(
      name,
      /** @this {any} */ function (/** @type {any[]} */ ...args) {
        assert.equal(this, server)
        seen.push([name, ...args.map(arg => typeof arg)])
      },
    )
  }
  const client = dial(t, port)
  for (const name of ['authenticated', 'message', 'request', 'close']) {
    client.on(
      name,
      /** @this {any} */ function (/** @type {any[]} */ ...args) {
        assert.equal(this, client)
        seen.push([`client ${name}`, ...args.map(arg => typeof arg)])
      },
    )
  }
  await next(client, 'authenticated')
  const all = Promise.all([next(server, 'request'), next(client, 'request')])
  client.send({})
  server.send(0, {})
  client.request({}).catch(() => {})
  server.request(0, {}).catch(() => {})
  await all
  const closed = next(server, 'close')
  client.disconnect()
  await closed
  assert.deepEqual(
    seen.sort((a, b) => (a[0] < b[0] ? -1 : 1)),
    [
      ['authenticated', 'number', 'object'],
      ['client authenticated'],
      ['client close'],
      ['client message', 'object'],
      ['client request', 'object', 'object'],
      ['close', 'number'],
      ['message', 'number', 'object'],
      ['request', 'number', 'object', 'object'],
    ],
  )
})

test('once, off and prependListener work; there are no listeners of its own', async t => {
  const { server, client } = await join(t)
  assert.deepEqual([server.eventNames(), client.eventNames()], [[], []])
  /** @type {string[]} */
  const order = []
  const dropped = () => order.push('dropped')
  server.on('message', () => order.push('second'))
  server.prependListener('message', () => order.push('first'))
  server.once('message', () => order.push('once'))
  server.on('message', dropped)
  server.off('message', dropped)
  const log = new Log(server, ['message'])
  client.send({})
  client.send({})
  await log.reach('message', 2)
  assert.deepEqual(order, ['first', 'second', 'once', 'first', 'second'])
})

test('removing the listener inside itself, and destroying inside it, do no harm', async t => {
  const { server, client, socket } = await join(t)
  const log = new Log(client, ['close', 'error'])
  const listener = () => {
    server.off('message', listener)
    socket.destroy()
  }
  server.on('message', listener)
  client.send({})
  await log.reach('close')
  assert.deepEqual(log.names, ['close'])
})

test('emit overrides and errorMonitor see every event', async t => {
  const { server, client } = await join(t)
  /** @type {string[]} */
  const seen = []
  const emit = client.emit
  client.emit = /** @this {any} */ function (/** @type {any[]} */ ...args) {
    seen.push(args[0])
    return emit.apply(this, args)
  }
  const message = next(client, 'message')
  server.send(0, {})
  await message
  assert.ok(seen.includes('message'))
  const monitored = next(server, errorMonitor)
  assert.throws(() => server.send(99, {}))
  await monitored
})

test('an override of send sees responses', async t => {
  const { server, client } = await join(t)
  /** @type {any[]} */
  const seen = []
  const { send } = server
  server.send = /** @this {any} */ function (/** @type {any} */ id, /** @type {any} */ value) {
    seen.push([id, { ...value }])
    return send.call(this, id, value)
  }
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
    res.send({ a: 1 }),
  )
  assert.deepEqual(await client.request({}), { a: 1 })
  assert.deepEqual(seen.at(-1), [0, { a: 1, responseId: 1 }])
})

test('AsyncLocalStorage: the constructor for a client, listen for a server', async t => {
  const storage = new AsyncLocalStorage()
  const { server, port } = await storage.run('listen', () => serve(t))
  /** @type {any[]} */
  const seen = []
  server.on('authenticated', () => seen.push(['server authenticated', storage.getStore()]))
  server.on('message', () => seen.push(['server message', storage.getStore()]))
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
    res.send({}),
  )
  const client = storage.run('constructor', () => dial(t, port))
  client.on('authenticated', () => seen.push(['client authenticated', storage.getStore()]))
  await storage.run('waiting', () => next(client, 'authenticated'))
  await storage.run('request', async () => {
    await client.request({})
    seen.push(['continuation', storage.getStore()])
  })
  const message = next(server, 'message')
  storage.run('send', () => client.send({}))
  await message
  assert.deepEqual(seen, [
    ['server authenticated', 'listen'],
    ['client authenticated', 'constructor'],
    ['continuation', 'request'],
    ['server message', 'listen'],
  ])
})

test('an exception in a listener is an uncaughtException with that object', async t => {
  const { code, stdout } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    const own = new Error('own')
    process.on('uncaughtException', error => {
      console.log(error === own)
      process.exit(3)
    })
    const server = new Server(serverConfig())
    server.on('message', () => {
      throw own
    })
    server.listen(0, () => {
      const client = new Client(clientConfig(server.tlsServer.address().port))
      client.on('authenticated', () => client.send({}))
    })
  })
  assert.deepEqual([code, stdout], [3, 'true\n'])
})

difference('after an exception in a listener the next messages come', async t => {
  const { code, stdout } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    process.on('uncaughtException', error => console.log(error.message))
    const server = new Server(serverConfig())
    server.on('message', (/** @type {any} */ _id, /** @type {any} */ { n }) => {
      if (n % 2) throw new Error(`thrown ${n}`)
      console.log(`message ${n}`)
      if (n === 4) {
        client.disconnect()
        server.close()
      }
    })
    /** @type {any} */
    let client
    server.listen(0, () => {
      client = new Client(clientConfig(server.tlsServer.address().port))
      client.on('authenticated', () => {
        for (let n = 1; n <= 4; n++) client.send({ n })
      })
    })
  })
  assert.equal(stdout, 'thrown 1\nmessage 2\nthrown 3\nmessage 4\n')
  assert.equal(code, 0)
})

test("an async listener's rejection is an unhandledRejection", async t => {
  const { code, stderr } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    const server = new Server(serverConfig())
    server.on('message', async () => {
      throw new Error('from an async listener')
    })
    server.listen(0, () => {
      const client = new Client(clientConfig(server.tlsServer.address().port))
      client.on('authenticated', () => client.send({}))
    })
  })
  assert.equal(code, 1)
  assert.match(stderr, /from an async listener/)
})

test('a refused connection with no listener ends the process with 1', async t => {
  const { freePort } = require('../helpers/free-port')
  const { code, stderr } = await run(
    t,
    ({ Client, clientConfig, given }) => new Client(clientConfig(given, { host: '127.0.0.1' })),
    { given: await freePort() },
  )
  assert.equal(code, 1)
  assert.match(stderr, /connect ECONNREFUSED 127\.0\.0\.1/)
})
