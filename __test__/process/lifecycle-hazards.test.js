'use strict'

// Processes, threads and descriptors: how they end, what they leave, and what they cannot have.

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const subject = require('../helpers/subject')
const ends = require('../helpers/ends')
const { cleanup, closeServer } = require('../helpers/cleanup')
const { bounded, next } = require('../helpers/events')
const { admitted, referenceServer } = require('../helpers/reference-peer')
const { chaosProxy } = require('../helpers/chaos-proxy')
const { prelude, run, start } = require('../helpers/program')

const { dial, enter, password, serve } = ends

/** @returns {any} a server that does not listen yet */
const makeServer = () => new subject.Server(ends.serverConfig())

const linux = { skip: process.platform !== 'linux' && 'about Linux' }

/**
 * A program with so many pairs of a server's and a client's sockets, that then says so.
 *
 * @param {import('../helpers/program').Context} context
 */
function crowd({ Server, Client, serverConfig, clientConfig, given }) {
  const { pairs, end } = given
  const server = new Server(serverConfig())
  server.on('error', () => {})
  if (end === 'handler') {
    process.on('SIGINT', () => process.exit(3))
  }
  let count = 0
  server.on('authenticated', (/** @type {number} */ id) => {
    server.send(id, { n: id })
    if (++count < pairs) return
    if (end === 'exception') throw new Error('the end')
    else process.stderr.write('ready\n')
  })
  server.listen(0, () => {
    const { port } = server.tlsServer.address()
    for (let n = 0; n < pairs; n++) {
      const client = new Client(clientConfig(port))
      client.on('error', () => {})
      client.on('message', () => client.send({ back: true }))
    }
  })
}

for (const [signal, end] of /** @type {const} */ ([
  ['SIGTERM', 'default'],
  ['SIGINT', 'default'],
  ['SIGINT', 'handler'],
])) {
  test(
    `a process with hundreds of sockets ends by ${signal} (${end}) as any other`,
    linux,
    async t => {
      const source = `${prelude()}
      const given = ${JSON.stringify({ pairs: 100, end })};
      (${crowd})({ Server, Client, given, serverConfig, clientConfig })`
      const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'pipe'] })
      cleanup(t, () => void child.kill('SIGKILL'))
      const [text] = await next(child.stderr, 'data', 'all sockets')
      assert.equal(String(text), 'ready\n')
      const ended = next(child, 'exit')
      let more = ''
      child.stderr.on('data', data => (more += data))
      child.kill(signal)
      assert.deepEqual(await ended, end === 'handler' ? [3, null] : [null, signal])
      assert.equal(more, '')
    },
  )
}

test('an exception with hundreds of sockets ends the process with its trace alone', async t => {
  const { code, stdout, stderr } = await run(t, crowd, { given: { pairs: 100, end: 'exception' } })
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /Error: the end\r?\n/)
})

for (const stage of ['loading', 'listening', 'connecting', 'the handshake', 'login', 'close']) {
  test(`process.exit during ${stage} keeps its code, nothing on stderr`, async t => {
    const { code, stderr } = await run(
      t,
      ({ Server, Client, serverConfig, clientConfig, given }) => {
        const exit = () => process.exit(6)
        if (given === 'loading') exit()
        const server = new Server(serverConfig())
        if (given === 'listening') server.listen(0, exit)
        else server.listen(0, () => {})
        if (given === 'login') server.on('authenticated', exit)
        if (given === 'close') server.on('close', exit)
        if (given === 'the handshake') server.tlsServer.on('secureConnection', exit)
        const client = new Client(clientConfig(server.tlsServer.address().port))
        if (given === 'connecting') client.socket.on('connect', exit)
        client.on('authenticated', () => client.disconnect())
      },
      { given: stage },
    )
    assert.deepEqual([code, stderr], [6, ''])
  })
}

