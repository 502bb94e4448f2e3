'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { serve, dial } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log } = require('../helpers/events')
const { run } = require('../helpers/program')

test('after disconnect and close a process ends by itself, quietly', async t => {
  const { code, stdout, stderr } = await run(
    t,
    ({ Server, Client, serverConfig, clientConfig }) => {
      const server = new Server(serverConfig())
      server.listen(0, () => {
        const client = new Client(clientConfig(server.tlsServer.address().port))
        client.on('authenticated', () => {
          client.disconnect()
          server.close(() => console.log('closed'))
        })
      })
    },
    { flags: ['--pending-deprecation'] },
  )
  assert.deepEqual([code, stdout, stderr], [0, 'closed\n', ''])
})

test('a listening server keeps the process, unref of tlsServer lets it go', async t => {
  const { code, stdout } = await run(t, ({ Server, serverConfig }) => {
    const server = new Server(serverConfig())
    server.listen(0, () => {
      setTimeout(() => {
        console.log('still here')
        server.tlsServer.unref()
      }, 200).unref()
    })
  })
  assert.deepEqual([code, stdout], [0, 'still here\n'])
})

test('a connected client keeps the process, unref of its socket lets it go', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['close'])
  const { code, stdout } = await run(
    t,
    ({ Client, clientConfig, given }) => {
      const client = new Client(clientConfig(given))
      client.on('authenticated', () => {
        setTimeout(() => {
          console.log('still here')
          client.socket.unref()
        }, 200).unref()
      })
    },
    { given: port },
  )
  assert.deepEqual([code, stdout], [0, 'still here\n'])
  server.on('error', () => {})
  await log.reach('close')
})

test('a client that waits to reconnect keeps the process', async t => {
  const { code, stdout } = await run(
    t,
    ({ Client, clientConfig, given }) => {
      const client = new Client(clientConfig(given, { reconnectInterval: 200, host: '127.0.0.1' }))
      client.on('error', () => {})
      client.on('reconnectAttempt', () => {
        console.log('attempt')
        process.exit(0)
      })
    },
    { given: await freePort() },
  )
  assert.deepEqual([code, stdout], [0, 'attempt\n'])
})

for (const how of ['process.exit', 'an exception']) {
  test(`client: one send directly before ${how} arrives`, async t => {
    const { server, port } = await serve(t)
    server.on('error', () => {})
    const log = new Log(server, ['message', 'close'])
    const { code } = await run(
      t,
      ({ Client, clientConfig, given }) => {
        const client = new Client(clientConfig(given.port))
        client.on('authenticated', () => {
          client.send({ last: 'words' })
          if (given.how === 'process.exit') process.exit(7)
          throw new Error('the end')
        })
      },
      { given: { port, how } },
    )
    assert.equal(code, how === 'process.exit' ? 7 : 1)
    await log.reach('close')
    assert.deepEqual(log.entries[0], ['message', 0, { last: 'words' }])
  })
}

test('server: one send directly before process.exit arrives', async t => {
  const port = await freePort()
  const client = dial(t, port, { reconnectInterval: 250 })
  client.on('error', () => {})
  client.on('authenticated', () => client.send({ say: 'something' }))
  const log = new Log(client, ['message', 'close'])
  const { code } = await run(
    t,
    ({ Server, serverConfig, given }) => {
      const server = new Server(serverConfig())
      server.on('message', (/** @type {number} */ id) => {
        server.send(id, { last: 'words' })
        process.exit(7)
      })
      server.listen(given, () => {})
    },
    { given: port },
  )
  assert.equal(code, 7)
  assert.deepEqual(await log.reach('message'), [[{ last: 'words' }]])
})

test('process.exit inside a listener keeps its code, nothing on stderr', async t => {
  const { code, stderr } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    const server = new Server(serverConfig())
    server.on('message', () => process.exit(42))
    server.listen(0, () => {
      const client = new Client(clientConfig(server.tlsServer.address().port))
      client.on('authenticated', () => client.send({}))
    })
  })
  assert.deepEqual([code, stderr], [42, ''])
})

test('process.exit with everything in flight keeps its code, nothing on stderr', async t => {
  const { code, stderr } = await run(t, ({ Server, Client, serverConfig, clientConfig }) => {
    const server = new Server(serverConfig())
    let count = 0
    server.on('message', (/** @type {number} */ id, /** @type {any} */ value) => {
      server.send(id, value)
      if (++count === 500) process.exit(5)
    })
    server.listen(0, () => {
      for (let n = 0; n < 5; n++) {
        const client = new Client(clientConfig(server.tlsServer.address().port))
        client.on('message', (/** @type {any} */ value) => client.send(value))
        client.on('authenticated', () => {
          for (let m = 0; m < 20; m++) client.send({ m })
        })
      }
    })
  })
  assert.deepEqual([code, stderr], [5, ''])
})
