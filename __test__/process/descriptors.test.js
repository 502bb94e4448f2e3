'use strict'

// A process that may have few descriptors: a connection costs it one, whatever is done with it.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { publishedPackage } = require('../helpers/copy')
const { password, serve } = require('../helpers/ends')
const { run } = require('../helpers/program')
const { referenceClient } = require('../helpers/reference-peer')
const { aboutRustls } = require('../helpers/subject')

/** Of Windows none is known. */
const skip = process.platform === 'win32' && 'no limit can be set'

/** More connections than half of what is left of the descriptors beside Node's own. */
const CONNECTIONS = 40
const DESCRIPTORS = 86

/** More than the system holds for a peer that does not read as fast as it could. */
const LONG = 6_000_000

/** @returns {{ promise: Promise<any>, resolve: (value?: any) => void }} */
function deferred() {
  /** @type {any} */
  let resolve
  const promise = new Promise(done => (resolve = done))
  return { promise, resolve }
}

/**
 * Starts a server in a process with few descriptors. It answers `{ all: true }` with a long message to everybody.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} descriptors
 * @returns {Promise<{ port: number, ended: Promise<import('../helpers/program').Outcome> }>}
 */
async function serveWith(t, descriptors) {
  const port = deferred()
  const ended = run(
    t,
    ({ Server, serverConfig, given }) => {
      const server = new Server(serverConfig({ keepAliveInterval: 600_000 }))
      server.on('error', (/** @type {any} */ error) => console.log(String(error)))
      server.on('message', (/** @type {any} */ id, /** @type {any} */ message) => {
        if (message.end) return process.exit(0)
        if (!message.all) return server.send(id, { some: true })
        const text = 'x'.repeat(given.long)
        for (const each of server.sockets.keys()) server.send(each, { text })
      })
      server.listen(0, () => process.stderr.write(`${server.tlsServer.address().port}\n`))
    },
    { given: { long: LONG }, descriptors, within: 120_000, onStderr: port.resolve },
  )
  return { port: Number(await port.promise), ended }
}

test(
  `${CONNECTIONS} clients of a server with ${DESCRIPTORS} descriptors all get what is long`,
  { skip },
  async t => {
    const { port, ended } = await serveWith(t, DESCRIPTORS)
    const [first, ...others] = await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        const peer = await referenceClient(t, port)
        await peer.send({ password })
        await peer.value()
        return peer
      }),
    )
    assert.ok(first)
    // Nobody takes anything until all of them have to be waited for.
    for (const { socket } of others) socket.pause()
    await first.send({ all: true })
    assert.equal((await first.value()).text.length, LONG)
    await first.send({ all: false })
    assert.equal((await first.value()).some, true)
    for (const { socket } of others) socket.resume()
    for (const peer of others) assert.equal((await peer.value()).text.length, LONG)
    await first.send({ end: true })
    const { code, stdout } = await ended
    assert.deepEqual([code, stdout], [0, ''])
  },
)

test(
  `${CONNECTIONS} clients in a process with ${DESCRIPTORS} descriptors all send what is long`,
  { skip },
  async t => {
    const { server, port } = await serve(t, { keepAliveInterval: 600_000 })
    let got = 0
    server.on('error', () => {})
    server.on('message', (/** @type {any} */ from, /** @type {any} */ { text, first, all }) => {
      if (text?.length === LONG) got++
      // Nothing is taken until everybody has to be waited for.
      if (first)
        for (const socket of server.sockets.values())
          if (socket !== server.sockets.get(from)) socket.pause()
      if (first) server.send(from, { go: true })
      if (all) for (const socket of server.sockets.values()) socket.resume()
      if (got === CONNECTIONS)
        for (const id of server.sockets.keys()) server.send(id, { end: true })
    })
    const { code, stdout, stderr } = await run(
      t,
      ({ Client, clientConfig, given }) => {
        const { connections, long } = given
        const text = 'x'.repeat(long)
        let entered = 0
        let ended = 0
        const clients = Array.from({ length: connections }, () => {
          const client = new Client(clientConfig(given.port))
          client.on('error', (/** @type {any} */ error) => console.log(String(error)))
          client.on('close', () => process.exit(1))
          client.on('message', (/** @type {any} */ { go }) => {
            if (!go && ++ended === connections) process.exit(0)
            if (!go) return
            for (const each of clients) each.send({ text })
            client.send({ all: true })
          })
          client.on('authenticated', () => {
            if (++entered === connections) client.send({ first: true })
          })
          return client
        })
      },
      {
        given: { port, connections: CONNECTIONS, long: LONG },
        descriptors: DESCRIPTORS,
        subject: publishedPackage(t),
        within: 120_000,
      },
    )
    assert.deepEqual([code, stdout, stderr, got], [0, '', '', CONNECTIONS])
  },
)

