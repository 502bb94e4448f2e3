'use strict'

/**
 * What is left after many connections: memory, descriptors, threads, handles.
 *
 *     node --expose-gc __test__/cycles.js --cycles 10000 --workers 100
 *
 * Each cycle makes a server and a client, sends a message and a request each way, and closes both.
 * Each worker is terminated in the middle of its traffic. What is left is compared with what was
 * there after half of them; the numbers are printed as one line of JSON each. Exit code 1 when
 * something grew.
 */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { parseArgs } = require('node:util')
const { Worker } = require('node:worker_threads')
const { serverConfig, clientConfig } = require('./helpers/ends')
const { bounded, next, turn, elapsed } = require('./helpers/events')
const { prelude } = require('./helpers/program')
const { Server, Client } = require('./helpers/subject')

/** MB that the heap and the resident set may grow in the second half. */
const HEAP_GROWTH = 1
const RESIDENT_GROWTH = 16

/** Milliseconds until garbage has been collected. */
const COLLECTION_DEADLINE = 10_000

const { gc } = globalThis
const megabyte = 1024 * 1024

/**
 * @typedef {object} Census
 * @property {number} heap MB used after garbage collection
 * @property {number} external MB outside of the heap that belong to objects
 * @property {number} resident MB
 * @property {number | null} descriptors null where the system does not say
 * @property {number | null} threads
 * @property {string[]} handles what holds the process
 */

/**
 * @param {string} folder
 * @returns {number | null}
 */
function entries(folder) {
  return fs.existsSync(folder) ? fs.readdirSync(folder).length : null
}

/**
 * Collects garbage, and lets finalizers run, which Node does in later turns.
 *
 * @returns {Promise<void>}
 */
async function collect() {
  for (let n = 0; n < 4; n++) {
    gc?.()
    await turn()
  }
}

/** @returns {Promise<Census>} what is there now */
async function census() {
  await collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  const round = (/** @type {number} */ bytes) => Number((bytes / megabyte).toFixed(2))
  return {
    heap: round(heapUsed),
    external: round(external),
    resident: round(rss),
    descriptors: entries('/proc/self/fd'),
    threads: entries('/proc/self/task'),
    handles: process.getActiveResourcesInfo().sort(),
  }
}

/**
 * A server and a client from nothing to nothing.
 *
 * @param {(server: object, client: object) => void} [seen] gets both
 * @returns {Promise<void>}
 */
async function cycle(seen) {
  const server = /** @type {any} */ (new Server(serverConfig()))
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const client = /** @type {any} */ (new Client(clientConfig(server.tlsServer.address().port)))
  client.on('request', (/** @type {any} */ req, /** @type {any} */ res) => res.send({ n: req.n }))
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send({ n: req.n }),
  )
  const message = next(server, 'message')
  await next(client, 'authenticated')
  client.send({ hello: 'server' })
  const answers = await Promise.all([client.request({ n: 1 }), server.request(0, { n: 2 })])
  assert.deepEqual(answers, [{ n: 1 }, { n: 2 }])
  assert.deepEqual(await message, [0, { hello: 'server' }])
  const closed = Promise.all([next(client, 'close'), next(server, 'close')])
  client.disconnect()
  await closed
  await bounded(new Promise(resolve => server.close(resolve)), 'the close callback')
  seen?.(server, client)
}

/**
 * A worker in which two clients and a server ask each other without end, terminated meanwhile.
 *
 * @returns {Promise<void>}
 */
async function terminated() {
  const source = `
    const { parentPort } = require('node:worker_threads')
    ${prelude()}
    const server = new Server(serverConfig())
    server.on('request', (id, req, res) => res.send(req))
    server.on('message', (id, message) => server.send(id, message))
    server.listen(0, () => {
      let asked = 0
      const ask = async client => {
        for (;;) {
          client.send({ text: 'x'.repeat(1000) })
          await client.request({ asked })
          if (++asked === 20) parentPort.postMessage('busy')
        }
      }
      for (const n of [1, 2]) {
        const client = new Client(clientConfig(server.tlsServer.address().port))
        client.on('authenticated', () => ask(client))
      }
    })`
  const worker = new Worker(source, { eval: true })
  const exit = next(worker, 'exit')
  await next(worker, 'message')
  await worker.terminate()
  assert.deepEqual(await exit, [1])
}

