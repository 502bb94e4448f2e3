'use strict'

// The client of the README. `npm start` runs it with the server; by hand, in a folder that holds
// localhost.crt: node client.js [port]

const { once } = require('node:events')
const fs = require('node:fs')

// Outside this repository: require('tls-json')
const TLSClient = require('..').Client

const client = new TLSClient({
  // As for Node's tls.connect: https://nodejs.org/api/tls.html
  options: {
    ca: [fs.readFileSync('localhost.crt')], // trust this self-signed certificate
  },
  host: 'localhost',
  port: Number(process.argv[2] ?? 8888),
  reconnectInterval: 5000, // milliseconds until it connects again; 0 for never
  requestTimeout: 10000, // milliseconds until a request is given up
  password: 'this string is a password, change it',
})

client.on('message', message => {
  console.log('message', message)
})

client.on('request', (request, res) => {
  console.log('request', request)
  res.send({ hello: 'kitty!' })
})

client.on('close', () => {
  console.log('connection closed')
})

client.on('error', err => {
  console.log('error', err)
})

/** Sends once the server has accepted the password: before that there is nobody to send to. */
async function main() {
  await once(client, 'authenticated')
  console.log('authenticated')

  client.send({ any: 'message' })
  const response = await client.request({ some: 'thing' })
  console.log('response', response)
}

main().catch(err => {
  console.error(err)
  process.exitCode = 1
})
