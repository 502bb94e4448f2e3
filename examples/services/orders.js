'use strict'

// The other of two services: has nine orders reserved by stock.js, and tells it the address of
// each when asked. A request that was lost or not answered in time is sent again, also across a
// restart of the other service. Ends when all orders are placed.
//
// By hand, in a folder that holds localhost.crt, beside stock.js: node orders.js [port]

const fs = require('node:fs')

// Outside this repository: require('tls-json')
const TLSClient = require('../..').Client

const ORDERS = [1, 2, 3, 4, 5, 6, 7, 8, 9]
const ITEMS = ['chair', 'table', 'lamp']

/** Orders whose customer does not pick up the phone the first time. */
const hardToReach = new Set([4])

const client = new TLSClient({
  options: {
    ca: [fs.readFileSync('localhost.crt')],
  },
  host: 'localhost',
  port: Number(process.argv[2] ?? 8888),
  reconnectInterval: 500,
  requestTimeout: 1000,
  password: 'this string is a password, change it',
})

/** @returns {Promise<void>} resolves when the server has let us in the next time */
function nextLogin() {
  return new Promise(resolve => {
    client.once('authenticated', () => resolve())
  })
}

let online = nextLogin()

client.on('authenticated', () => {
  console.log('authenticated')
})

// Comes before the requests that were lost are rejected, so they wait for the next login.
client.on('close', () => {
  console.log('connection closed')
  online = nextLogin()
})

client.on('error', err => {
  console.log('error', err.message)
})

client.on('request', ({ order }, res) => {
  // Not to answer is a way to say so: the other side gets a 'request timeout'.
  if (hardToReach.delete(order)) return console.log(`order ${order}: nobody picks up the phone`)
  res.send({ address: `${order} Main Street` })
})

/**
 * Sends a request until there is an answer. The other side knows orders by their number, so it
 * does no harm that it may have seen this one before.
 *
 * @param {number} order
 * @param {string} item
 */
async function place(order, item) {
  await online
  try {
    const { address } = await client.request({ type: 'reserve', order, item })
    console.log(`order ${order}: ${item} goes to ${address}`)
  } catch (err) {
    console.log(`order ${order}: ${/** @type {Error} */ (err).message}, asking again`)
    await place(order, item)
  }
}

/** Places all orders at once. */
async function main() {
  await Promise.all(ORDERS.map(order => place(order, ITEMS[(order - 1) % 3] ?? '')))
  console.log(`all ${ORDERS.length} orders are placed`)
  client.disconnect()
}

main().catch(err => {
  console.error(err)
  process.exitCode = 1
  client.disconnect()
})