test('a worker terminated in the middle of a handshake, as server and as client', async t => {
  const server = await referenceServer(t)
  const proxy = await chaosProxy(t, server.port, ({ toClient }) => toClient.hold())
  for (let round = 0; round < 3; round++) {
    const source = `
      const { parentPort } = require('node:worker_threads')
      ${prelude()}
      new Client(clientConfig(${proxy.port}))
      const server = new Server(serverConfig())
      server.tlsServer.on('connection', () => parentPort.postMessage({ taken: true }))
      server.listen(0, () => parentPort.postMessage({ port: server.tlsServer.address().port }))`
    const worker = new Worker(source, { eval: true })
    cleanup(t, async () => void (await worker.terminate()))
    const [{ port }] = await next(worker, 'message')
    const peer = net.connect(port, '127.0.0.1')
    cleanup(t, () => void peer.destroy())
    const ended = new Promise(resolve => peer.once('close', resolve))
    peer.on('error', () => {})
    peer.resume()
    await next(worker, 'message')
    await (await proxy.passage(round)).toServer.reach(1)
    assert.equal(await bounded(worker.terminate(), 'the end of the worker'), 1)
    await bounded(ended, 'the end of the connection')
  }
})

test('loaded again in the same process, it works and lets the process end', async t => {
  const { code, stdout, stderr } = await run(t, async ({ Server, serverConfig, clientConfig }) => {
    // As test runners do that isolate files within a process.
    const path = require('node:path')
    const { once } = require('node:events')
    const file = Object.keys(require.cache).find(
      name => require.cache[name]?.exports?.Server === Server,
    )
    const folder = path.dirname(String(file))
    for (let n = 0; n < 3; n++) {
      for (const name of Object.keys(require.cache)) {
        if (name.startsWith(folder)) delete require.cache[name]
      }
      const again = require(String(file))
      if (again.Server === Server) throw new Error('not loaded again')
      const server = new again.Server(serverConfig())
      server.on(
        'request',
        (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) => res.send(req),
      )
      server.listen(0, () => {})
      const client = new again.Client(clientConfig(server.tlsServer.address().port))
      await once(client, 'authenticated')
      console.log(JSON.stringify(await client.request({ n })))
      client.disconnect()
      server.close()
    }
  })
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(stdout, '{"n":0}\n{"n":1}\n{"n":2}\n')
})

test(
  'what this process starts inherits no socket, and the port is free when it ends',
  linux,
  async t => {
    const { server, port } = await serve(t)
    await enter(t, server)
    // One that Node accepted is a duplicate in the engine.
    const elsewhere = net.createServer(socket => server.tlsServer.emit('connection', socket))
    await next(elsewhere.listen(0), 'listening')
    cleanup(t, () => void elsewhere.close())
    const at = /** @type {net.AddressInfo} */ (elsewhere.address()).port
    const arrived = next(server, 'authenticated')
    const client = dial(t, at)
    await Promise.all([arrived, next(client, 'authenticated')])
    const list = `
    const fs = require('node:fs')
    const links = fs.readdirSync('/proc/self/fd').flatMap(fd => {
      try { return [fs.readlinkSync('/proc/self/fd/' + fd)] } catch { return [] }
    })
    console.log(JSON.stringify(links))`
    const { stdout } = await start(t, ['-e', list])
    const own = fs.readdirSync('/proc/self/fd').flatMap(fd => {
      try {
        return [fs.readlinkSync(`/proc/self/fd/${fd}`)]
      } catch {
        return []
      }
    })
    const sockets = new Set(own.filter(link => link.startsWith('socket:')))
    assert.ok(sockets.size >= 4, `${sockets.size} sockets`)
    const inherited = JSON.parse(stdout).filter((/** @type {string} */ link) => sockets.has(link))
    assert.deepEqual(inherited, [])

    // A grandchild that goes on does not hold the port either.
    const { stdout: text } = await run(t, ({ Server, serverConfig }) => {
      const parent = new Server(serverConfig())
      parent.listen(0, () => {
        const child = require('node:child_process').spawn('sleep', ['30'], {
          stdio: 'ignore',
          detached: true,
        })
        child.unref()
        console.log(JSON.stringify({ port: parent.tlsServer.address().port, pid: child.pid }))
        process.exit(0)
      })
    })
    const { port: freed, pid } = JSON.parse(text)
    cleanup(t, () => void process.kill(pid, 'SIGKILL'))
    await serve(t, {}, freed)
    assert.ok(port > 0)
  },
)

