'use strict'

// Large texts over Node's own TLS: they are handed to Node in slices where much waits, and all else is as it was.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { TLSSocket } = require('node:tls')

const { dial, enter, serve } = require('../helpers/ends')
const { Log, bounded, next, turn } = require('../helpers/events')
const { run } = require('../helpers/program')
const { over, skip } = require('../helpers/transports')

const LARGE = 'x'.repeat(5_000_000)

/**
 * A server and clients over Node's own TLS, among which there is more to come than is handed over at once.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} count
 */
async function crowd(t, count) {
  const { server } = await over('node', () => serve(t, { keepAliveInterval: 60_000 }))
  const ends = []
  for (let n = 0; n < count; n++) {
    ends.push(await over('node', () => enter(t, server, { silenceTimeout: 0 })))
  }
  return { server, ends }
}

test(
  'a broadcast to many who do not read costs its own size, and little for each',
  { skip },
  async t => {
    const { code, stdout, stderr } = await run(
      t,
      ({ Server, Client, serverConfig, clientConfig }) => {
        const COUNT = 60
        const server = new Server(serverConfig({ keepAliveInterval: 60_000 }))
        let authenticated = 0
        server.listen(0, () => {
          for (let n = 0; n < COUNT; n++) {
            const client = new Client(clientConfig(server.tlsServer.address().port))
            client.on('authenticated', () => {
              client.socket.pause()
              if (++authenticated === COUNT) setTimeout(measure, 100)
            })
          }
        })
        function measure() {
          const before = process.resourceUsage().maxRSS
          server.broadcast('x'.repeat(4_000_000))
          setTimeout(() => {
            console.log(Math.round((process.resourceUsage().maxRSS - before) / 1024))
            process.exit()
          }, 500)
        }
      },
      { env: { TLSJSON_TRANSPORT: 'node' } },
    )
    assert.deepEqual([code, stderr], [0, ''])
    // The ciphertext of all would be 240 MB.
    assert.ok(Number(stdout) < 100, `${stdout} MB more`)
  },
)

test('large and small messages come in order, to each', { skip }, async t => {
  const { server, ends } = await crowd(t, 6)
  const logs = ends.map(({ client }) => new Log(client, ['message']))
  const [{ id: own }] = /** @type {[typeof ends[0]]} */ (ends)
  server.broadcast({ n: 0 })
  server.broadcast({ n: 1, text: LARGE })
  server.send(own, { n: 'own' })
  server.broadcast({ n: 2, text: 'é€😀'.repeat(500_000) })
  await turn()
  server.broadcast({ n: 3 })
  server.broadcast({ n: 4, text: LARGE })
  server.broadcast({ n: 5 })
  for (const [at, log] of logs.entries()) {
    const wanted = at === 0 ? [0, 1, 'own', 2, 3, 4, 5] : [0, 1, 2, 3, 4, 5]
    await log.until(() => log.entries.length >= wanted.length, 'all messages')
    const messages = log.of('message').map(([message]) => message)
    assert.deepEqual(
      messages.map(({ n }) => n),
      wanted,
    )
    const byNumber = (/** @type {number} */ n) => messages.find(message => message.n === n)
    assert.ok(byNumber(1).text === LARGE && byNumber(4).text === LARGE)
    assert.ok(byNumber(2).text === 'é€😀'.repeat(500_000))
  }
})

test(
  "what waits is counted down while it leaves, and 'drain' comes when nothing does",
  { skip },
  async t => {
    const { server, ends } = await crowd(t, 5)
    for (const { client } of ends) client.socket.pause()
    server.broadcast({ text: LARGE })
    const { client, socket, id } = /** @type {typeof ends[0]} */ (ends[4])
    assert.ok(server.bufferedAmount(id) > LARGE.length)
    assert.ok(server.needDrain(id))
    const drain = new Log(server, ['drain'])
    const callback = new Promise(resolve => socket.write('"last"\n', resolve))
    const seen = new Set()
    const watch = async () => {
      while (drain.of('drain').length < 5) {
        seen.add(server.bufferedAmount(id))
        await turn()
      }
    }
    for (const each of ends) each.client.socket.resume()
    const last = new Promise(resolve => {
      client.on(
        'message',
        (/** @type {unknown} */ message) => message === 'last' && resolve(message),
      )
    })
    await bounded(Promise.all([watch(), last, callback]), 'all of it, and every drain')
    assert.equal(server.bufferedAmount(id), 0)
    assert.ok(seen.size > 10, `${seen.size} amounts were seen`)
  },
)

