'use strict'

// What a server and a client do while a test runner has its hands on the clock. Nothing here waits by a timer of the
// surroundings: those may stand still.

const { once } = require('node:events')
const fs = require('node:fs')

/** What the test that started this process hands over. */
const given = JSON.parse(fs.readFileSync(String(process.env.TLS_JSON_GIVEN), 'utf8'))

/** Milliseconds for which it is watched what the process does while nothing happens. */
const IDLE = 400

/** CPU time that it may take for it, in milliseconds. A loop that polls takes nearly all there is. */
const IDLE_CPU = 60

/** A request is given up, and a lost connection made again, after so many milliseconds of the surroundings' clock. */
const TIMEOUT = 3000
const INTERVAL = 2000

/**
 * A server and a client that have let each other in.
 *
 * @param {any} [config] more of the client's
 * @returns {Promise<any>}
 */
async function open(config) {
  const { Server, Client } = require(given.directory)
  const server = new Server({
    options: { key: given.key, cert: given.cert },
    password: 'swordfish',
    // Pings are the engine's, on a clock of its own, and not what is tested.
    keepAliveInterval: 600_000,
    requestTimeout: TIMEOUT,
  })
  server.on('error', () => {})
  server.on('request', (_id, message, response) => response.send({ twice: 2 * message.number }))
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const arrived = once(server, 'authenticated')
  const client = new Client({
    options: { ca: [given.cert] },
    host: 'localhost',
    port: server.tlsServer.address().port,
    password: 'swordfish',
    requestTimeout: TIMEOUT,
    ...config,
  })
  client.on('request', (message, response) => response.send({ thrice: 3 * message.number }))
  const [[id]] = await Promise.all([arrived, once(client, 'authenticated')])
  return { server, client, id }
}

/**
 * Messages and requests, both ways.
 *
 * @param {any} pair of `open`
 */
async function talk({ server, client, id }) {
  for (let number = 0; number < 3; number++) {
    const heard = once(server, 'message')
    client.send({ number })
    equal((await heard)[1].number, number)
    const told = once(client, 'message')
    server.send(id, { number })
    equal((await told)[0].number, number)
    equal((await client.request({ number })).twice, 2 * number)
    equal((await server.request(id, { number })).thrice, 3 * number)
  }
}

/**
 * @param {any} pair of `open`
 */
async function shut({ server, client }) {
  const left = once(client, 'close')
  client.disconnect()
  await left
  await new Promise(resolve => server.close(resolve))
}

/**
 * CPU time of this process while nothing happens.
 *
 * @param {typeof setTimeout} realSetTimeout
 */
async function rest(realSetTimeout) {
  const before = process.cpuUsage()
  await new Promise(resolve => realSetTimeout(resolve, IDLE))
  const { user, system } = process.cpuUsage(before)
  const ms = (user + system) / 1000
  if (ms > IDLE_CPU)
    throw new Error(`busy: ${ms} ms of CPU in ${IDLE} ms in which nothing happened`)
}

/**
 * A lost connection is made again when the surroundings' clock says so.
 *
 * @param {(ms: number) => unknown} tick moves the clock
 */
async function reconnect(tick) {
  const pair = await open({ reconnectInterval: INTERVAL })
  const { server, client } = pair
  let attempts = 0
  client.on('reconnectAttempt', () => attempts++)
  const lost = once(client, 'close')
  server.sockets.get(pair.id).destroy()
  await lost
  await tick(INTERVAL - 1)
  equal(attempts, 0)
  const back = Promise.all([once(server, 'authenticated'), once(client, 'authenticated')])
  await tick(1)
  equal(attempts, 1)
  const [[id]] = await back
  await talk({ server, client, id })
  await shut(pair)
}

/**
 * A request is given up when the surroundings' clock says so.
 *
 * @param {(ms: number) => unknown} tick moves the clock
 */
async function giveUp(tick) {
  const pair = await open()
  const { server, client } = pair
  server.removeAllListeners('request')
  const heard = once(server, 'request')
  let outcome = 'pending'
  const answer = client.request({ number: 1 }).then(
    () => (outcome = 'answered'),
    (/** @type {Error} */ error) => (outcome = error.message),
  )
  await heard
  await tick(TIMEOUT - 1)
  // A round trip: whatever was to come has come.
  const told = once(client, 'message')
  server.send(pair.id, { number: 1 })
  await told
  equal(outcome, 'pending')
  await tick(1)
  await answer
  equal(outcome, 'request timeout')
  await shut(pair)
}

/**
 * @param {unknown} found
 * @param {unknown} wanted
 */
function equal(found, wanted) {
  if (found !== wanted) throw new Error(`${found} instead of ${wanted}`)
}

module.exports = { given, open, talk, shut, rest, reconnect, giveUp }
