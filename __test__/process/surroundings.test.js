'use strict'

// Where a program may live: a worker, a realm of its own, a process whose intrinsics are frozen. A login, messages,
// requests and an end are the same everywhere.

const test = require('node:test')
const assert = require('node:assert/strict')
const { prelude, run } = require('../helpers/program')

/** What runs in each place; it sees nothing but its argument, and its globals are those of the place. */
const exchange = async (
  /** @type {any} */ { Server, Client, serverConfig, clientConfig, signals },
) => {
  const next = (/** @type {any} */ emitter, /** @type {string} */ name) =>
    new Promise(resolve => emitter.once(name, (/** @type {any[]} */ ...args) => resolve(args)))
  const same = (/** @type {any} */ found, /** @type {any} */ wanted) => {
    const [one, other] = [found, wanted].map(value => JSON.stringify(value))
    if (one !== other) throw new Error(`${one} instead of ${other}`)
  }

  const server = new Server(serverConfig())
  server.on('error', () => {})
  const options = { port: 0, signal: signals?.server }
  await new Promise(resolve => server.listen(options, () => resolve(undefined)))
  const arrived = next(server, 'authenticated')
  const { port } = server.tlsServer.address()
  const client = new Client(clientConfig(port, { options: { signal: signals?.client } }))
  await next(client, 'authenticated')
  const [id, socket] = await arrived

  // Made here, and so of this realm.
  class Point {
    x = 1
    toJSON() {
      return { list: [this.x, new Date(0), new Map()], text: new String('é') }
    }
  }
  const wanted = { list: [1, new Date(0), {}], text: 'é' }
  let heard = next(server, 'message')
  client.send(new Point())
  same(await heard, [id, wanted])
  heard = next(client, 'message')
  server.send(id, [new Point()])
  same(await heard, [[wanted]])
  heard = next(client, 'message')
  server.broadcast?.(new Point(), [id]) ?? server.send(id, new Point())
  same(await heard, [wanted])

  server.on('request', (/** @type {any[]} */ ...[, message, answer]) => answer.send(message))
  client.on('request', (/** @type {any[]} */ ...[message, answer]) => answer.send(message))
  same(await client.request({ of: new Point() }), { of: wanted })
  same(await server.request(id, { of: new Point() }), { of: wanted })

  // Bytes of this realm.
  heard = next(client, 'message')
  socket.write(Uint8Array.from('{"raw":1}\n', character => character.charCodeAt(0)))
  same(await heard, [{ raw: 1 }])

  const gone = next(server, 'close')
  const left = next(client, 'close')
  if (signals === undefined) client.disconnect()
  else {
    client.once('error', () => {})
    signals.client.abort()
  }
  same(await gone, [id])
  await left
  const closed = next(server.tlsServer, 'close')
  if (signals === undefined) server.close()
  else signals.server.abort()
  await closed
  return 'done'
}

/**
 * @param {import('../helpers/program').Context} context
 */
async function program({ Server, Client, given, serverConfig, clientConfig }) {
  const { Worker } = require('node:worker_threads')
  const vm = require('node:vm')
  const context = { Server, Client, serverConfig, clientConfig }
  if (given.place === 'worker') {
    const source = `${given.prelude}
      const { parentPort } = require('node:worker_threads')
      ;(${given.exchange})({ Server, Client, serverConfig, clientConfig }).then(
        result => parentPort.postMessage(result))`
    const worker = new Worker(source, { eval: true })
    worker.on('message', message => console.log(message))
  } else if (given.place === 'context') {
    // Signals as a library would make them, of that realm.
    const source = `
      class Signal {
        aborted = false
        reason = undefined
        listeners = new Set()
        addEventListener(name, listener) { this.listeners.add(listener) }
        removeEventListener(name, listener) { this.listeners.delete(listener) }
        abort() {
          this.aborted = true
          for (const listener of this.listeners) listener({ type: 'abort' })
        }
      }
      (${given.exchange})({ ...context, signals: { server: new Signal(), client: new Signal() } })`
    console.log(await vm.runInContext(source, vm.createContext({ context })))
  } else {
    console.log(await vm.runInThisContext(`(${given.exchange})`)(context))
  }
}

for (const flags of [[], ['--frozen-intrinsics']]) {
  for (const place of ['main thread', 'worker', 'context']) {
    const when = flags.length > 0 ? `, with ${flags}` : ''
    test(`login, messages, requests and end in a ${place}${when}`, async t => {
      const given = { place, prelude: prelude(), exchange: String(exchange) }
      const { code, stdout, stderr } = await run(t, program, { flags, given })
      assert.deepEqual([stdout, code], ['done\n', 0], stderr)
    })
  }
}
