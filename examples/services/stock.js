'use strict'

// One of two services: keeps what is on the shelf and reserves it for orders (see orders.js).
// It asks back for the delivery address of each order, and writes what it has reserved to
// reservations.ndjson, so that it can be restarted at any time.
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README):
//   node stock.js [port] [item=count ...]
// such as `node stock.js 8888 chair=3 table=3`. Stop it with Ctrl-C while orders.js waits for
// lamps, and start it again with lamp=3.

const fs = require('node:fs')

// Outside this repository: require('tls-json')
const TLSServer = require('../..').Server

const JOURNAL = 'reservations.ndjson'

const [port = '8888', ...counts] = process.argv.slice(2)

/** How many there are of each item. @type {Map<string, number>} */
const shelf = new Map()
for (const each of counts) {
  const [item = '', count] = each.split('=')
  shelf.set(item, Number(count))
}

/**
 * Reservations by order. Promises, because an order that is asked for again while we are at it
 * must not be reserved twice.
 *
 * @type {Map<number, Promise<{ order: number, item: string, address: string }>>}
 */
const reservations = new Map()

if (fs.existsSync(JOURNAL)) {
  for (const line of fs.readFileSync(JOURNAL, 'utf8').split('\n').filter(Boolean)) {
    const reservation = JSON.parse(line)
    reservations.set(reservation.order, Promise.resolve(reservation))
  }
}

const server = new TLSServer({
  options: {
    key: fs.readFileSync('localhost.key'),
    cert: fs.readFileSync('localhost.crt'),
  },
  requestTimeout: 400,
  password: 'this string is a password, change it',
})

/**
 * Asks a client until it answers or has gone.
 *
 * @param {number} id
 * @param {number} order
 * @returns {Promise<string>}
 */
async function askAddress(id, order) {
  try {
    const { address } = await server.request(id, { type: 'address', order })
    return address
  } catch (err) {
    const { message } = /** @type {Error} */ (err)
    console.log(`order ${order}: address: ${message}`)
    if (message !== 'request timeout') throw err
    return askAddress(id, order)
  }
}

/**
 * @param {number} id who orders
 * @param {number} order
 * @param {string} item
 */
async function reserve(id, order, item) {
  shelf.set(item, (shelf.get(item) ?? 0) - 1)
  try {
    const reservation = { order, item, address: await askAddress(id, order) }
    fs.appendFileSync(JOURNAL, JSON.stringify(reservation) + '\n')
    console.log(`order ${order}: ${item} reserved`)
    return reservation
  } catch (err) {
    shelf.set(item, (shelf.get(item) ?? 0) + 1)
    reservations.delete(order)
    throw err
  }
}

server.on('request', async (id, { order, item }, res) => {
  if (!reservations.has(order)) {
    // No answer: the other side gives up after its requestTimeout and asks again.
    if (!shelf.get(item)) return
    reservations.set(order, reserve(id, order, item))
  }
  try {
    // A copy, because res.send writes the responseId into what it is given.
    res.send({ ...(await reservations.get(order)) })
  } catch (err) {
    console.log(`order ${order}: not reserved, ${/** @type {Error} */ (err).message}`)
  }
})

server.on('authenticated', id => {
  console.log('authenticated', id)
})

server.on('close', id => {
  console.log('connection closed', id)
})

server.on('error', (id, err) => {
  console.log('error', err, 'from', id)
})

/** Ends every connection; then nothing keeps the process alive. */
function stop() {
  console.log('stopping')
  server.close(() => console.log('stopped'))
  for (const socket of server.sockets.values()) socket.destroy()
}

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

server.listen(Number(port), () => {
  console.log('stock listening on', server.tlsServer.address())
})
