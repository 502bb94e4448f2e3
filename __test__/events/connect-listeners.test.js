'use strict'

// Listeners of a client that throw, connect and disconnect while it connects.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const subject = require('../helpers/subject')
const ends = require('../helpers/ends')
const { closeClient } = require('../helpers/cleanup')
const { Log, next, turn } = require('../helpers/events')
const { freePort } = require('../helpers/free-port')
const { run } = require('../helpers/program')
const certificates = require('../helpers/certificates')

const { difference } = subject
const { dial, serve } = ends

const EVENTS = ['authenticated', 'reconnectAttempt', 'close', 'error']

/** @type {Record<string, () => any>} */
const FAILURES = {
  'a refused certificate': () => ({ ca: [String(certificates.other().cert)] }),
  'a wrong name': () => ({ servername: 'other.example' }),
  'a failed look-up': () => ({ host: 'nobody.invalid' }),
}

for (const [what, options] of Object.entries(FAILURES)) {
  test(`an 'error' listener that throws at ${what} leaves nothing open, and the client tries again`, async t => {
    const { stdout, code } = await run(
      t,
      ({ Server, Client, serverConfig, clientConfig, given }) => {
        let thrown = 0
        process.on('uncaughtException', () => void thrown++)
        const server = new Server(serverConfig())
        server.listen(0, () => {
          const client = new Client(
            clientConfig(server.tlsServer.address().port, {
              options: given,
              reconnectInterval: 20,
            }),
          )
          client.on('error', () => {
            throw new Error('mine')
          })
          let attempts = 0
          client.on('reconnectAttempt', () => {
            if (++attempts < 3) return
            client.disconnect()
            // Comes only when no connection is left.
            server.close(() => process.stdout.write(`${thrown > 1}`))
          })
        })
      },
      { given: options() },
    )
    assert.deepEqual([stdout, code], ['true', 0])
  })
}

for (const event of ['close', 'reconnectAttempt', 'authenticated']) {
  const check = event === 'reconnectAttempt' ? difference : test
  check(
    `a '${event}' listener that throws does not keep a client from connecting again`,
    async t => {
      const { stdout, code } = await run(
        t,
        ({ Server, Client, serverConfig, clientConfig, given }) => {
          let thrown = 0
          process.on('uncaughtException', () => void thrown++)
          const server = new Server(serverConfig())
          let logins = 0
          server.on('authenticated', (/** @type {number} */ _id, /** @type {any} */ socket) => {
            logins++
            if (logins < 3) return void setImmediate(() => socket.destroy())
            process.stdout.write(`${thrown > 1}`)
            process.exit(0)
          })
          /** @type {any} */
          let client
          server.listen(0, () => {
            const { port } = server.tlsServer.address()
            client = new Client(clientConfig(port, { reconnectInterval: 20 }))
            client.on('error', () => {})
            client.on(given, () => {
              throw new Error('mine')
            })
          })
        },
        { given: event },
      )
      assert.deepEqual([stdout, code], ['true', 0])
    },
  )
}

test('a process that ends of a throwing listener begins no further connection', async t => {
  const { stdout, code } = await run(t, ({ Client, clientConfig }) => {
    let lookups = 0
    const lookup = (
      /** @type {any} */ _name,
      /** @type {any} */ _options,
      /** @type {any} */ done,
    ) => {
      lookups++
      done(new Error('not there'))
    }
    const client = new Client(clientConfig(1, { options: { lookup }, reconnectInterval: 20 }))
    client.on('error', () => {})
    client.on('reconnectAttempt', () => {
      throw new Error('mine')
    })
    process.on('exit', () => process.stdout.write(String(lookups)))
  })
  assert.deepEqual([stdout, code], ['1', 1])
})

for (const [what, options] of Object.entries({
  ...FAILURES,
  'nobody at the port': async () => ({ port: await freePort() }),
})) {
  test(`connect() inside 'error' connects: ${what}`, async t => {
    const { port } = await serve(t)
    const config = ends.clientConfig(port)
    const good = config.options
    config.options = { ...good, ...(await options()) }
    const client = /** @type {any} */ (new subject.Client(config))
    closeClient(t, client)
    const log = new Log(client, EVENTS)
    client.once('error', () => {
      config.options = good
      client.connect()
    })
    await log.reach('authenticated')
    assert.deepEqual(log.names, ['error', 'close', 'authenticated'])
    assert.deepEqual([client.isConnected, client.isAuthenticated], [true, true])
  })
}

difference("disconnect() inside 'reconnectAttempt' gives up", async t => {
  const { server, port } = await serve(t)
  const client = dial(t, port, { reconnectInterval: 10 })
  const log = new Log(client, EVENTS)
  const arrived = next(server, 'authenticated')
  await log.reach('authenticated')
  const [, socket] = await arrived
  const last = client.socket
  const stopped = new Promise(resolve =>
    client.once('reconnectAttempt', () => {
      client.disconnect()
      resolve(undefined)
    }),
  )
  socket.destroy()
  await stopped
  for (let n = 0; n < 3; n++) await turn()
  assert.equal(client.socket, last)
  assert.equal(client.attemptsToReconnect, false)
  assert.deepEqual(log.names, ['authenticated', 'close', 'reconnectAttempt'])
  // By hand it comes back, and is told what is wrong.
  client.connect()
  await log.reach('authenticated', 2)
})
