'use strict'

// One end of a connection between two hosts, for two-hosts.js: tells its events as lines of JSON.

const { Server, Client } = require('./subject')

const { role, config, talks } = JSON.parse(/** @type {string} */ (process.argv[2]))

/** @param {unknown[]} event */
const tell = (...event) => console.log(JSON.stringify(event))

/** @param {any} error */
const told = ({ name, code, syscall, errno, message }) => ({ name, code, syscall, errno, message })

// Who is told to talk has bytes on their way that nobody acknowledges.
/** @param {() => void} send */
const talk = send => process.stdin.on('data', () => talks && send())

if (role === 'server') {
  const server = /** @type {any} */ (new Server(config))
  server.on('authenticated', (/** @type {number} */ id) => {
    tell('authenticated')
    talk(() => server.send(id, { talk: true }))
  })
  server.on('error', (/** @type {number} */ _id, /** @type {any} */ error) =>
    tell('error', error.code, told(error)),
  )
  server.on('timeout', () => tell('timeout'))
  server.on('close', () => tell('close'))
  server.listen(config.port, () => tell('listening'))
} else {
  const client = /** @type {any} */ (new Client(config))
  client.on('authenticated', () => {
    tell('authenticated')
    talk(() => client.send({ talk: true }))
  })
  client.on('error', (/** @type {any} */ error) => tell('error', error.code, told(error)))
  client.on('close', () => tell('close'))
  client.on('reconnectAttempt', () => tell('reconnectAttempt'))
}
