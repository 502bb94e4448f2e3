'use strict'

/**
 * Nodes of a cluster in processes of their own, which can be killed and stopped.
 */

const { fork } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

const { cleanup } = require('./cleanup')
const { dial, serverConfig } = require('./ends')
const { bounded, next, Watch } = require('./events')

/** @typedef {import('node:test').TestContext} TestContext */

const PROGRAM = path.join(__dirname, '..', 'fixtures', 'cluster-node.js')

/** Short, so that a test need not wait; long enough for a machine where others compute. */
const HEARTBEATS = Object.freeze({ heartbeatInterval: 250, heartbeatTimeout: 2000 })

/** An error as another process has told of it. */
class RemoteFailure extends Error {
  /** @param {{ code: string, message: string, sent: boolean }} error */
  constructor({ code, message, sent }) {
    super(message)
    this.code = code
    this.sent = sent
  }
}

/** One node. */
class NodeProcess extends Watch {
  /** What was told of the cluster: events and their arguments. @type {{ event: string, args: any[] }[]} */
  log = []
  id = ''
  port = 0
  #calls = 0
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map()

  /** @param {TestContext} t */
  constructor(t) {
    super()
    // The runner's own variable would make the child report as a test file.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    this.child = fork(PROGRAM, { env })
    cleanup(t, () => this.kill())
    this.child.on('message', (/** @type {any} */ { call, event, args, result, error }) => {
      if (event !== undefined) {
        this.log.push({ event, args })
        return this.changed()
      }
      const waiting = this.#waiting.get(call)
      this.#waiting.delete(call)
      if (error) waiting?.reject(new RemoteFailure(error))
      else waiting?.resolve(result)
    })
    this.child.on('exit', (code, signal) => {
      const error = new Error(`the node has ended: ${code ?? signal}`)
      for (const { reject } of this.#waiting.values()) reject(error)
    })
  }

  /**
   * @param {string} name of a method: `cluster.broadcast`, `server.shutdown`, or one of the program's own
   * @param {...any} args
   * @returns {Promise<any>}
   */
  ask(name, ...args) {
    const call = ++this.#calls
    const answer = new Promise((resolve, reject) => this.#waiting.set(call, { resolve, reject }))
    this.child.send({ call, name, args })
    return bounded(answer, `${name} of ${this.id}`)
  }

  /**
   * @param {string} event
   * @returns {any[][]} the arguments of each event of that name
   */
  of(event) {
    return this.log.filter(entry => entry.event === event).map(({ args }) => args)
  }

  /**
   * @param {string} event
   * @param {(...args: any[]) => boolean} [holds]
   * @returns {Promise<any[]>} its arguments
   */
  async hears(event, holds = () => true) {
    const found = () => this.of(event).find(args => holds(...args))
    await this.until(
      () => found() !== undefined,
      () => `'${event}' at ${this.id}; heard: ${JSON.stringify(this.log).slice(-1000)}`,
    )
    return found() ?? []
  }

  /** Ends it at once. */
  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const gone = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await bounded(gone, `the end of ${this.id}`)
  }

  /** It hangs. */
  stop() {
    this.child.kill('SIGSTOP')
  }

  /** It goes on. */
  resume() {
    this.child.kill('SIGCONT')
  }
}

/**
 * Nodes called a, b, c …, each of which knows all others.
 *
 * @param {TestContext} t
 * @param {number} count
 * @param {{ subject: string, url: string | string[], broker?: object, options?: object }} setup `url`: of the broker, or of each
 *   node its own
 * @returns {Promise<NodeProcess[]>}
 */
async function nodeProcesses(t, count, { subject, url, broker, options }) {
  const config = serverConfig()
  const { key, cert } = config.options
  config.options = { ...config.options, key: String(key), cert: String(cert) }
  const nodes = Array.from({ length: count }, () => new NodeProcess(t))
  await Promise.all(
    nodes.map(async (node, at) => {
      const name = String.fromCharCode('a'.charCodeAt(0) + at)
      const setup = {
        subject,
        url: Array.isArray(url) ? url[at] : url,
        broker,
        options: { name, ...HEARTBEATS, ...options },
        config,
      }
      Object.assign(node, await node.ask('start', setup))
    }),
  )
  for (const node of nodes) {
    for (const other of nodes.filter(each => each !== node)) {
      await node.hears('nodeUp', ({ id }) => id === other.id)
    }
  }
  return nodes
}

/** A client in this process, and what it has got. */
class NodeClient extends Watch {
  /** @type {any[]} */
  messages = []

  /**
   * @param {any} client
   * @param {string} id of the cluster
   */
  constructor(client, id) {
    super()
    this.client = client
    this.id = id
    client.on('message', (/** @type {any} */ message) => {
      this.messages.push(message)
      this.changed()
    })
  }

  /**
   * @param {number} count
   * @returns {Promise<any[]>} the first messages
   */
  async gets(count) {
    await this.until(
      () => this.messages.length >= count,
      () => `${count} messages; ${this.messages.length} came`,
    )
    return this.messages.slice(0, count)
  }
}

/**
 * @param {TestContext} t
 * @param {NodeProcess} node
 * @param {number} [local] which one it is there
 * @returns {Promise<NodeClient>} that is logged in
 */
async function clientAt(t, node, local = 0) {
  const client = dial(t, node.port)
  client.on('error', () => {})
  await next(client, 'authenticated')
  return new NodeClient(client, `${node.id}:${local}`)
}

module.exports = { NodeClient, NodeProcess, clientAt, nodeProcesses }
