'use strict'

const { Worker } = require('node:worker_threads')

const certificates = require('./certificates')
const { cleanup } = require('./cleanup')
const { bounded } = require('./events')

/**
 * Peers on `node:tls` in a thread of their own, so that a test can block its own thread, in the middle of a listener,
 * until the peers have seen what it sent. What they count is in shared memory.
 */

/** How long a test's thread is blocked at most, in milliseconds. A passing test never waits so long. */
const LONGEST = 60_000

const COUNT = 0

const main = `
const tls = require('node:tls')
const { parentPort, workerData } = require('node:worker_threads')
const { key, cert, shared } = workerData
const sockets = []

/** Calls back with each line. */
function lines(socket, line) {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('error', () => {})
  socket.on('data', chunk => {
    const parts = (rest + chunk).split('\\n')
    rest = parts.pop()
    parts.forEach(line)
  })
  sockets.push(socket)
}

function count() {
  Atomics.add(shared, ${COUNT}, 1)
  Atomics.notify(shared, ${COUNT})
}

/** Clients of a server under test. */
function connect({ port, password, clients }) {
  let admitted = 0
  for (let n = 0; n < clients; n++) {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: cert })
    let isIn = false
    socket.on('secureConnect', () => socket.write(JSON.stringify({ password }) + '\\n'))
    lines(socket, () => {
      if (isIn) return count()
      isIn = true
      if (++admitted === clients) parentPort.postMessage('ready')
    })
  }
}

/** A server for a client under test. */
function listen() {
  const server = tls.createServer({ key, cert }, socket => {
    let isIn = false
    lines(socket, () => {
      if (isIn) return count()
      isIn = true
      socket.write('{"authenticated":true}\\n')
    })
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
}

parentPort.on('message', ({ type, ...rest }) => {
  if (type === 'connect') connect(rest)
  else if (type === 'listen') listen()
  else for (const [at, text] of Object.entries(rest.texts)) sockets[at].write(text)
})
`

/** The thread with the peers. */
class ObserverThread {
  #shared = new Int32Array(new SharedArrayBuffer(4))
  #worker

  /** @param {import('node:test').TestContext} t */
  constructor(t) {
    const { key, cert } = certificates.readmeCa()
    const workerData = { key: String(key), cert: String(cert), shared: this.#shared }
    const worker = new Worker(main, { eval: true, workerData })
    this.#worker = worker
    cleanup(t, () => void worker.terminate())
  }

  /**
   * @param {object} order
   * @returns {Promise<any>} the answer
   */
  #ask(order) {
    const answer = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve)
      this.#worker.once('error', reject)
    })
    this.#worker.postMessage(order)
    return bounded(answer, 'the answer of the thread with the peers')
  }

  /** @param {{ port: number, password: string, clients: number }} order clients that log in, one after the other */
  connect(order) {
    return this.#ask({ type: 'connect', ...order })
  }

  /** @returns {Promise<number>} the port of a server that lets everybody in */
  listen() {
    return this.#ask({ type: 'listen' })
  }

  /** @param {string[]} texts what the peers write, by their number */
  write(texts) {
    this.#worker.postMessage({ type: 'write', texts })
  }

  /**
   * Blocks this thread until the peers have seen so many lines behind their logins.
   * @param {number} count
   * @returns {number} how many they have seen
   */
  waitFor(count) {
    const until = performance.now() + LONGEST
    for (;;) {
      const seen = Atomics.load(this.#shared, COUNT)
      const left = until - performance.now()
      if (seen >= count || left <= 0) return seen
      Atomics.wait(this.#shared, COUNT, seen, left)
    }
  }
}

/**
 * Keeps this thread busy.
 * @param {number} ms
 */
function work(ms) {
  const until = performance.now() + ms
  while (performance.now() < until);
}

module.exports = { ObserverThread, work }