/**
 * Runs something many times and compares what is left with what was left after half.
 *
 * @param {string} name
 * @param {number} count
 * @param {() => Promise<void>} body
 * @returns {Promise<{ first: Census, last: Census }>}
 */
async function repeat(name, count, body) {
  const tenth = Math.max(1, Math.floor(count / 10))
  const began = performance.now()
  /** @type {Census | undefined} */
  let first
  for (let n = 1; n <= count; n++) {
    await body()
    if (n % tenth !== 0) continue
    const now = await census()
    if (n * 2 >= count) first ??= now
    const ms = Math.round(performance.now() - began)
    console.log(JSON.stringify({ name, done: n, ms, ...now, handles: now.handles.join(' ') }))
  }
  assert.ok(first)
  // The engine takes its descriptors away on its own threads.
  const last = await settled(first)
  return { first, last }
}

/**
 * The census when what ends a moment later has ended.
 *
 * @param {Census} first
 * @returns {Promise<Census>}
 */
async function settled(first) {
  const deadline = performance.now() + 2000
  for (;;) {
    const last = await census()
    const over = Number(last.descriptors) > Number(first.descriptors)
    if (!over || performance.now() > deadline) return last
    await elapsed(10)
  }
}

/**
 * @param {{ first: Census, last: Census }} censuses
 */
function assertFlat({ first, last }) {
  const grown = (/** @type {'heap' | 'external' | 'resident'} */ what) => last[what] - first[what]
  assert.ok(grown('heap') <= HEAP_GROWTH, `the heap grew by ${grown('heap')} MB`)
  assert.ok(grown('external') <= HEAP_GROWTH, `external memory grew by ${grown('external')} MB`)
  assert.ok(grown('resident') <= RESIDENT_GROWTH, `memory grew by ${grown('resident')} MB`)
  assert.ok(Number(last.descriptors) <= Number(first.descriptors), 'descriptors are left')
  assert.ok(Number(last.threads) <= Number(first.threads), 'threads are left')
  assert.deepEqual(last.handles, first.handles)
}

/**
 * Servers that were closed and clients that were disconnected are garbage.
 *
 * @returns {Promise<void>}
 */
async function assertCollectable() {
  const names = ['server', 'client', 'tlsServer', 'socket', 'requests']
  /** @type {[string, WeakRef<object>][]} */
  const weak = []
  await cycle((server, client) => {
    const { tlsServer } = /** @type {any} */ (server)
    const { socket, requests } = /** @type {any} */ (client)
    for (const [n, each] of [server, client, tlsServer, socket, requests].entries()) {
      weak.push([String(names[n]), new WeakRef(each)])
    }
  })
  const left = () => weak.filter(([, ref]) => ref.deref() !== undefined).map(([name]) => name)
  const deadline = performance.now() + COLLECTION_DEADLINE
  do {
    await elapsed(5)
    await collect()
  } while (left().length > 0 && performance.now() < deadline)
  console.log(JSON.stringify({ name: 'garbage', left: left() }))
  assert.deepEqual(left(), [])
}

/** @returns {Promise<void>} */
async function main() {
  const { values } = parseArgs({
    options: {
      cycles: { type: 'string', default: '10000' },
      workers: { type: 'string', default: '100' },
    },
  })
  if (gc === undefined) throw new Error('node --expose-gc is needed')
  await assertCollectable()
  const { handles } = await census()
  assertFlat(await repeat('cycles', Number(values.cycles), () => cycle()))
  assertFlat(await repeat('workers', Number(values.workers), terminated))
  assert.deepEqual((await census()).handles, handles)
  const held = handles.filter(name => name === 'Timeout')
  assert.deepEqual(held, [], 'what holds the process open while something is connected')
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