test('an end waits for what is held back; finish and the callback follow', { skip }, async t => {
  const { server, ends } = await crowd(t, 5)
  for (const { client } of ends) client.socket.pause()
  server.broadcast({ text: LARGE })
  const { client, socket } = /** @type {typeof ends[0]} */ (ends[4])
  const order = /** @type {string[]} */ ([])
  socket.end('"bye"\n', () => order.push('callback'))
  socket.on('finish', () => order.push('finish'))
  const log = new Log(client, ['message'])
  const closed = next(client, 'close')
  await turn()
  assert.deepEqual(order, [])
  for (const each of ends) each.client.socket.resume()
  await closed
  assert.deepEqual(
    log.of('message').map(([message]) => message.text?.length ?? message),
    [LARGE.length, 'bye'],
  )
  assert.deepEqual(order, ['callback', 'finish'])
})

test('who is destroyed meanwhile takes nothing of what waits along', { skip }, async t => {
  const { server, ends } = await crowd(t, 5)
  for (const { client } of ends) client.socket.pause()
  const log = new Log(server, ['close', 'error'])
  for (let n = 0; n < 3; n++) server.broadcast({ text: LARGE })
  await turn()
  for (const { client } of ends.slice(1)) client.disconnect()
  await log.until(() => log.of('close').length === 4, 'their ends')
  const left = /** @type {typeof ends[0]} */ (ends[0])
  const all = new Log(left.client, ['message'])
  left.client.socket.resume()
  await all.until(() => all.entries.length === 3, 'all messages')
  assert.equal(server.bufferedAmount(left.id), 0)
})

test('sent right before the end of the process, it is written all the same', { skip }, async t => {
  const COUNT = 50
  const length = 400_000
  let count = 0
  /** @type {Log[]} */
  const logs = []
  const { code, stderr } = await run(
    t,
    ({ Server, serverConfig, given }) => {
      const server = new Server(serverConfig())
      server.on('message', () => {
        server.broadcast('x'.repeat(given.length))
        process.exit()
      })
      server.listen(0, () => console.log(server.tlsServer.address().port))
    },
    {
      given: { length },
      env: { TLSJSON_TRANSPORT: 'node' },
      onStdout: port => {
        for (let n = 0; n < COUNT; n++) {
          const client = over('rustls', () => dial(t, Number(port), { reconnectInterval: 60_000 }))
          client.on('error', () => {})
          client.on('authenticated', () => ++count === COUNT && client.send('go'))
          logs.push(new Log(client, ['message', 'close']))
        }
      },
    },
  )
  assert.deepEqual([code, stderr], [0, ''])
  for (const log of logs) {
    await log.reach('close')
    const lengths = log.of('message').map(([message]) => message.length)
    assert.deepEqual(lengths, [length])
  }
})

test('nothing empty is written behind the answer to who has ended', { skip }, async t => {
  const { server } = await over('node', () => serve(t))
  /** By both ends. @type {string[]} */
  const written = []
  /** @type {any} */
  const prototype = TLSSocket.prototype
  const { write } = prototype
  t.after(() => delete prototype.write)
  prototype.write = function (/** @type {any[]} */ ...args) {
    written.push(String(args[0]))
    return Reflect.apply(write, this, args)
  }
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ _, /** @type {any} */ res) =>
    res.send({ answer: 1 }),
  )
  const { client } = await over('node', () => enter(t, server, { reconnectInterval: 0 }))
  const log = new Log(client, ['close'])
  client.socket.end('{"last":"words"}\n{"requestId":7}\n')
  await log.reach('close')
  assert.ok(written.includes('{"answer":1,"responseId":7}\n'), written.join(''))
  assert.equal(written.includes(''), false, written.join('|'))
})
