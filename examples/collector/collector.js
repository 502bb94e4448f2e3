'use strict'

// Collects numbered measurements from many clients. On Ctrl-C or SIGTERM it shuts down without
// losing any: it takes no more clients, asks each to finish, compares what was sent with what has
// arrived, hangs up, and ends when the last client has gone.
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README):
//   node collector.js [port]
// then `node senders.js` in another terminal, and Ctrl-C here.

const fs = require('node:fs')

// Outside this repository: require('tls-json')
const TLSServer = require('../..').Server

const server = new TLSServer({
  options: {
    key: fs.readFileSync('localhost.key'),
    cert: fs.readFileSync('localhost.crt'),
  },
  requestTimeout: 5000, // how long a client may take to finish
  keepAliveInterval: 60000, // clients send all the time; pings are for those that hang
  password: 'this string is a password, change it',
})

/** How many measurements each client has sent, by id; they count from 1. @type {Map<number, number>} */
const counts = new Map()

let shuttingDown = false
let total = 0

/**
 * Something that must not be: the process says so, and with its exit code, too.
 *
 * @param {number} id
 * @param {string} what
 */
function complain(id, what) {
  console.log(`client ${id}: ${what}`)
  process.exitCode = 1
}

/**
 * Has a client finish. Its answer comes behind everything it has sent before.
 *
 * @param {number} id
 */
async function finish(id) {
  try {
    const { sent } = await server.request(id, { type: 'finish' })
    const count = counts.get(id)
    if (sent !== count) complain(id, `sent ${sent}, but ${count} arrived`)
  } catch (err) {
    complain(id, /** @type {Error} */ (err).message)
  }
  server.sockets.get(id)?.end()
}

server.on('authenticated', id => {
  counts.set(id, 0)
  if (counts.size % 50 === 0) console.log(`${counts.size} clients`)
  // Had begun to connect before the shutdown did.
  if (shuttingDown) finish(id)
})

server.on('message', (id, { n }) => {
  const count = (counts.get(id) ?? 0) + 1
  if (n !== count) complain(id, `measurement ${n} instead of ${count}`)
  counts.set(id, n)
  total++
  if (total % 5000 === 0) console.log(`${total} measurements`)
})

server.on('timeout', id => {
  console.log('timeout', id)
})

server.on('error', (id, err) => {
  console.log('error', err, 'from', id)
})

/** Shuts down; nothing keeps the process alive when it is done. */
function shutdown() {
  shuttingDown = true
  console.log(`shutting down with ${server.sockets.size} clients`)
  server.close(() => {
    const fewest = Math.min(...counts.values())
    const most = Math.max(...counts.values())
    console.log(`${counts.size} clients sent ${total} measurements, ${fewest} to ${most} each`)
  })
  for (const id of counts.keys()) {
    if (server.sockets.has(id)) finish(id)
  }
}

process.once('SIGINT', shutdown)
process.once('SIGTERM', shutdown)

server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('collector listening on', server.tlsServer.address())
})