test('who has not logged in costs a server one descriptor', { skip }, async t => {
  const { port, ended } = await serveWith(t, DESCRIPTORS)
  const peers = []
  for (let n = 0; n < CONNECTIONS; n++) peers.push(await referenceClient(t, port))
  for (const peer of peers) await peer.send({ password })
  for (const peer of peers) assert.deepEqual(await peer.value(), { authenticated: true })
  await peers[0]?.send({ end: true })
  const { code, stdout } = await ended
  assert.deepEqual([code, stdout], [0, ''])
})

for (const first of ['server', 'client']) {
  test(
    `the first ${first} of a process without descriptors says so, and the next one works`,
    { skip: skip || aboutRustls },
    async t => {
      const { code, stdout, stderr } = await run(
        t,
        ({ Server, Client, serverConfig, clientConfig, given }) => {
          const fs = require('node:fs')
          const taken = [fs.openSync('/dev/null', 'r')]
          try {
            for (;;) taken.push(fs.openSync('/dev/null', 'r'))
          } catch (error) {
            console.log(/** @type {any} */ (error).code)
          }
          const failed = (/** @type {any} */ error) => {
            console.log(`${error.name} ${error.code}: ${error.message}`)
            for (const one of taken) fs.closeSync(one)
            const server = new Server(serverConfig())
            server.listen(0, () => {
              const client = new Client(clientConfig(server.tlsServer.address().port))
              client.on('authenticated', () => {
                console.log('works')
                process.exit(0)
              })
            })
          }
          if (given.first === 'server') {
            const server = new Server(serverConfig())
            server.tlsServer.on('error', failed)
            server.listen(0)
          } else {
            try {
              new Client(clientConfig(1))
            } catch (error) {
              failed(error)
            }
          }
        },
        { given: { first }, descriptors: 40, within: 60_000, subject: publishedPackage(t) },
      )
      assert.equal(stderr, '')
      assert.equal(code, 0)
      const [limit, error, ...rest] = stdout.trim().split('\n')
      assert.equal(limit, 'EMFILE')
      assert.match(error ?? '', /^Error TLSJSON_CANNOT_START: .*Too many open files.*ulimit -n/)
      assert.deepEqual(rest, ['works'])
    },
  )
}

test(
  'a process whose first client found no descriptor ends as it wants to',
  { skip: skip || aboutRustls },
  async t => {
    const { code, stdout, stderr } = await run(
      t,
      ({ Client, clientConfig }) => {
        const fs = require('node:fs')
        const taken = []
        try {
          for (;;) taken.push(fs.openSync('/dev/null', 'r'))
        } catch {
          console.log(`${taken.length > 0}`)
        }
        try {
          new Client(clientConfig(1))
        } catch (error) {
          console.log(/** @type {any} */ (error).code)
        }
        process.exit(3)
      },
      { descriptors: 40, within: 60_000, subject: publishedPackage(t) },
    )
    assert.deepEqual([code, stdout, stderr], [3, 'true\nTLSJSON_CANNOT_START\n', ''])
  },
)
