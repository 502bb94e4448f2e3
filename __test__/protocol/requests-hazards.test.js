'use strict'

const assert = require('node:assert/strict')
const { difference } = require('../helpers/subject')
const { serve, join, password } = require('../helpers/ends')
const { admitted } = require('../helpers/reference-peer')
const { bounded, limits } = require('../helpers/events')
const { run } = require('../helpers/program')

difference('a server request is rejected when its connection closes', async t => {
  const { server, client, id } = await join(t, { server: { requestTimeout: 3000 } })
  client.on('request', () => client.disconnect())
  await assert.rejects(bounded(server.request(id, {}), 'the rejection'), {
    message: 'connection lost',
  })
})

difference('only the client that was asked can answer', async t => {
  const { server, port } = await serve(t)
  const asked = await admitted(t, port, password)
  const other = await admitted(t, port, password)
  const answer = server.request(0, {})
  await asked.line()
  await other.send({ responseId: 1, forged: true })
  // A round trip shows that the forged answer has been read.
  server.request(1, {}).catch(() => {})
  await other.line()
  await other.send({ responseId: 2 })
  await asked.send({ responseId: 1, honest: true })
  assert.deepEqual(await answer, { honest: true })
})

difference('a payload that cannot be serialised leaves nothing behind', async t => {
  const { code, stdout, stderr } = await run(
    t,
    ({ Server, Client, serverConfig, clientConfig }) => {
      const server = new Server(serverConfig())
      server.listen(0, () => {
        const { port } = server.tlsServer.address()
        const client = new Client(clientConfig(port, { requestTimeout: 50 }))
        client.on('authenticated', async () => {
          await client.request({ n: 1n }).catch(() => console.log('handled'))
          setTimeout(() => {
            client.disconnect()
            server.close()
          }, 150)
        })
      })
    },
  )
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'handled\n')
})

difference('an answered request does not keep the process', async t => {
  const { code, stdout } = await run(
    t,
    ({ Server, Client, serverConfig, clientConfig }) => {
      const server = new Server(serverConfig())
      server.on(
        'request',
        (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
          res.send({ ok: true }),
      )
      server.listen(0, () => {
        const { port } = server.tlsServer.address()
        const client = new Client(clientConfig(port, { requestTimeout: 60_000 }))
        client.on('authenticated', async () => {
          console.log(JSON.stringify(await client.request({})))
          client.disconnect()
          server.close()
        })
      })
    },
    { within: limits.deadline },
  )
  assert.equal(code, 0)
  assert.equal(stdout, '{"ok":true}\n')
})
