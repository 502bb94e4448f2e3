'use strict'

// The client of the README. `npm start` runs it with the server; by hand, in a folder that holds
// localhost.crt: node client.js [port]

const fs = require('node:fs')
// Outside this repository: require('tls-json')
const { Client } = require('..')

const client = new Client({
  options: { ca: fs.readFileSync('localhost.crt') }, // trusts this self-signed certificate
  host: 'localhost',
  port: Number(process.argv[2] ?? 8888),
  password: 'this string is a password, change it',
  reconnectInterval: 5000, // milliseconds; 0, the default, for never
})

client.on('authenticated', async () => {
  console.log('authenticated')
  client.send({ any: 'message' })
  try {
    console.log('response', await client.request({ some: 'thing' }))
  } catch (error) {
    console.log('request failed', error)
  }
})
client.on('message', message => console.log('message', message))
client.on('request', (request, res) => {
  console.log('request', request)
  res.send({ hello: 'kitty!' })
})
client.on('close', () => console.log('connection closed'))
client.on('error', error => console.log('error', error))
