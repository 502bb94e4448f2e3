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

difference('what answered requests leave is gone with the next young collection', async t => {
  const { code, stdout, stderr } = await run(
    t,
    async ({ Server, Client, serverConfig, clientConfig }) => {
      const v8 = require('node:v8')
      const { once } = require('node:events')
      const server = new Server(serverConfig())
      server.on(
        'request',
        (/** @type {any} */ _, /** @type {any} */ value, /** @type {any} */ res) => res.send(value),
      )
      server.listen(0)
      await once(server.tlsServer, 'listening')
      const client = new Client(clientConfig(server.tlsServer.address().port))
      await once(client, 'authenticated')

      /** @returns {number} bytes of what has become old */
      const old = () => {
        const spaces = v8.getHeapSpaceStatistics()
        return spaces.find(of => of.space_name === 'old_space')?.space_used_size ?? NaN
      }
      const collect = /** @type {(options?: { type: string }) => void} */ (globalThis.gc)
      const ask = () => client.request({ text: 'x'.repeat(100) })
      const round = async () => {
        // Some are under way at each collection, as in a program that always asks.
        const under = Array.from({ length: 32 }, ask)
        collect({ type: 'minor' })
        await Promise.all(under)
        for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 32 }, ask))
      }
      for (let i = 0; i < 10; i++) await round()
      // It makes old what is there, as in every program that runs for a while.
      collect()
      for (let i = 0; i < 5; i++) await round()
      let grown = 0
      for (let i = 0; i < 20; i++) {
        const before = old()
        await round()
        // The whole heap may be collected meanwhile.
        grown += Math.max(0, old() - before)
      }
      process.stdout.write(String(Math.round(grown / (20 * 21 * 32))), () => process.exit())
    },
    { flags: ['--expose-gc', '--max-semi-space-size=16'] },
  )
  assert.equal(code, 0, stderr)
  t.diagnostic(`${stdout} bytes a request`)
  assert.ok(Number(stdout) <= 100, `${stdout} bytes of each request have become old`)
})
