'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { freePort } = require('../helpers/free-port')
const { run } = require('../helpers/program')
const { difference } = require('../helpers/subject')

// Every program here is its own primary: it forks itself and ends when all has been seen.

for (const policy of ['rr', 'none']) {
  test(`workers share one port, also port 0, and one that is killed is replaced (${policy})`, async t => {
    const { code, stdout } = await run(
      t,
      async ({ Server, Client, serverConfig, clientConfig, given }) => {
        const cluster = require('node:cluster')
        const { once } = require('node:events')
        if (cluster.isWorker) {
          const server = new Server(serverConfig())
          server.on(
            'request',
            (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
              res.send({ pid: process.pid }),
          )
          server.listen(0, () => process.send?.(server.tlsServer.address().port))
          return
        }
        cluster.schedulingPolicy = given === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE
        /** @type {number[]} */
        const ports = []
        const fork = async () => {
          const worker = cluster.fork()
          const [port] = await once(worker, 'message')
          ports.push(port)
          return worker
        }
        const workers = await Promise.all([fork(), fork()])
        /** Asks who answers. */
        const ask = async () => {
          const client = new Client(clientConfig(ports[0]))
          await once(client, 'authenticated')
          const { pid } = await client.request({})
          client.disconnect()
          await once(client, 'close')
          return pid
        }
        const known = workers.map(worker => worker.process.pid)
        for (let n = 0; n < 6; n++) {
          const pid = await ask()
          if (!known.includes(pid)) throw new Error(`${pid} is none of ${known}`)
        }
        process.kill(workers[0].process.pid, 'SIGKILL')
        await once(workers[0], 'exit')
        const third = await fork()
        const left = [workers[1].process.pid, third.process.pid]
        for (let n = 0; n < 6; n++) {
          const pid = await ask()
          if (!left.includes(pid)) throw new Error(`${pid} is none of ${left}`)
        }
        process.stdout.write(`${new Set(ports).size} port`)
        for (const worker of [workers[1], third]) {
          worker.process.kill()
          await once(worker, 'exit')
        }
      },
      { given: policy, file: true },
    )
    assert.equal(stdout, '1 port')
    assert.equal(code, 0)
  })
}

test('clients come back while every worker is killed and replaced, one after the other', async t => {
  const { code, stdout } = await run(
    t,
    async ({ Server, Client, serverConfig, clientConfig }) => {
      const cluster = require('node:cluster')
      const { once } = require('node:events')
      if (cluster.isWorker) {
        const server = new Server(serverConfig())
        server.on(
          'request',
          (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
            res.send({ pid: process.pid }),
        )
        server.listen(0, () => process.send?.(server.tlsServer.address().port))
        return
      }
      const fork = async () => {
        const worker = cluster.fork()
        const [port] = await once(worker, 'message')
        return { worker, port }
      }
      const old = [await fork(), await fork()]
      const clients = Array.from({ length: 6 }, () => {
        // The primary may have handed a connection to a worker that is dead already: nobody answers it.
        const limits = { reconnectInterval: 50, connectTimeout: 2000 }
        const client = new Client(clientConfig(old[0]?.port, limits))
        client.on('error', () => {})
        return client
      })
      // `once` would reject at the 'error' of an attempt that failed.
      const entered = (/** @type {any} */ client) =>
        new Promise(resolve => client.once('authenticated', resolve))
      await Promise.all(clients.map(entered))
      const fresh = []
      for (const { worker } of old) {
        fresh.push(await fork())
        process.kill(Number(worker.process.pid), 'SIGKILL')
        await once(worker, 'exit')
      }
      const known = fresh.map(({ worker }) => worker.process.pid)
      for (const client of clients) {
        // A connection of a worker that was killed may not have noticed yet.
        for (;;) {
          if (!client.isAuthenticated) await entered(client)
          const answer = await client.request({}).catch(() => undefined)
          if (answer && known.includes(answer.pid)) break
        }
      }
      process.stdout.write('all back')
      for (const client of clients) client.disconnect()
      for (const { worker } of fresh) {
        worker.process.kill()
        await once(worker, 'exit')
      }
    },
    { file: true },
  )
  assert.deepEqual([stdout, code], ['all back', 0])
})

difference(
  'a client comes back whose connection the primary had handed to a worker that was dead',
  async t => {
    const { code, stdout } = await run(
      t,
      async ({ Server, Client, serverConfig, clientConfig }) => {
        const cluster = require('node:cluster')
        const { once } = require('node:events')
        if (cluster.isWorker) {
          const server = new Server(serverConfig())
          server.listen(process.env.PORT ?? 0, () =>
            process.send?.(server.tlsServer.address().port),
          )
          return
        }
        const worker = cluster.fork()
        const [port] = await once(worker, 'message')
        // It takes nothing any more; the primary does not know.
        process.kill(Number(worker.process.pid), 'SIGSTOP')
        const limits = { reconnectInterval: 50, connectTimeout: 1000 }
        const client = new Client(clientConfig(port, limits))
        /** @type {string[]} */
        const errors = []
        client.on('error', (/** @type {any} */ error) => errors.push(error.code))
        const entered = new Promise(resolve => client.once('authenticated', resolve))
        await once(client.socket, 'connect')
        // Until the primary has accepted it.
        for (let n = 0; n < 5; n++) await new Promise(resolve => setImmediate(resolve))
        process.kill(Number(worker.process.pid), 'SIGKILL')
        await once(worker, 'exit')
        const next = cluster.fork({ PORT: port })
        await once(next, 'message')
        await entered
        process.stdout.write(errors.join())
        client.disconnect()
        next.process.kill()
      },
      { file: true },
    )
    assert.deepEqual([stdout, code], ['TLSJSON_CONNECT_TIMEOUT', 0])
  },
  { skip: process.platform === 'win32' && 'no process can be stopped there' },
)

test('two processes that are no cluster still cannot have one port', async t => {
  const { code, stdout } = await run(t, ({ Server, serverConfig }) => {
    const first = new Server(serverConfig())
    first.listen(0, () => {
      const second = new Server(serverConfig())
      second.tlsServer.on('error', (/** @type {any} */ error) => {
        process.stdout.write(error.code)
        first.close()
      })
      second.listen(first.tlsServer.address().port)
    })
  })
  assert.equal(stdout, 'EADDRINUSE')
  assert.equal(code, 0)
})

test("a worker: listen, close and listen again, and a port in use brings 'error' alone", async t => {
  const { code, stdout } = await run(
    t,
    async ({ Server, Client, given, serverConfig, clientConfig }) => {
      const cluster = require('node:cluster')
      const { once } = require('node:events')
      const net = require('node:net')
      if (cluster.isWorker) {
        const server = new Server(serverConfig())
        /** @type {string[]} */
        const events = []
        for (const event of ['listening', 'error', 'close']) {
          server.tlsServer.on(event, () => events.push(event))
        }
        process.on('message', async ({ taken, free }) => {
          server.listen(taken, () => {})
          const [error] = await new Promise(resolve =>
            server.tlsServer.once('error', (...args) => resolve(args)),
          )
          events.push(error.code)
          server.listen(0, () => {})
          server.close()
          server.listen(free, () => {})
          await once(server.tlsServer, 'listening')
          process.send?.({ events, port: server.tlsServer.address().port })
        })
        process.send?.('ready')
        return
      }
      const holder = net.createServer().listen(0)
      await once(holder, 'listening')
      const port = (/** @type {any} */ server) => server.address().port
      const [taken, { free }] = [port(holder), given]
      const worker = cluster.fork()
      await once(worker, 'message')
      worker.send({ taken, free })
      const [told] = await once(worker, 'message')
      const client = new Client(clientConfig(free))
      await once(client, 'authenticated')
      process.stdout.write(JSON.stringify([told.events, told.port === free]))
      client.disconnect()
      worker.process.kill()
      await once(worker, 'exit')
      holder.close()
    },
    { file: true, given: { free: await freePort() } },
  )
  // One 'close', which is that of the place given up.
  assert.equal(stdout, '[["error","EADDRINUSE","close","listening"],true]')
  assert.equal(code, 0)
})
