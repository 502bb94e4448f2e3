'use strict'

/**
 * The program of both processes of a trial: one side of one scenario with one peer. The parent
 * gives commands over IPC (see trial.js) and gets one reply to each; the payload goes over TLS only.
 */

const { once } = require('node:events')
const fs = require('node:fs')

const { loadScenario } = require('./scenario')
const { someAtATime } = require('./some-at-a-time')
const { Meter } = require('./usage')

/** @typedef {import('./usage').Usage} Usage */

/**
 * @typedef {object} Setup
 * @property {'server' | 'client'} role
 * @property {import('./peers').Peer} peer
 * @property {string} scenario
 * @property {import('./certificates').Certificate} certificate
 * @property {number} [port] of the server, for the client
 */

const HOST = 'localhost'
const PASSWORD = 'correct horse battery staple'

/**
 * Milliseconds between pings. No trial lasts so long: an implementation that is busy with one message for seconds would
 * otherwise be cut by its own pings, which is another matter.
 */
const KEEP_ALIVE_INTERVAL = 600000

/** Errors of connections count until the parent ends the trial; then they are expected. */
let ending = false

/** @type {import('./scenario').Hooks | undefined} */
let hooks

/** @type {() => Promise<void>} closes what was opened */
let close = async () => {}

/** @type {Meter} */
let meter

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
    keepAliveInterval: KEEP_ALIVE_INTERVAL,
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
 * @param {Setup & { port: number }} setup
 * @returns {Promise<{ protocol: string, cipher: string }>} of the first connection
 */
async function drive(peer, { scenario: name, certificate, port, peer: description }) {
  const ca = fs.readFileSync(certificate.cert)
  /** @type {Set<any>} */
  const clients = new Set()
  const onClose = () => fail(new Error('a connection was closed'))

  /** @returns {Promise<any>} a client that was let in */
  async function connect() {
    const client = new peer.Client({ options: { ca: [ca] }, host: HOST, port, password: PASSWORD })
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
  const opened = await someAtATime(scenario.connections, connect)
  const target = { host: HOST, port, ca, password: PASSWORD }
  const { allowRepeats } = description
  hooks = scenario.drive({
    clients: opened,
    connect,
    disconnect,
    allowRepeats,
    peer: description,
    target,
  })
  close = async () => {
    await Promise.all([...clients].map(disconnect))
  }
  const socket = opened[0]?.socket
  return {
    protocol: socket?.getProtocol?.() ?? 'unknown',
    cipher: socket?.getCipher?.()?.name ?? 'unknown',
  }
}

/** @type {Record<string, (value: any) => any>} */
const commands = {
  /** @param {any} setup */
  start(setup) {
    const peer = require(setup.peer.module)
    meter = new Meter(loadScenario(setup.scenario).watchStalls ?? false)
    return setup.role === 'server' ? serve(peer, setup) : drive(peer, setup)
  },

  /**
   * @param {number} milliseconds
   * @returns {Promise<{ run: any, usage: Usage }>} when this side's work is done; a side without
   *   work of its own replies at once, and its usage is what `report` takes
   */
  async begin(milliseconds) {
    meter.begin()
    const run = await hooks?.run?.(milliseconds)
    return { run, usage: meter.read() }
  },

  report() {
    return { usage: meter.read(), report: hooks?.report?.() }
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
