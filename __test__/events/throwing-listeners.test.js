'use strict'

// A listener throws, and the process survives it: all that follows an event still follows.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { run } = require('../helpers/program')
const { difference } = require('../helpers/subject')

/** @typedef {import('../helpers/program').Context} Context */

/**
 * Runs a program that survives exceptions. It has to end by itself.
 *
 * @param {import('node:test').TestContext} t
 * @param {(context: Context) => void} main
 * @param {unknown} [given]
 * @returns {Promise<string[]>} what it said, line by line
 */
async function survive(t, main, given) {
  const { code, stdout, stderr } = await run(t, main, { given })
  assert.equal(code, 0, stderr)
  return stdout.trim().split('\n')
}

difference("an 'error' listener of a client that throws at destroy(error)", async t => {
  const said = await survive(t, ({ Server, Client, serverConfig, clientConfig }) => {
    process.on('uncaughtException', ({ message }) => console.log(`uncaught: ${message}`))
    const server = new Server(serverConfig())
    server.on('error', () => {})
    server.listen(0, () => {
      const config = clientConfig(server.tlsServer.address().port, { reconnectInterval: 10 })
      const client = new Client(config)
      client.once('authenticated', () => {
        client.request({ pending: true }).catch(({ message }) => console.log(message))
        client.socket.on('close', () => console.log('socket closed'))
        client.socket.destroy(new Error('mine'))
      })
      client.on('error', error => {
        throw error
      })
      client.on('close', () => console.log('closed'))
      client.once('reconnectAttempt', () => {
        console.log('again')
        client.removeAllListeners('close')
        client.once('authenticated', () => {
          client.disconnect()
          server.close()
        })
      })
    })
  })
  assert.deepEqual(said, ['uncaught: mine', 'closed', 'socket closed', 'connection lost', 'again'])
})

for (const event of ['error', 'close']) {
  difference(
    `an '${event}' listener of a server that throws when a socket is destroyed`,
    async t => {
      const said = await survive(
        t,
        ({ Server, Client, serverConfig, clientConfig, given }) => {
          process.on('uncaughtException', ({ message }) => console.log(`uncaught: ${message}`))
          const server = new Server(serverConfig())
          server.on('authenticated', (/** @type {number} */ id, /** @type {any} */ socket) => {
            server.request(id, {}).catch(() => console.log('rejected'))
            server.close(() => console.log(`server closed, ${server.sockets.size} left`))
            socket.on('close', () => console.log('socket closed'))
            socket.destroy(given.event === 'error' ? new Error('mine') : undefined)
          })
          server.on(given.event, () => {
            throw new Error(given.event)
          })
          if (given.event !== 'close') server.on('close', () => console.log('closed'))
          server.listen(0, () => {
            const client = new Client(clientConfig(server.tlsServer.address().port))
            client.on('error', () => {})
          })
        },
        { event },
      )
      const rest = event === 'error' ? ['closed', 'socket closed'] : ['socket closed']
      assert.deepEqual(
        said.filter(line => line !== 'rejected'),
        [`uncaught: ${event}`, ...rest, 'server closed, 0 left'],
      )
      assert.ok(said.includes('rejected'))
    },
  )
}

for (const [declare, name, options, more] of /** @type {const} */ ([
  [test, 'a refused certificate', { ca: [] }, {}],
  [difference, 'a name that cannot be found', {}, { host: 'nowhere.invalid' }],
])) {
  declare(`an 'error' listener of a client that throws at ${name}`, async t => {
    const said = await survive(
      t,
      ({ Server, Client, serverConfig, clientConfig, given }) => {
        process.on('uncaughtException', ({ message }) => console.log(`uncaught: ${message}`))
        const server = new Server(serverConfig())
        server.on('error', () => {})
        server.listen(0, () => {
          const lookup = (/** @type {any} */ _, /** @type {any} */ __, /** @type {any} */ done) =>
            process.nextTick(done, Object.assign(new Error('not found'), { code: 'ENOTFOUND' }))
          const tls = { ...given.options, ...(given.more.host && { lookup }) }
          const { port } = server.tlsServer.address()
          const client = new Client(
            clientConfig(port, { reconnectInterval: 10, ...given.more, options: tls }),
          )
          let count = 0
          client.on('error', () => {
            if (++count === 2) {
              setImmediate(() => {
                client.disconnect()
                // Only when no connection is left it has an end.
                server.close(() => console.log('server closed'))
              })
            }
            throw new Error('mine')
          })
          client.once('close', () => console.log('closed'))
        })
      },
      { options, more },
    )
    assert.deepEqual(said, ['uncaught: mine', 'closed', 'uncaught: mine', 'server closed'])
  })
}

difference("listeners of 'end' and 'close' of a socket that throw", async t => {
  const said = await survive(t, ({ Server, Client, serverConfig, clientConfig }) => {
    process.on('uncaughtException', ({ message }) => console.log(`uncaught: ${message}`))
    const server = new Server(serverConfig())
    server.on('authenticated', (/** @type {number} */ _, /** @type {any} */ socket) => {
      for (const event of ['end', 'close']) {
        socket.on(event, () => {
          throw new Error(event)
        })
      }
      server.close(() => console.log('server closed'))
    })
    server.on('close', () => console.log('closed'))
    server.listen(0, () => {
      const client = new Client(clientConfig(server.tlsServer.address().port))
      client.on('authenticated', () => client.socket.end())
    })
  })
  assert.deepEqual(said, ['uncaught: end', 'closed', 'uncaught: close', 'server closed'])
})
