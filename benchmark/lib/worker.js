'use strict'

/**
 * The program of both processes of a trial: one side of one scenario with one peer. The parent
 * gives commands over IPC (see trial.js) and gets one reply to each; the payload goes over TLS only.
 */

const { once } = require('node:events')
const fs = require('node:fs')
const { performance } = require('node:perf_hooks')

const { loadScenario } = require('./scenario')

/**
 * @typedef {object} Setup
 * @property {'server' | 'client'} role
 * @property {import('./peers').Peer} peer
 * @property {string} scenario
 * @property {import('./certificates').Certificate} certificate
 * @property {number} [port] of the server, for the client
 */

/**
 * @typedef {object} Usage what this process spent
 * @property {number} cpu microseconds, user and system, of all threads
 * @property {number} utilisation of the event loop, between 0 and 1
 * @property {number} rss bytes, at the end
 */

const HOST = 'localhost'
const PASSWORD = 'correct horse battery staple'

/** Errors of connections count until the parent ends the trial; then they are expected. */
let ending = false

/** @type {import('./scenario').Hooks | undefined} */
let hooks

/** @type {() => Promise<void>} closes what was opened */
let close = async () => {}

let cpuBefore = process.cpuUsage()
let loopBefore = performance.eventLoopUtilization()

/** @param {unknown} error ends the trial */
function fail(error) {
  if (ending) return
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.send?.({ failure: text }, () => process.exit(1))
}

/**
 * @param {any} peer the loaded module
 * @param {Setup} setup
 * @returns {Promise<{ port: number }>}
 */
async function serve(peer, { scenario, certificate, peer: { allowRepeats } }) {
  const server = new peer.Server({
    options: { key: fs.readFileSync(certificate.key), cert: fs.readFileSync(certificate.cert) },
    password: PASSWORD,
  })
  /** @type {number[]} */
  const ids = []
  server.on('authenticated', (/** @type {number} */ id) => ids.push(id))
  server.on('error', (/** @type {unknown} */ id, /** @type {unknown} */ error) => {
    fail(error ?? id)
  })
  hooks = loadScenario(scenario).serve({ server, ids, allowRepeats })
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  close = () => new Promise(resolve => server.close(() => resolve()))
  return { port: server.tlsServer.address().port }
}

/**
 * @param {any} peer the loaded module
 * @param {Setup} setup
 * @returns {Promise<{ protocol: string, cipher: string }>} of the first connection
 */
async function drive(peer, { scenario: name, certificate, port, peer: { allowRepeats } }) {
  const ca = [fs.readFileSync(certificate.cert)]
  /** @type {Set<any>} */
  const clients = new Set()
  const onClose = () => fail(new Error('a connection was closed'))

  /** @returns {Promise<any>} a client that was let in */
  async function connect() {
    const client = new peer.Client({ options: { ca }, host: HOST, port, password: PASSWORD })
    client.on('error', fail)
    client.on('close', onClose)
    await once(client, 'authenticated')
    clients.add(client)
    return client
  }

  /** @param {any} client one that `connect` returned */
  async function disconnect(client) {
    clients.delete(client)
    client.off('close', onClose)
    const closed = once(client, 'close')
    client.disconnect()
    await closed
  }

  const scenario = loadScenario(name)
  for (let i = 0; i < scenario.connections; i++) await connect()
  const opened = [...clients]
  hooks = scenario.drive({ clients: opened, connect, disconnect, allowRepeats })
  close = async () => {
    await Promise.all([...clients].map(disconnect))
  }
  const socket = opened[0]?.socket
  return {
    protocol: socket?.getProtocol?.() ?? 'unknown',
    cipher: socket?.getCipher?.()?.name ?? 'unknown',
  }
}

/** @returns {Usage} since the last `begin` */
function usage() {
  const { user, system } = process.cpuUsage(cpuBefore)
  const { utilization } = performance.eventLoopUtilization(loopBefore)
  return { cpu: user + system, utilisation: utilization, rss: process.memoryUsage.rss() }
}

/** @type {Record<string, (value: any) => any>} */
const commands = {
  /** @param {Setup} setup */
  start(setup) {
    const peer = require(setup.peer.module)
    return setup.role === 'server' ? serve(peer, setup) : drive(peer, setup)
  },

  /**
   * @param {number} milliseconds
   * @returns {Promise<{ run: any, usage: Usage }>} when this side's work is done; a side without
   *   work of its own replies at once, and its usage is what `report` takes
   */
  async begin(milliseconds) {
    cpuBefore = process.cpuUsage()
    loopBefore = performance.eventLoopUtilization()
    const run = await hooks?.run?.(milliseconds)
    return { run, usage: usage() }
  },

  report() {
    return { usage: usage(), report: hooks?.report?.() }
  },

  async stop() {
    ending = true
    await close()
  },
}

process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
process.on('disconnect', () => process.exit(1))
process.on('message', async (/** @type {{ command: string, value: any }} */ { command, value }) => {
  try {
    const reply = await commands[command](value)
    process.send?.({ reply }, () => {
      // Open handles are no concern here: a peer may leave timers behind.
      if (ending) process.exit(0)
    })
  } catch (error) {
    fail(error)
  }
})