/** @param {any} error */
const outline = ({ code, errno, syscall, address, port, hostname }) => ({
  code,
  errno,
  syscall,
  address,
  port,
  hostname,
})

/** Where nobody can listen. @type {Record<string, () => any>} */
const BAD_PLACES = {
  'an address of another machine': () => ({ port: 0, host: '192.0.2.1' }),
  'a name that is not there': () => ({ port: 0, host: 'no.such.host.invalid' }),
  'a folder that is not there': () => ({ path: '/no/such/folder/pipe' }),
}

for (const [name, place] of Object.entries(BAD_PLACES)) {
  test(
    `listening on ${name} is the error that Node gives`,
    { skip: os.platform() === 'win32' },
    async t => {
      const server = makeServer()
      const failed = next(server.tlsServer, 'error')
      server.listen(place(), () => {})
      const node = net.createServer()
      const wanted = next(node, 'error')
      node.listen(place())
      assert.deepEqual(outline((await failed)[0]), outline((await wanted)[0]))
      // It is as good as new.
      closeServer(t, server)
      await bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
      await enter(t, server)
    },
  )
}

test('an IPv6 address alone, and IPv6 without IPv4', async t => {
  for (const place of [
    { port: 0, host: '::1' },
    { port: 0, host: '::', ipv6Only: true },
  ]) {
    const server = makeServer()
    closeServer(t, server)
    const listens = await bounded(
      new Promise(resolve => {
        server.tlsServer.once('error', () => resolve(false))
        server.listen(place, () => resolve(true))
      }),
      "'listening' or 'error'",
    )
    if (!listens) return t.skip('no IPv6 here')
    const { port } = server.tlsServer.address()
    const refused = dial(t, port, { host: '127.0.0.1', options: { servername: 'localhost' } })
    const [error] = await next(refused, 'error')
    assert.equal(error.code, 'ECONNREFUSED')
    const client = dial(t, port, { host: '::1', options: { servername: 'localhost' } })
    const [[id]] = await Promise.all([next(server, 'authenticated'), next(client, 'authenticated')])
    assert.equal(server.sockets.get(id).remoteAddress, '::1')
  }
})

test('listening while it closes is refused or waits its turn, and then works', async t => {
  const { server } = await serve(t)
  const { client } = await enter(t, server)
  const closed = new Promise(resolve => server.close(resolve))
  // A client is still there, so it is not closed yet; the port is.
  assert.equal(server.tlsServer.listening, false)
  await bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
  await enter(t, server)
  for (const socket of server.sockets.values()) socket.destroy()
  await next(client, 'close')
  const { client: later } = await enter(t, server)
  for (const socket of server.sockets.values()) socket.destroy()
  await next(later, 'close')
  server.close()
  await bounded(closed, 'the callback of the first close')
})

test('a server whose thread is busy keeps little of the many short lines that come', async t => {
  const { code, stdout } = await run(
    t,
    ({ Server, serverConfig }) => {
      const server = new Server(serverConfig())
      let lines = 0
      let growth = 0
      server.on('message', (/** @type {any} */ _id, /** @type {any} */ value) => {
        if (value === 'busy') {
          const before = process.memoryUsage.rss()
          // Nothing of what comes meanwhile can be delivered.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
          growth = (process.memoryUsage.rss() - before) / 1024 / 1024
        } else if (value === 'last') {
          process.stdout.write(JSON.stringify({ lines, growth }))
          process.exit(0)
        } else lines++
      })
      server.listen(0, () => process.stderr.write(`${server.tlsServer.address().port}\n`))
    },
    {
      within: 60_000,
      // As everywhere but on Linux, where nobody reads while the thread is busy.
      env: { TLSJSON_READ: 'threads' },
      onStderr: async text => {
        const peer = await admitted(t, Number(text), password)
        peer.socket.on('error', () => {})
        peer.socket.write('"busy"\n')
        for (let n = 0; n < 10; n++) peer.socket.write('1\n'.repeat(100_000))
        peer.socket.write('"last"\n')
      },
    },
  )
  assert.equal(code, 0)
  const { lines, growth } = JSON.parse(stdout)
  assert.equal(lines, 1_000_000)
  assert.ok(growth < 24, `${growth} MB more while it was busy`)
})
