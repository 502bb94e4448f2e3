'use strict'

// The channels of node:diagnostics_channel: what is published, in which order, and that it harms nobody.

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const fs = require('node:fs')
const path = require('node:path')
const { inspect } = require('node:util')
const { difference, isOriginal } = require('../helpers/subject')
const { cleanup } = require('../helpers/cleanup')
const certificates = require('../helpers/certificates')
const { dial, enter, join, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log, Watch, next } = require('../helpers/events')
const { prelude, run, start } = require('../helpers/program')
const { referenceClient } = require('../helpers/reference-peer')

/** @type {string[]} */
const NAMES = isOriginal
  ? []
  : Object.values(require('../../lib/observe/channels').channels).map(({ name }) => String(name))

/** Everything that the channels say. */
class Heard extends Watch {
  /** @type {{ name: string, message: any }[]} */
  all = []

  /** @param {import('node:test').TestContext} t */
  constructor(t) {
    super()
    for (const name of NAMES) {
      const hear = (/** @type {any} */ message) => {
        this.all.push({ name: name.replace('tls-json:', ''), message })
        this.changed()
      }
      subscribe(name, hear)
      cleanup(t, () => void unsubscribe(name, hear))
    }
  }

  /**
   * @param {string} name
   * @param {number} [count]
   * @returns {Promise<any>} the last of so many messages
   */
  async reach(name, count = 1) {
    const of = () => this.all.filter(heard => heard.name === name)
    await this.until(() => of().length >= count, `channel ${name} ${count} times`)
    return of()[count - 1]?.message
  }

  /** @param {'server' | 'client'} role */
  names(role) {
    return this.all.filter(({ message }) => message[role] !== undefined).map(({ name }) => name)
  }
}

difference('a life of a connection, on both ends', async t => {
  const heard = new Heard(t)
  const { server, client, id, socket } = await join(t)
  server.once(
    'request',
    (/** @type {number} */ _, /** @type {any} */ req, /** @type {any} */ res) => res.send(req),
  )
  const question = { secret: 'of the user' }
  await client.request(question)
  client.disconnect()
  await heard.reach('connection:close', 2)
  assert.deepEqual(heard.names('server'), [
    'server:connection',
    'server:authenticated',
    'connection:close',
  ])
  assert.deepEqual(heard.names('client'), [
    'client:connect',
    'client:secure',
    'client:authenticated',
    'request:start',
    'request:settle',
    'connection:close',
  ])
  for (const { message } of heard.all) {
    if (message.server) assert.deepEqual(message, { id, socket })
    else assert.equal(message.socket, client.socket)
    assert.equal(message.server ?? message.client, message.server ? server : client)
  }
  const { requestId, request } = await heard.reach('request:start')
  assert.equal(request, question)
  const settled = await heard.reach('request:settle')
  assert.deepEqual(
    { requestId, request, outcome: settled.outcome },
    { requestId: settled.requestId, request: settled.request, outcome: 'answered' },
  )
  assert.ok(settled.duration >= 0)
})

difference('who is refused, on both ends', async t => {
  const heard = new Heard(t)
  const { server, port } = await serve(t)
  const client = dial(t, port, { password: 'wrong' })
  await heard.reach('connection:close', 2)
  assert.deepEqual(heard.names('server'), [
    'server:connection',
    'server:refused',
    'connection:close',
  ])
  assert.deepEqual(heard.names('client'), [
    'client:connect',
    'client:secure',
    'client:refused',
    'connection:close',
  ])
  assert.equal(client.isAuthenticated, false)
  assert.equal(server.sockets.size, 0)
})

difference('who is cut, with the code and where there is one the error', async t => {
  const heard = new Heard(t)
  const { server, client, id } = await join(t, {
    server: { maxMessageBytes: 100, authTimeout: 50 },
  })
  const log = new Log(server, ['error'])
  client.send('x'.repeat(200))
  const { code, error, ...where } = await heard.reach('connection:cut')
  assert.equal(code, 'TLSJSON_MESSAGE_TOO_LONG')
  assert.equal(error, (await log.reach('error'))[0]?.[1])
  assert.equal(where.id, id)
  await heard.reach('connection:close', 2)
  await referenceClient(t, server.tlsServer.address().port)
  const silent = await heard.reach('connection:cut', 2)
  assert.deepEqual([silent.code, silent.error], ['TLSJSON_LOGIN_TIMEOUT', undefined])
})

difference('requests that time out or are lost', async t => {
  const heard = new Heard(t)
  const { server, client, id } = await join(t, { server: { requestTimeout: 20 } })
  await assert.rejects(server.request(id, { n: 1 }))
  server.requests.requestTimeout = 60_000
  const lost = assert.rejects(server.request(id, { n: 2 }))
  client.disconnect()
  await lost
  const outcomes = [await heard.reach('request:settle'), await heard.reach('request:settle', 2)]
  assert.deepEqual(
    outcomes.map(message => [message.outcome, message.request.n, message.id]),
    [
      ['timeout', 1, id],
      ['lost', 2, id],
    ],
  )
})

difference('a client that cannot connect, and tries again', async t => {
  const heard = new Heard(t)
  const client = dial(t, await freePort(), { reconnectInterval: 20 })
  client.on('error', () => {})
  await heard.reach('client:connect-error', 2)
  client.disconnect()
  assert.deepEqual(heard.names('client').slice(0, 4), [
    'client:connect-error',
    'connection:close',
    'client:reconnect-attempt',
    'client:connect-error',
  ])
  const { code, error } = await heard.reach('client:connect-error')
  assert.equal(code, 'ECONNREFUSED')
  assert.equal(error.code, 'ECONNREFUSED')
})

difference('a message that is printed shows neither password nor key', async t => {
  const heard = new Heard(t)
  const { client } = await join(t)
  const wrong = dial(t, client.socket.remotePort, { password: 'a wrong password' })
  await next(wrong, 'close')
  client.disconnect()
  await heard.reach('connection:close', 4)
  const key = String(certificates.readmeCa().key).split('\n')
  for (const { message } of heard.all) {
    const text = inspect(message, { depth: 20, maxStringLength: Infinity })
    assert.doesNotMatch(text, /correct horse|a wrong password/)
    for (const line of key) assert.ok(line === '' || !text.includes(line))
    assert.ok('server' in message || 'client' in message)
  }
})

difference('a subscriber that throws is an uncaught exception, and harms nobody', async t => {
  const { code, stdout } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    const diagnostics = require('node:diagnostics_channel')
    const told = /** @type {string[]} */ ([])
    process.on('uncaughtException', error => void told.push(error.message))
    for (const name of ['server:authenticated', 'client:authenticated', 'request:start']) {
      diagnostics.subscribe(`tls-json:${name}`, () => {
        throw new Error(name)
      })
    }
    const server = new Server(serverConfig())
    server.on('request', (/** @type {any} */ _, /** @type {any} */ req, /** @type {any} */ res) =>
      res.send(req),
    )
    server.listen(0, () => {
      const client = new Client(clientConfig(server.tlsServer.address().port))
      client.on('authenticated', async () => {
        const { n } = await client.request({ n: 42 })
        setImmediate(() => {
          process.stdout.write(`${n} ${told.sort().join(' ')}`)
          client.disconnect()
          server.close()
        })
      })
    })
  })
  assert.equal(code, 0)
  assert.equal(stdout, '42 client:authenticated request:start server:authenticated')
})

difference('clients come and go with nobody subscribed, and with everybody', async t => {
  const { server } = await serve(t)
  await enter(t, server)
  const heard = new Heard(t)
  await enter(t, server)
  assert.deepEqual(heard.names('server'), ['server:connection', 'server:authenticated'])
})

difference('the examples of docs/reference/observability.md do what they say', async t => {
  const text = fs.readFileSync(
    path.join(__dirname, '../../docs/reference/observability.md'),
    'utf8',
  )
  const examples = [...text.matchAll(/```js\n([^]*?)```/g)].map(([, source]) => source)
  assert.equal(examples.length, 2)
  const { code, stdout, stderr } = await start(t, [
    '-e',
    `${prelude()}
    const server = new Server(serverConfig({ maxMessageBytes: 100 }))
    ${examples.join('\n').replace('10_000', '1')}
    server.on('request', (id, request, res) => res.send(request))
    server.on('error', () => {})
    server.listen(0, () => {
      const client = new Client(clientConfig(server.tlsServer.address().port))
      client.on('authenticated', async () => {
        await client.request({})
        client.send('x'.repeat(200))
      })
      const { log } = console
      console.log = (...args) => {
        log(...args)
        if (args[0] === 0 && args[2].TLSJSON_MESSAGE_TOO_LONG) server.close()
      }
    })`,
  ])
  assert.equal(stderr, '')
  assert.equal(code, 0)
  assert.match(stdout, /^answered \d+(\.\d+)?$/m)
  assert.match(stdout, /^client 0 was cut: TLSJSON_MESSAGE_TOO_LONG$/m)
  assert.match(stdout, /^0 0 \{ TLSJSON_MESSAGE_TOO_LONG: 1 \}$/m)
})

difference(
  'who hears that one request is lost may give up another one, or ask again: each is settled once',
  async t => {
    const { client } = await join(t, { client: { reconnectInterval: 0 } })
    const giveUp = new AbortController()
    /** @type {string[]} */
    const outcomes = []
    /** @type {Promise<any>[]} */
    const again = []
    const settled = (/** @type {any} */ { requestId, outcome }) => {
      outcomes.push(`${requestId} ${outcome}`)
      if (requestId !== 1) return
      giveUp.abort(new Error('not wanted'))
      again.push(client.request({}))
    }
    subscribe('tls-json:request:settle', settled)
    t.after(() => unsubscribe('tls-json:request:settle', settled))
    const all = [
      client.request({}),
      client.request({}, { signal: giveUp.signal }),
      client.request({}),
    ].map(one => assert.rejects(one))
    client.disconnect()
    await Promise.all(all)
    assert.deepEqual(outcomes, ['1 lost', '2 aborted', '3 lost'])
    await assert.rejects(Promise.all(again), { code: 'TLSJSON_NOT_CONNECTED' })
    const { pending, lost, aborted } = client.stats().requests
    assert.deepEqual({ pending, lost, aborted }, { pending: 0, lost: 2, aborted: 1 })
  },
)
